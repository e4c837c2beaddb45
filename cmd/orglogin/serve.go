package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/serve"
)

type serveCommand struct{ settings }

// settings are the whole configuration as the operator wrote it.
type settings struct {
	config.SiteSettings     `group:"configuration"`
	config.ProviderSettings `group:"configuration"`
	config.DatabaseSettings `group:"configuration"`
	config.SignupSettings   `group:"configuration"`
	config.SessionSettings  `group:"configuration"`
	config.KeySettings      `group:"configuration"`
	config.ServiceSettings  `group:"configuration"`
	config.AdminSettings    `group:"configuration"`
	config.APISettings      `group:"configuration"`
	config.MailSettings     `group:"configuration"`
	config.LogSettings      `group:"configuration"`
}

// Run serves until the context ends.
func (s *serveCommand) Run(env *environment) error {
	cfg := s.config(env.check)
	if err := env.check.Err(); err != nil {
		return err
	}
	serve.SetGCPercent()
	logger, flush := serve.NewLogger(env.stderr, cfg.Log)
	defer flush()
	service, err := serve.Open(env.ctx, cfg, serve.Options{Logger: logger})
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

// config judges the whole configuration; its mistakes are noted in c.
func (s *settings) config(c *config.Check) config.Config {
	cfg := s.ServiceSettings.Check(c)
	cfg.Site = s.SiteSettings.Check(c)
	s.ProviderSettings.Check(c, &cfg)
	cfg.Database = s.DatabaseSettings.Check(c)
	cfg.Signup = s.SignupSettings.Check(c)
	cfg.Sessions = s.SessionSettings.Check(c)
	cfg.Keys = s.KeySettings.Check(c)
	cfg.AdminAddr = s.AdminSettings.Check(c)
	cfg.API = s.APISettings.Check(c, &cfg.Database)
	cfg.Mail = s.MailSettings.Check(c)
	cfg.Mail.CheckSender(c, cfg.Database)
	config.CheckListeners(c, cfg)
	cfg.Log = s.LogSettings.Check(c)
	return cfg
}
