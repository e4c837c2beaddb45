package signin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"orglogin/handlers/seal"
	"orglogin/store"
)

// RegistryConfig is the operator connections, where organization connections are
// found, and what their logins need from the process.
type RegistryConfig struct {
	// PublicURL is the origin of the login host, which the redirect URLs begin with.
	PublicURL string
	// Operators are the connections of the configuration. Each has an ID of its own.
	// What the fields below say is set by the registry, and so is RedirectURL.
	Operators []Config

	// Connections finds organization connections; nil ignores them.
	Connections Connections
	Box         *seal.Box // that opens their client secrets
	// AllowedNetworks are the private networks in which a provider may be whose
	// connection an operator marked private. With loopback among them, and PublicURL
	// on loopback, its issuer may be http on loopback.
	AllowedNetworks []netip.Prefix
	// OurHost reports whether a host is one of the service's own, on which no
	// organization's provider can be: the login host, the app and every organization.
	OurHost  func(host string) bool
	Resolver *net.Resolver // of an organization's provider; the system's when nil

	// DialContext reaches the operators' providers alone: see Config.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)
	Now         func() time.Time
	Logger      *slog.Logger
	// Observe is called after every call to an operator's provider and ObserveTenant after
	// every call to an organization's: see Config. They are two, so that a tenant's slow
	// provider is not in the figures of the operators'.
	Observe       func(ctx context.Context, endpoint string, d time.Duration, err error)
	ObserveTenant func(ctx context.Context, endpoint string, d time.Duration, err error)
}

// Connections is the part of a store that finds one organization connection, in any
// state. The error is [store.ErrNotFound] where there is none.
type Connections interface {
	Connection(ctx context.Context, id string) (store.Connection, error)
}

// Registry holds the provider of every connection. It is safe for concurrent use.
type Registry struct {
	config    RegistryConfig
	operators []operator // in the order of the login page
	held      *held      // the organizations'
	secrets   *seal.Sealer
}

type operator struct {
	connection store.Connection
	provider   *Provider
}

// NewRegistry makes the providers of the operator connections without calling them.
// The error names everything that is wrong with their configuration.
func NewRegistry(c RegistryConfig) (*Registry, error) {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	r := &Registry{config: c, held: newHeld()}
	if c.Box != nil {
		r.secrets = c.Box.Sealer(seal.ConnectionSecret)
	}
	var all []error
	for _, o := range c.Operators {
		if slices.ContainsFunc(r.operators, func(other operator) bool { return other.connection.ID == o.ID }) {
			all = append(all, fmt.Errorf("connection %q: two have this id", o.ID))
			continue
		}
		o.RedirectURL = RedirectURL(c.PublicURL, o.ID)
		o.DialContext, o.Now, o.Logger, o.Observe = c.DialContext, c.Now, c.Logger.With("connection", o.ID), c.Observe
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

// Provider returns the provider of a connection, and the connection. That of an
// organization is made when first used; it may be in any state, which the caller
// judges. The error is [store.ErrNotFound] where there is no such connection, that of
// the store, or, beside the connection, an [ErrUnusable].
func (r *Registry) Provider(ctx context.Context, connectionID string) (*Provider, store.Connection, error) {
	for _, o := range r.operators {
		if o.connection.ID == connectionID {
			return o.provider, o.connection, nil
		}
	}
	if r.config.Connections == nil || r.secrets == nil || !store.IsOrganizationConnection(connectionID) {
		return nil, store.Connection{}, fmt.Errorf("connection: %w", store.ErrNotFound)
	}
	c, err := r.config.Connections.Connection(ctx, connectionID)
	if err != nil {
		return nil, store.Connection{}, err
	}
	p, err := r.held.get(c, r.newTenant)
	if err != nil {
		return nil, c, fmt.Errorf("%w: connection %q: %w", ErrUnusable, c.ID, err)
	}
	return p, c, nil
}

// ErrUnusable is an organization connection of which no provider can be made: its
// client secret is lost, or its issuer is not accepted any longer.
var ErrUnusable = errors.New("the connection is not usable")

// ErrSecret is a client secret that the keys of this service do not open.
var ErrSecret = errors.New("the client secret cannot be opened with SECRET_KEYS; set it again")

// newTenant makes the provider of an organization connection.
func (r *Registry) newTenant(c store.Connection) (*Provider, error) {
	g, err := r.config.checkTenant(c)
	if err != nil {
		return nil, err
	}
	secret, err := r.secrets.Open(c.SealedSecret, c.ID)
	if err != nil {
		return nil, ErrSecret
	}
	return New(Config{
		ID: c.ID, Name: c.Name, Issuer: c.Issuer, ClientID: c.ClientID, ClientSecret: string(secret),
		RedirectURL:   RedirectURL(r.config.PublicURL, c.ID),
		HostedDomains: c.HostedDomains, EmailVerified: c.EmailVerified, UserInfo: c.UserInfo,
		MaxExchanges: maxTenantExchanges, guard: g,
		Now: r.config.Now, Logger: r.config.Logger.With("connection", c.ID), Observe: r.config.ObserveTenant,
	})
}

// CheckTenant checks what of an organization connection can be checked without
// asking its provider, before it is stored. What its error joins is a [FieldError]
// wherever a field is wrong by itself.
func (c RegistryConfig) CheckTenant(connection store.Connection) error {
	_, err := c.checkTenant(connection)
	return err
}

func (c RegistryConfig) checkTenant(connection store.Connection) (*guard, error) {
	g := c.newGuard(connection.Private)
	err := Config{
		Issuer: connection.Issuer, ClientID: connection.ClientID, ClientSecret: "unknown here",
		RedirectURL:   RedirectURL(c.PublicURL, connection.ID),
		HostedDomains: connection.HostedDomains, EmailVerified: connection.EmailVerified, Tenants: connection.Tenants,
	}.validate()
	return g, errors.Join(g.checkIssuer(connection.Issuer), err)
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

// Keep is [Provider.Keep] for every operator connection, until ctx ends.
func (r *Registry) Keep(ctx context.Context) {
	var running sync.WaitGroup
	for _, o := range r.operators {
		running.Go(func() { o.provider.Keep(ctx) })
	}
	running.Wait()
}
