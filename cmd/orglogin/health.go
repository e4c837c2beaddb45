package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"time"

	"orglogin/cmd/internal/config"
)

type healthcheckCommand struct {
	config.AdminListener `group:"configuration"`
}

// healthTimeout is below the three seconds that containers give a check.
const healthTimeout = 2 * time.Second

// Run asks /healthz where serve with the same configuration answers it.
func (h *healthcheckCommand) Run(env *environment) error {
	env.check.Use(&h.AdminListener)
	if err := env.check.Err(); err != nil {
		return err
	}
	client := &http.Client{Timeout: healthTimeout, Transport: &http.Transport{DisableKeepAlives: true}} // and no proxy
	request, err := http.NewRequestWithContext(env.ctx, http.MethodGet, "http://"+reachable(h.AdminAddr)+"/healthz", nil)
	if err != nil {
		return fmt.Errorf("healthcheck: %w", err)
	}
	answer, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("healthcheck: %w", err)
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<10))
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("healthcheck: /healthz answered %s", answer.Status)
	}
	return nil
}

// reachable turns an address to listen on into one to connect to: who listens
// on every address is reached over loopback.
func reachable(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	addr, err := netip.ParseAddr(host)
	switch {
	case host == "", err == nil && addr.Is4() && addr.IsUnspecified():
		host = "127.0.0.1"
	case err == nil && addr.IsUnspecified():
		host = "::1"
	}
	return net.JoinHostPort(host, port)
}
