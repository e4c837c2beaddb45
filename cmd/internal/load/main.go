// Command load measures what the service costs, beside two relying parties without a
// product: plain uses the same libraries plainly, bare the standard library. Both store
// person and session with one statement.
// It starts everything itself: a private PostgreSQL that waits for the disk, a private
// Redis, a provider over HTTPS, and each service as a process of its own. The kernel tells
// the CPU time of each, and of PostgreSQL with all its processes. In each round all take short turns, there and back, so that what
// else the machine does falls on all alike; the table shows medians of the rounds,
// and the ratios are of the same round.
//
//	go run ./cmd/internal/load            the table
//	go run ./cmd/internal/load -profile . also a CPU profile of each service's logins
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

// plan is how much is measured.
type plan struct {
	rounds  int
	each    time.Duration // of one operation in one round
	workers int           // browsers at once
	profile string        // directory, or none
	only    string        // scenarios compared with what holds this
}

func run(ctx context.Context) error {
	if role := os.Getenv(roleVariable); role != "" {
		return runChild(ctx, role)
	}
	var p plan
	flag.IntVar(&p.rounds, "rounds", 7, "how often everything is measured")
	flag.DurationVar(&p.each, "each", time.Second, "how long each operation is measured in a round")
	flag.IntVar(&p.workers, "workers", 16, "browsers at once")
	flag.StringVar(&p.profile, "profile", "", "write CPU profiles of the logins into this directory")
	flag.StringVar(&p.only, "only", "", "measure login, verify or signed alone")
	flag.Parse()
	w, err := newWorld(ctx)
	if err != nil {
		return err
	}
	err = measureAll(ctx, w, p)
	if failed := w.close(); err == nil {
		err = failed
	}
	return err
}
