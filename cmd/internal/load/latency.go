package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"text/tabwriter"
	"time"
)

// steadily does something at a steady pace that the machine keeps up with, and returns the
// sorted milliseconds that each took.
func steadily(ctx context.Context, pace, d time.Duration, do func(context.Context, int) error) ([]float64, error) {
	var mu sync.Mutex
	var took []float64
	var failed error
	var running sync.WaitGroup
	tick := time.NewTicker(pace)
	defer tick.Stop()
	for n, end := 0, time.Now().Add(d); time.Now().Before(end); n++ {
		running.Go(func() {
			begun := time.Now()
			err := do(ctx, n)
			ms := float64(time.Since(begun).Microseconds()) / 1000
			mu.Lock()
			defer mu.Unlock()
			took = append(took, ms)
			if err != nil {
				failed = err
			}
		})
		<-tick.C
	}
	running.Wait()
	slices.Sort(took)
	return took, failed
}

// loginPace is a hundred logins a second.
const loginPace = 10 * time.Millisecond

// measureLatency has people sign in at a steady pace, at one service after the other in each
// round, and prints the medians of the rounds.
func measureLatency(ctx context.Context, out io.Writer, w *world, p plan) error {
	services := []*target{w.bare, w.plain, w.warm}
	middle, slow := make([][]float64, len(services)), make([][]float64, len(services))
	for range p.rounds {
		for i, t := range services {
			took, err := steadily(ctx, loginPace, 2*p.each, func(ctx context.Context, n int) error {
				_, err := t.login(ctx, person(n))
				return err
			})
			if err != nil {
				return err
			}
			middle[i] = append(middle[i], took[len(took)/2])
			slow[i] = append(slow[i], took[len(took)*99/100])
		}
	}
	t := tabwriter.NewWriter(out, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "\nlogin at 100/s\tp50\tp99\tp50 to plain\tp99 to plain\t")
	for i, service := range services {
		fmt.Fprintf(t, "%s\t%.1f ms\t%.1f ms\t%.2f\t%.2f\t\n", service.role, median(middle[i]), median(slow[i]),
			median(ratios(middle[i], middle[1])), median(ratios(slow[i], slow[1])))
	}
	return t.Flush()
}

// ratios are those of the same round.
func ratios(a, b []float64) []float64 {
	all := make([]float64, len(a))
	for i := range a {
		all[i] = a[i] / b[i]
	}
	return all
}
