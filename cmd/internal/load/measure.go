package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// sample is one measurement, for one operation.
type sample struct {
	cpu    time.Duration // of the service
	allocs float64
	rate   float64 // operations a second, with everything else on the same machine
}

// scenario is one operation of one service.
type scenario struct {
	name    string
	beside  string // the name of what it is compared with, itself for those
	target  *target
	do      func(ctx context.Context, n int) error
	samples []sample
	ratios  []float64 // CPU, to beside in the same round
}

// scenarios need a live session at two of the services.
func scenarios(ctx context.Context, w *world) ([]*scenario, error) {
	ours, err := w.warm.login(ctx, person(0))
	if err != nil {
		return nil, err
	}
	theirs, err := w.bare.login(ctx, person(0))
	if err != nil {
		return nil, err
	}
	login := func(t *target) func(context.Context, int) error {
		return func(ctx context.Context, n int) error { _, err := t.login(ctx, person(n)); return err }
	}
	verify := func(t *target, cookie string, want int) func(context.Context, int) error {
		return func(ctx context.Context, _ int) error { return t.verify(ctx, cookie, want) }
	}
	get := func(t *target, path, cookie string) func(context.Context, int) error {
		return func(ctx context.Context, _ int) error {
			_, err := t.send(ctx, path, cookie, http.StatusFound, nil)
			return err
		}
	}
	return []*scenario{
		{name: "login, bare", beside: "login, bare", target: w.bare, do: login(w.bare)},
		{name: "login, warm", beside: "login, bare", target: w.warm, do: login(w.warm)},
		{name: "login, cold", beside: "login, bare", target: w.cold, do: login(w.cold)},
		{name: "login, Redis dead", beside: "login, bare", target: w.noRedis, do: login(w.noRedis)},
		{name: "verify, bare 204", beside: "verify, bare 204", target: w.bare, do: verify(w.bare, theirs, http.StatusNoContent)},
		{name: "verify, 200", beside: "verify, bare 204", target: w.warm, do: verify(w.warm, ours, http.StatusOK)},
		{name: "verify, refused", beside: "verify, bare 204", target: w.warm, do: verify(w.warm, "", http.StatusUnauthorized)},
		{name: "signed in, bare 302", beside: "signed in, bare 302", target: w.bare, do: get(w.bare, "/signed-in", theirs)},
		{name: "/login, live session", beside: "signed in, bare 302", target: w.warm, do: get(w.warm, "/login", ours)},
	}, nil
}

func measureAll(ctx context.Context, w *world, p plan) error {
	all, err := scenarios(ctx, w)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(s *scenario) bool { return !strings.Contains(s.beside, p.only) })
	if len(all) == 0 {
		return fmt.Errorf("nothing is called %q", p.only)
	}
	for round := range p.rounds + 1 { // the first warms up
		got, err := measureRound(ctx, all, p)
		if err != nil {
			return err
		}
		if round > 0 {
			for _, s := range all {
				s.samples = append(s.samples, got[s.name])
				s.ratios = append(s.ratios, float64(got[s.name].cpu)/float64(got[s.beside].cpu))
			}
		}
		fmt.Fprintf(os.Stderr, "\rround %d of %d", round, p.rounds)
	}
	fmt.Fprintln(os.Stderr)
	printTable(os.Stdout, all)
	if strings.Contains("verify", p.only) {
		if err := measureHang(ctx, w, p); err != nil {
			return err
		}
	}
	return profileAll(ctx, all, p)
}

// measureRound does everything in short turns, there and back again, so that
// whatever else the machine does meanwhile falls on all alike: of what grows or
// fades during the round, each has had the same.
func measureRound(ctx context.Context, all []*scenario, p plan) (map[string]sample, error) {
	spent := make(map[string]spending, len(all))
	turn := p.each / (2 * turns)
	for range turns {
		there := slices.Clone(all)
		for range 2 {
			for _, s := range there {
				one, err := s.spend(ctx, p.workers, turn)
				if err != nil {
					return nil, fmt.Errorf("%s: %w", s.name, err)
				}
				spent[s.name] = spent[s.name].add(one)
			}
			slices.Reverse(there)
		}
	}
	round := make(map[string]sample, len(all))
	for name, one := range spent {
		round[name] = one.each()
	}
	return round, nil
}

// turns is how often a round goes there and back.
const turns = 2

// spending is what some operations took together.
type spending struct {
	usage
	took time.Duration
	done int64
}

func (s spending) add(more spending) spending {
	s.CPU += more.CPU
	s.Allocs += more.Allocs
	s.took += more.took
	s.done += more.done
	return s
}

func (s spending) each() sample {
	return sample{
		cpu:    s.CPU / time.Duration(s.done),
		allocs: float64(s.Allocs) / float64(s.done),
		rate:   float64(s.done) / s.took.Seconds(),
	}
}

// spend does the operation with all workers for a while.
func (s *scenario) spend(ctx context.Context, workers int, d time.Duration) (spending, error) {
	before, err := s.target.usage(ctx)
	if err != nil {
		return spending{}, err
	}
	begun := time.Now()
	n, err := repeat(ctx, workers, begun.Add(d), s.do)
	took := time.Since(begun)
	if err != nil {
		return spending{}, err
	}
	after, err := s.target.usage(ctx)
	if err != nil {
		return spending{}, err
	}
	return spending{usage{after.CPU - before.CPU, after.Allocs - before.Allocs}, took, n}, nil
}

// repeat does do with all workers until end and tells how often, at least once.
func repeat(ctx context.Context, workers int, end time.Time, do func(context.Context, int) error) (int64, error) {
	var done atomic.Int64
	var failed error
	var once sync.Once
	var running sync.WaitGroup
	for worker := range workers {
		running.Go(func() {
			for n := worker; ; n += workers {
				if err := do(ctx, n); err != nil {
					once.Do(func() { failed = err })
					return
				}
				done.Add(1)
				if !time.Now().Before(end) {
					return
				}
			}
		})
	}
	running.Wait()
	return done.Load(), failed
}

// profileAll takes a CPU profile of every scenario, if asked to.
func profileAll(ctx context.Context, all []*scenario, p plan) error {
	if p.profile == "" {
		return nil
	}
	const seconds = 10
	for i, s := range all {
		taken := make(chan error, 1)
		go func() { taken <- s.target.profile(ctx, seconds, p.profile, fmt.Sprint(i)) }()
		n, err := repeat(ctx, p.workers, time.Now().Add(2*seconds*time.Second), s.do)
		if err := errors.Join(err, <-taken); err != nil {
			return err
		}
		fmt.Printf("%d.*.pprof are of half of %d times %s\n", i, n, s.name)
	}
	return nil
}

func median[T int64 | float64](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
