package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/pprof"
	"os"
	"runtime"
	"syscall"
	"time"
)

// A service is this same program, given its role and its settings.
const (
	roleVariable     = "LOAD_ROLE"
	settingsVariable = "LOAD_SETTINGS"

	roleOurs  = "ours"
	rolePlain = "plain"
	roleBare  = "bare"
)

// settings are what a service is given, as JSON.
type settings struct {
	Addr     string // where it serves
	Side     string // where it tells its usage
	Issuer   string
	Database string
	Redis    string
	Keys     string        // directory of secret-keys and signing-keys.json
	CacheTTL time.Duration // ours alone
}

// usage is what a process has used since its start.
type usage struct {
	CPU    time.Duration // user and system
	Allocs uint64        // objects
}

func used() (usage, error) {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return usage{}, err
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return usage{time.Duration(r.Utime.Nano() + r.Stime.Nano()), m.Mallocs}, nil
}

// runChild is one service until it is asked to stop.
func runChild(ctx context.Context, role string) error {
	var s settings
	if err := json.Unmarshal([]byte(os.Getenv(settingsVariable)), &s); err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/usage", func(w http.ResponseWriter, _ *http.Request) {
		u, err := used()
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		_ = json.NewEncoder(w).Encode(u)
	})
	mux.HandleFunc("/cpu", pprof.Profile)
	mux.Handle("/allocs", pprof.Handler("allocs"))
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // whoever started us holds the other end for as long as it lives
		stop()
	}()
	side, err := net.Listen("tcp", s.Side)
	if err != nil {
		return err
	}
	defer side.Close()
	go func() { _ = http.Serve(side, mux) }() // until the listener closes
	ready := func() { fmt.Println("ready") }
	switch role {
	case roleOurs:
		return serveOurs(ctx, s, ready)
	case rolePlain:
		return servePlain(ctx, s, ready)
	case roleBare:
		return serveBare(ctx, s, ready)
	}
	return fmt.Errorf("no role %q", role)
}
