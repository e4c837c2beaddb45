package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/serve"
)

type serveCommand struct {
	config.Config `group:"configuration"`
}

// Run serves until the context ends.
func (s *serveCommand) Run(env *environment) error {
	env.check.Use(&s.Config)
	s.Tracing = config.CheckTracing(env.check, env.getenv)
	if err := env.check.Err(); err != nil {
		return err
	}
	serve.LimitGarbage()
	logger, flush := serve.NewLogger(env.stderr, s.Log)
	defer flush()
	logger.Info("starting", "version", versionText())
	service, err := serve.Open(env.ctx, s.Config, serve.Options{Logger: logger})
	if err != nil {
		return err
	}
	stop := reloading(service, env.reload, logger)
	err = service.Serve(env.ctx, func(public, _ net.Addr) {
		fmt.Fprintf(env.stdout, "listening on %s\n", public)
		time.AfterFunc(500*time.Millisecond, serve.FreeStartMemory) // when the first answers are out: it takes as long as the start
	})
	stop()
	return errors.Join(err, service.Close())
}

// reloading reads the signing keys again whenever it is asked to, until stopped.
func reloading(service *serve.Service, asked <-chan os.Signal, logger *slog.Logger) (stop func()) {
	done := make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-asked:
			}
			if err := service.Reload(); err != nil {
				logger.Error("the signing keys in use stay", "error", err)
				continue
			}
			logger.Info("the signing keys were read again")
		}
	})
	return func() { close(done); running.Wait() }
}
