package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// printTable shows medians. The last column is the middle of the ratios of each
// round, and how far they lie apart.
func printTable(w io.Writer, all []*scenario) {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "operation\tserver CPU\tallocations\ta second, all on this machine\tCPU to bare\tlowest\thighest\t")
	for _, s := range all {
		var cpu []int64
		var allocs, rate []float64
		low, high := s.ratios[0], s.ratios[0]
		for i, one := range s.samples {
			cpu, allocs, rate = append(cpu, int64(one.cpu)), append(allocs, one.allocs), append(rate, one.rate)
			low, high = min(low, s.ratios[i]), max(high, s.ratios[i])
		}
		fmt.Fprintf(t, "%s\t%d µs\t%.0f\t%.0f\t%.2f\t%.2f\t%.2f\t\n", s.name,
			time.Duration(median(cpu)).Microseconds(), median(allocs), median(rate), median(s.ratios), low, high)
	}
	_ = t.Flush() // of standard output
}
