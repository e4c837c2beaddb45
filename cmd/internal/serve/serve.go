package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"orglogin/cmd/internal/domains"
)

const (
	// drainBound is how long requests in flight may take to finish: as long as
	// the longest of them, a callback that waits for the provider.
	drainBound = 25 * time.Second
	// watchEvery is the time between two looks at the store for the metric.
	watchEvery = 5 * time.Second
)

// Serve listens at both addresses, calls ready with them once it answers,
// and serves until ctx ends or a listener fails. Then it drains: /readyz answers
// 503, after Config.ShutdownDelay no new connection is taken, and the requests
// in flight finish within a bound.
// The error is nil after an orderly end. To be called once.
func (s *Service) Serve(ctx context.Context, ready func(public, admin net.Addr)) error {
	public, err := s.listenPublic(ctx)
	if err != nil {
		return err
	}
	admin, err := new(net.ListenConfig).Listen(ctx, "tcp", s.config.AdminAddr)
	if err != nil {
		return errors.Join(fmt.Errorf("listen at ADMIN_LISTEN_ADDR: %w", err), closeAll(public))
	}
	private, err := s.api.listen(ctx)
	if err != nil {
		return errors.Join(err, closeAll(append(public, admin)))
	}
	front, back := s.server(s.closeWhenDraining(s.public)), s.server(s.admin.Handler())
	failed := make(chan error, len(public)+2)
	for _, listener := range public {
		go func() { failed <- front.Serve(strictHeads{listener}) }()
	}
	go func() { failed <- back.Serve(admin) }()
	servers := []*http.Server{front}
	if private != nil {
		programs := s.server(s.closeWhenDraining(s.api.handler))
		servers = append(servers, programs)
		go func() { failed <- s.api.serve(programs, private) }()
		s.logger.Info("serving the API", "address", private.Addr().String())
	}

	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	var running sync.WaitGroup
	running.Go(func() { s.providers.Keep(background) })
	running.Go(func() { s.watchStore(background) })
	running.Go(func() { s.watchKeys(background) })
	running.Go(func() { s.dailyChecks().Run(background) })
	running.Go(func() { s.api.run(background, s.logger) })
	running.Go(func() { _ = s.store.Run(background) }) // ends with the context, as its error says

	s.logger.Info("serving", "public", public[0].Addr().String(), "admin", admin.Addr().String())
	ready(public[0].Addr(), admin.Addr())
	select {
	case <-ctx.Done():
		err = nil
	case err = <-failed: // not ErrServerClosed: nothing has closed it
		err = fmt.Errorf("serve: %w", err)
	}
	err = errors.Join(err, s.drain(context.WithoutCancel(ctx), back, servers...))
	stop()
	running.Wait()
	return err
}

// listenPublic returns the listeners that it was opened with, or one of its own.
func (s *Service) listenPublic(ctx context.Context) ([]net.Listener, error) {
	if len(s.listeners) > 0 {
		return s.listeners, nil
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", s.config.ListenAddr)
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
func (s *Service) drain(ctx context.Context, back *http.Server, servers ...*http.Server) error {
	s.logger.Info("draining", "bound", drainBound)
	s.admin.Drain()
	s.draining.Store(true)
	s.sleep(s.config.ShutdownDelay) // so that the balancer notices before a connection is refused
	ctx, cancel := context.WithTimeout(ctx, drainBound)
	defer cancel()
	var err error
	for _, server := range servers {
		if late := server.Shutdown(ctx); late != nil {
			err = errors.Join(err, fmt.Errorf("requests were still in flight after %s: %w", drainBound, late), server.Close())
		}
	}
	s.logger.Info("stopped")
	return errors.Join(err, back.Close())
}

// closeWhenDraining ends a connection with its next answer: each one once the service
// drains, because ending the idle ones at once would meet requests on their way
// to us; and one whose next head strictHeads does not follow to, behind chunks or
// what HTTP/1.0 takes for a body (RFC 9112 section 6.1).
func (s *Service) closeWhenDraining(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.draining.Load() || len(r.TransferEncoding) > 0 || !r.ProtoAtLeast(1, 1) {
			w.Header().Set("Connection", "close")
		}
		h.ServeHTTP(w, r)
	})
}

// server is an http.Server with every limit set: the defaults have none.
func (s *Service) server(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      30 * time.Second, // above the longest that a handler waits
		IdleTimeout:       90 * time.Second, // above that of the proxies before us, which close first
		// Above what handlers take, so that the answer is a page of theirs;
		// past it net/http says 431 by itself.
		MaxHeaderBytes: 128 << 10,
		ErrorLog:       slog.NewLogLogger(s.logger.Handler(), slog.LevelDebug),
	}
}

// dailyChecks are those of the records of domains.
func (s *Service) dailyChecks() domains.Daily {
	return domains.Daily{
		Store: s.store, Checker: domains.Checker{Server: domains.Server(s.config.DNSResolver)},
		Now: s.now, Logger: s.logger, Observe: s.metrics.domainCheck,
	}
}

// watchStore keeps the metric of the database current until ctx ends.
func (s *Service) watchStore(ctx context.Context) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		asked, cancel := context.WithTimeout(ctx, watchEvery)
		err := s.store.Ping(asked)
		cancel()
		if ctx.Err() != nil {
			return
		}
		s.metrics.store("database", err == nil)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
