package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"
)

// listen opens address and the same port of the other loopback: browsers try
// either for *.localhost, and another program must not answer there.
func listen(ctx context.Context, address string) ([]net.Listener, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("--listen %q is not HOST:PORT", address)
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	addr, err := netip.ParseAddr(host)
	if err != nil || !addr.IsLoopback() {
		return nil, fmt.Errorf("--listen %q is not on loopback: here a visitor can sign in as any person, so no other machine may reach it", address)
	}
	for range 10 {
		var listeners []net.Listener
		if listeners, err = listenBoth(ctx, addr.String(), port); err == nil || port != "0" || !errors.Is(err, syscall.EADDRINUSE) {
			return listeners, err
		}
		// The free port of the one was taken at the other.
	}
	return nil, err
}

func listenBoth(ctx context.Context, host, port string) ([]net.Listener, error) {
	var config net.ListenConfig
	first, err := config.Listen(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, taken(err, port)
	}
	_, port, err = net.SplitHostPort(first.Addr().String())
	if err != nil {
		return nil, errors.Join(err, first.Close())
	}
	other := "::1"
	if host == other {
		other = "127.0.0.1"
	}
	second, err := config.Listen(ctx, "tcp", net.JoinHostPort(other, port))
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, errors.Join(taken(err, port), first.Close())
	case err != nil: // a machine without this family of addresses
		return []net.Listener{first}, nil
	}
	return []net.Listener{first, second}, nil
}

// taken names the fix where another program has the port.
func taken(err error, port string) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("port %s is taken by another program: end that, or choose another port with --listen 127.0.0.1:PORT (%w)", port, err)
	}
	return fmt.Errorf("listen: %w", err)
}
