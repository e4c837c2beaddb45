package signin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"orglogin/store"
)

// RegistryConfig is the operator connections, and what their logins need from the process.
type RegistryConfig struct {
	// PublicURL is the origin of the login host, which the redirect URLs begin with.
	PublicURL string
	// Operators are the connections of the configuration. Each has an ID of its own.
	// What the fields below say is set by the registry, and so is RedirectURL.
	Operators []Config

	DialContext func(ctx context.Context, network, address string) (net.Conn, error) // see Config
	Now         func() time.Time
	Logger      *slog.Logger
	Observe     func(endpoint string, d time.Duration, err error)
}

// Registry holds the provider of every connection. It is safe for concurrent use.
type Registry struct {
	operators []operator // in the order of the login page
}

type operator struct {
	connection store.Connection
	provider   *Provider
}

// NewRegistry makes the providers of the operator connections without calling them.
// The error names everything that is wrong with their configuration.
func NewRegistry(c RegistryConfig) (*Registry, error) {
	r := &Registry{}
	var all []error
	for _, o := range c.Operators {
		if slices.ContainsFunc(r.operators, func(other operator) bool { return other.connection.ID == o.ID }) {
			all = append(all, fmt.Errorf("connection %q: two have this id", o.ID))
			continue
		}
		o.RedirectURL = RedirectURL(c.PublicURL, o.ID)
		o.DialContext, o.Now, o.Logger, o.Observe = c.DialContext, c.Now, c.Logger, c.Observe
		p, err := New(o)
		if err != nil {
			all = append(all, fmt.Errorf("connection %q: %w", o.ID, err))
			continue
		}
		r.operators = append(r.operators, operator{p.connection(), p})
	}
	if err := errors.Join(all...); err != nil {
		return nil, err
	}
	slices.SortStableFunc(r.operators, func(a, b operator) int { return rank(a.connection.Issuer) - rank(b.connection.Issuer) })
	return r, nil
}

// RedirectURL is the redirect URI of a connection, one for each (RFC 9700 section 4.4).
func RedirectURL(publicURL, connectionID string) string {
	if connectionID == store.DefaultConnection {
		return publicURL + "/auth/callback"
	}
	return publicURL + "/auth/callback/" + connectionID
}

// rank orders the login page: Google first, as its brand rules ask for, then Microsoft, then the rest.
func rank(issuer string) int {
	switch {
	case issuer == store.GoogleIssuer:
		return 0
	case strings.HasPrefix(issuer, store.MicrosoftIssuers):
		return 1
	}
	return 2
}

// Operators returns the operator connections in the order of the login page: Google,
// then Microsoft, then as configured. The caller may keep the slice.
func (r *Registry) Operators() []store.Connection {
	all := make([]store.Connection, len(r.operators))
	for i, o := range r.operators {
		all[i] = o.connection
	}
	return all
}

// Provider returns the provider of a connection, and the connection. The error is
// [store.ErrNotFound] where there is no such connection.
func (r *Registry) Provider(_ context.Context, connectionID string) (*Provider, store.Connection, error) {
	for _, o := range r.operators {
		if o.connection.ID == connectionID {
			return o.provider, o.connection, nil
		}
	}
	return nil, store.Connection{}, fmt.Errorf("connection: %w", store.ErrNotFound)
}

// Up reports whether a login by an operator connection can succeed: see [Provider.Up].
func (r *Registry) Up(connectionID string) bool {
	for _, o := range r.operators {
		if o.connection.ID == connectionID {
			return o.provider.Up()
		}
	}
	return false
}

// Warm fetches what the operator connections need, all at once: see [Provider.Warm].
func (r *Registry) Warm(ctx context.Context) error {
	failed := make([]error, len(r.operators))
	var running sync.WaitGroup
	for i, o := range r.operators {
		running.Go(func() {
			if err := o.provider.Warm(ctx); err != nil {
				failed[i] = fmt.Errorf("connection %q: %w", o.connection.ID, err)
			}
		})
	}
	running.Wait()
	return errors.Join(failed...)
}

// Keep is [Provider.Keep] for every operator connection, until ctx ends.
func (r *Registry) Keep(ctx context.Context) {
	var running sync.WaitGroup
	for _, o := range r.operators {
		running.Go(func() { o.provider.Keep(ctx) })
	}
	running.Wait()
}
