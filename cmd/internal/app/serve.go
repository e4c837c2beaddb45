package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	// drainBound is how long requests in flight may take to finish: as long as
	// the longest of them, a callback that waits for the provider.
	drainBound = 25 * time.Second
	// watchEvery is the time between two looks at the store for the metric.
	watchEvery = 5 * time.Second
)

// Serve listens at both addresses, tells ready which they are once it answers,
// and serves until ctx ends or a listener fails. Then it drains: /readyz answers
// 503, after Config.ShutdownDelay no new connection is taken, and the requests
// in flight finish within a bound.
// The error is nil after an orderly end. To be called once.
func (a *App) Serve(ctx context.Context, ready func(public, admin net.Addr)) error {
	public, err := a.listenPublic(ctx)
	if err != nil {
		return err
	}
	admin, err := new(net.ListenConfig).Listen(ctx, "tcp", a.config.AdminAddr)
	if err != nil {
		return errors.Join(fmt.Errorf("listen at ADMIN_LISTEN_ADDR: %w", err), closeAll(public))
	}
	front, back := a.server(a.parting(a.public)), a.server(a.admin.Handler())
	failed := make(chan error, len(public)+1)
	for _, listener := range public {
		go func() { failed <- front.Serve(strictHeads{listener}) }()
	}
	go func() { failed <- back.Serve(admin) }()

	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	var running sync.WaitGroup
	running.Go(func() { a.provider.Keep(background) })
	running.Go(func() { a.watchStore(background) })
	running.Go(func() { a.watchKeys(background) })
	running.Go(func() { _ = a.store.Run(background) }) // ends with the context, as its error says

	a.logger.Info("serving", "public", public[0].Addr().String(), "admin", admin.Addr().String())
	ready(public[0].Addr(), admin.Addr())
	select {
	case <-ctx.Done():
		err = nil
	case err = <-failed: // no ErrServerClosed: nobody has asked it to close
		err = fmt.Errorf("serve: %w", err)
	}
	err = errors.Join(err, a.drain(context.WithoutCancel(ctx), front, back))
	stop()
	running.Wait()
	return err
}

// listenPublic returns the listeners that it was opened with, or one of its own.
func (a *App) listenPublic(ctx context.Context) ([]net.Listener, error) {
	if len(a.listeners) > 0 {
		return a.listeners, nil
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", a.config.ListenAddr)
	if err != nil {
		return nil, fmt.Errorf("listen at LISTEN_ADDR: %w", err)
	}
	return []net.Listener{l}, nil
}

func closeAll(listeners []net.Listener) error {
	var err error
	for _, l := range listeners {
		err = errors.Join(err, l.Close())
	}
	return err
}

// drain ends the servers, the admin one last: until then it answers that the
// service drains.
func (a *App) drain(ctx context.Context, front, back *http.Server) error {
	a.logger.Info("draining", "bound", drainBound)
	a.admin.Drain()
	a.draining.Store(true)
	a.sleep(a.config.ShutdownDelay) // so that the balancer notices before a connection is refused
	ctx, cancel := context.WithTimeout(ctx, drainBound)
	defer cancel()
	err := front.Shutdown(ctx)
	if err != nil {
		err = errors.Join(fmt.Errorf("requests were still in flight after %s: %w", drainBound, err), front.Close())
	}
	a.logger.Info("stopped")
	return errors.Join(err, back.Close())
}

// parting ends a connection with its next answer: each one once the service
// drains, because ending the idle ones at once would meet requests on their way
// to us; and one whose next head strictHeads does not follow to, behind chunks or
// what HTTP/1.0 takes for a body (RFC 9112 section 6.1).
func (a *App) parting(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a.draining.Load() || len(r.TransferEncoding) > 0 || !r.ProtoAtLeast(1, 1) {
			w.Header().Set("Connection", "close")
		}
		h.ServeHTTP(w, r)
	})
}

// server is an http.Server with every limit set: the defaults have none.
func (a *App) server(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      30 * time.Second, // above the longest that a handler waits
		IdleTimeout:       90 * time.Second, // above that of the proxies before us, which close first
		// Above what handlers take, so that the answer is a page of theirs;
		// past it net/http says 431 by itself.
		MaxHeaderBytes: 128 << 10,
		ErrorLog:       slog.NewLogLogger(a.logger.Handler(), slog.LevelDebug),
	}
}

// watchStore keeps the metric of the database current until ctx ends.
func (a *App) watchStore(ctx context.Context) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		asked, cancel := context.WithTimeout(ctx, watchEvery)
		err := a.store.Ping(asked)
		cancel()
		if ctx.Err() != nil {
			return
		}
		a.metrics.store("database", err == nil)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
