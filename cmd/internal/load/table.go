package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// printTable shows medians; each ratio is the median of those of the same round, with the lowest and the highest.
func printTable(out io.Writer, all []*scenario) {
	t := tabwriter.NewWriter(out, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "operation\tservice CPU\tPostgreSQL CPU\tallocations\ta second, all on this machine\tservice to plain\tlowest\thighest\tPostgreSQL to plain\tlowest\thighest\t")
	for _, s := range all {
		var cpu, database []int64
		var allocs, rate []float64
		for _, one := range s.samples {
			cpu, database = append(cpu, int64(one.cpu)), append(database, int64(one.database))
			allocs, rate = append(allocs, one.allocs), append(rate, one.rate)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%.0f\t%.0f\t%s\t%s\t\n", s.name, micros(median(cpu)), micros(median(database)), median(allocs), median(rate),
			spread(s.ratios), spread(s.databaseRatios))
	}
	_ = t.Flush() // of standard output
}

func micros(ns int64) string { return fmt.Sprintf("%d µs", time.Duration(ns).Microseconds()) }

// spread is the median, the lowest and the highest.
func spread(all []float64) string {
	if len(all) == 0 {
		return "\t\t"
	}
	low, high := all[0], all[0]
	for _, one := range all {
		low, high = min(low, one), max(high, one)
	}
	return fmt.Sprintf("%.2f\t%.2f\t%.2f", median(all), low, high)
}
