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
	cpu      time.Duration // of the service
	database time.Duration // of PostgreSQL
	allocs   float64
	rate     float64 // operations a second, with everything else on the same machine
}

// scenario is one operation of one service.
type scenario struct {
	name    string
	beside  string // the name of what it is compared with, itself for those
	target  *target
	beyond  []*target // further instances that do the same
	do      func(ctx context.Context, n int) error
	samples []sample
	// CPU, to beside in the same round; of PostgreSQL where beside asks it
	ratios, databaseRatios []float64
}

// scenarios need a live session at two of the services.
func scenarios(ctx context.Context, w *world) ([]*scenario, error) {
	ours, err := w.warm.login(ctx, person(0))
	if err != nil {
		return nil, err
	}
	theirs, err := w.plain.login(ctx, person(0))
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
	const logins, verifies, redirects = "login, plain", "verify, plain 204", "signed in, plain 302"
	return []*scenario{
		{name: "login, bare", beside: logins, target: w.bare, do: login(w.bare)},
		{name: logins, beside: logins, target: w.plain, do: login(w.plain)},
		{name: "login, warm", beside: logins, target: w.warm, do: login(w.warm)},
		{name: "login, cold", beside: logins, target: w.cold, do: login(w.cold)},
		{name: "login, Redis dead", beside: logins, target: w.noRedis, do: login(w.noRedis)},
		{name: "login, three instances", beside: logins, target: w.warm, beyond: w.more, do: turnBy(login(w.warm), login(w.more[0]), login(w.more[1]))},
		{name: verifies, beside: verifies, target: w.plain, do: verify(w.plain, theirs, http.StatusNoContent)},
		{name: "verify, 200", beside: verifies, target: w.warm, do: verify(w.warm, ours, http.StatusOK)},
		{name: "verify, refused", beside: verifies, target: w.warm, do: verify(w.warm, "", http.StatusUnauthorized)},
		{name: redirects, beside: redirects, target: w.plain, do: get(w.plain, "/signed-in", theirs)},
		{name: "/login, live session", beside: redirects, target: w.warm, do: get(w.warm, "/login", ours)},
	}, nil
}

// turnBy does one after the other, as a proxy before several instances does.
func turnBy(all ...func(context.Context, int) error) func(context.Context, int) error {
	var turn atomic.Int64
	return func(ctx context.Context, n int) error { return all[int(turn.Add(1))%len(all)](ctx, n) }
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
		got, err := measureRound(ctx, w.database, all, p)
		if err == nil && round == 0 {
			err = w.analyze()
		}
		if err != nil {
			return err
		}
		if round > 0 {
			for _, s := range all {
				s.samples = append(s.samples, got[s.name])
				s.ratios = append(s.ratios, float64(got[s.name].cpu)/float64(got[s.beside].cpu))
				if s.writes() {
					s.databaseRatios = append(s.databaseRatios, float64(got[s.name].database)/float64(got[s.beside].database))
				}
			}
		}
		fmt.Fprintf(os.Stderr, "\rround %d of %d", round, p.rounds)
	}
	fmt.Fprintln(os.Stderr)
	printTable(os.Stdout, all)
	if strings.Contains("login", p.only) {
		if err := measureLatency(ctx, os.Stdout, w, p); err != nil {
			return err
		}
	}
	if strings.Contains("verify", p.only) {
		if err := measureHang(ctx, w, p); err != nil {
			return err
		}
	}
	if err := printProcesses(ctx, os.Stdout, w); err != nil {
		return err
	}
	return profileAll(ctx, all, p)
}

// measureRound does everything in short turns, there and back again, so that
// whatever else the machine does meanwhile falls on all alike: of what grows or
// fades during the round, each has had the same.
func measureRound(ctx context.Context, db database, all []*scenario, p plan) (map[string]sample, error) {
	spent := make(map[string]spending, len(all))
	turn := p.each / (2 * turns)
	for range turns {
		there := slices.Clone(all)
		for range 2 {
			for _, s := range there {
				one, err := s.spend(ctx, db, p.workers, turn)
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
	database time.Duration
	took     time.Duration
	done     int64
}

func (s spending) add(more spending) spending {
	s.CPU += more.CPU
	s.database += more.database
	s.Allocs += more.Allocs
	s.took += more.took
	s.done += more.done
	return s
}

func (s spending) each() sample {
	return sample{
		cpu:      s.CPU / time.Duration(s.done),
		database: s.database / time.Duration(s.done),
		allocs:   float64(s.Allocs) / float64(s.done),
		rate:     float64(s.done) / s.took.Seconds(),
	}
}

// writes tells a login: what it leaves to be written a little later is its own cost.
func (s *scenario) writes() bool { return strings.HasPrefix(s.name, "login") }

// settle is how long a login's batches take to be written.
const settle = 250 * time.Millisecond

// usage is that of all instances.
func (s *scenario) usage(ctx context.Context) (sum usage, err error) {
	for _, t := range append([]*target{s.target}, s.beyond...) {
		one, err := t.usage(ctx)
		if err != nil {
			return sum, err
		}
		sum.CPU += one.CPU
		sum.Allocs += one.Allocs
	}
	return sum, nil
}

// spend does the operation with all workers for a while.
func (s *scenario) spend(ctx context.Context, db database, workers int, d time.Duration) (spending, error) {
	asked, err := db.cpu()
	if err != nil {
		return spending{}, err
	}
	before, err := s.usage(ctx)
	if err != nil {
		return spending{}, err
	}
	begun := time.Now()
	n, err := repeat(ctx, workers, begun.Add(d), s.do)
	took := time.Since(begun)
	if err != nil {
		return spending{}, err
	}
	if s.writes() {
		time.Sleep(settle)
	}
	after, err := s.usage(ctx)
	if err != nil {
		return spending{}, err
	}
	answered, err := db.cpu()
	return spending{usage{after.CPU - before.CPU, after.Allocs - before.Allocs}, answered - asked, took, n}, err
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
