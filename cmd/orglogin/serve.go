package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"

	"orglogin/cmd/internal/app"
)

type serveCommand struct{ settings }

// settings are the whole configuration as the operator wrote it.
type settings struct {
	app.SiteSettings     `group:"configuration"`
	app.ProviderSettings `group:"configuration"`
	app.DatabaseSettings `group:"configuration"`
	app.SignupSettings   `group:"configuration"`
	app.SessionSettings  `group:"configuration"`
	app.KeySettings      `group:"configuration"`
	app.ServiceSettings  `group:"configuration"`
	app.AdminSettings    `group:"configuration"`
	app.LogSettings      `group:"configuration"`
}

// Run serves until the context ends.
func (s *serveCommand) Run(env *environment) error {
	cfg := s.config(env.check)
	if err := env.check.Err(); err != nil {
		return err
	}
	app.CollectSeldom()
	logger, flush := app.NewLogger(env.stderr, cfg.Log)
	defer flush()
	service, err := app.Open(env.ctx, cfg, app.Options{Logger: logger})
	if err != nil {
		return err
	}
	stop := reloading(service, env.reload, logger)
	err = service.Serve(env.ctx, func(public, _ net.Addr) {
		fmt.Fprintf(env.stdout, "listening on %s\n", public)
	})
	stop()
	return errors.Join(err, service.Close())
}

// reloading reads the signing keys again whenever it is asked to, until stopped.
func reloading(service *app.App, asked <-chan os.Signal, logger *slog.Logger) (stop func()) {
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

// config judges the whole configuration; its mistakes are noted in c.
func (s *settings) config(c *app.Check) app.Config {
	cfg := s.ServiceSettings.Check(c)
	cfg.Site = s.SiteSettings.Check(c)
	cfg.Provider = s.ProviderSettings.Check(c)
	cfg.Database = s.DatabaseSettings.Check(c)
	cfg.Signup = s.SignupSettings.Check(c)
	cfg.Sessions = s.SessionSettings.Check(c)
	cfg.Keys = s.KeySettings.Check(c)
	cfg.AdminAddr = s.AdminSettings.Check(c)
	app.CheckListeners(c, cfg)
	cfg.Log = s.LogSettings.Check(c)
	return cfg
}
