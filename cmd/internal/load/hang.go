package main

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"
)

const (
	hangFor   = 2 * time.Second
	hangCount = 200 // logins that wait
)

// measureHang tells how verify fares while logins wait for a provider that hangs.
func measureHang(ctx context.Context, w *world, p plan) error {
	cookie, err := w.warm.login(ctx, person(0))
	if err != nil {
		return err
	}
	var quiet, hanging, ratios []float64
	for range p.rounds {
		q, err := p99(ctx, w.warm, cookie, hangFor/2)
		if err != nil {
			return err
		}
		h, err := p99Hanging(ctx, w, cookie)
		if err != nil {
			return err
		}
		quiet, hanging, ratios = append(quiet, q), append(hanging, h), append(ratios, h/q)
	}
	fmt.Printf("\nverify's p99: %.2f ms when quiet, %.2f ms while %d logins wait for a provider that hangs; ratio %.2f\n",
		median(quiet), median(hanging), hangCount, median(ratios))
	return nil
}

// p99Hanging has logins wait at the provider, and measures meanwhile.
func p99Hanging(ctx context.Context, w *world, cookie string) (float64, error) {
	type ready struct{ callback, cookie string }
	var waiting []ready
	for n := range hangCount {
		callback, cookie, err := w.warm.begin(ctx, person(n))
		if err != nil {
			return 0, err
		}
		waiting = append(waiting, ready{callback, cookie})
	}
	w.provider.Hang(hangFor)
	defer w.provider.Instead(nil)
	before := w.provider.Asked("/token")
	var running sync.WaitGroup
	failed := make([]error, hangCount)
	for n, r := range waiting {
		running.Go(func() { _, failed[n] = w.warm.send(ctx, r.callback, r.cookie, http.StatusFound, nil) })
	}
	for begun := time.Now(); w.provider.Asked("/token") < before+hangCount && time.Since(begun) < hangFor; {
		time.Sleep(time.Millisecond)
	}
	got, err := p99(ctx, w.warm, cookie, hangFor/2)
	running.Wait()
	for _, one := range failed {
		if err == nil {
			err = one
		}
	}
	return got, err
}

// p99 asks at a steady pace and returns milliseconds.
func p99(ctx context.Context, t *target, cookie string, d time.Duration) (float64, error) {
	took, err := steadily(ctx, 2*time.Millisecond, d, func(ctx context.Context, _ int) error {
		return t.verify(ctx, cookie, http.StatusOK)
	})
	if err != nil {
		return 0, err
	}
	return took[len(took)*99/100], nil
}
