package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// resident is a line of /proc/PID/status in MiB: VmRSS is what is resident, VmHWM the most
// that ever was.
func (t *target) resident(line string) (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", t.process.Process.Pid))
	if err != nil {
		return 0, err
	}
	for row := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(row, line+":"); ok {
			kib, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(value), " kB"))
			return float64(kib) / 1024, err
		}
	}
	return 0, fmt.Errorf("no line %s in the status of process %d", line, t.process.Process.Pid)
}

// measureStart starts a service of its own several times, and returns the times until it
// answered the first request, and what was resident a second later.
func measureStart(ctx context.Context, w *world, like *target) (took []float64, idle float64, err error) {
	const often = 5
	for range often {
		begun := time.Now()
		t, err := w.start(like.role, like.settings)
		if err != nil {
			return nil, 0, err
		}
		_, err = t.send(ctx, t.prefix+"/start"+t.query, "", 302, nil)
		took = append(took, float64(time.Since(begun).Microseconds())/1000)
		if err == nil && len(took) == often {
			time.Sleep(time.Second) // what its start left behind is collected
			idle, err = t.resident("VmRSS")
		}
		if stopped := t.stop(); err == nil {
			err = stopped
		}
		if err != nil {
			return nil, 0, err
		}
	}
	return took, idle, nil
}

// printProcesses shows start and memory of the services.
func printProcesses(ctx context.Context, out io.Writer, w *world) error {
	t := tabwriter.NewWriter(out, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "\nservice\tstart to first answer\tresident, idle\tresident, busiest\t")
	for _, like := range []*target{w.bare, w.plain, w.warm} {
		busiest, err := like.resident("VmHWM")
		if err != nil {
			return err
		}
		took, idle, err := measureStart(ctx, w, like)
		if err != nil {
			return err
		}
		fmt.Fprintf(t, "%s\t%.0f ms\t%.0f MiB\t%.0f MiB\t\n", like.role, median(took), idle, busiest)
	}
	return t.Flush()
}
