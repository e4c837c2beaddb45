package signin

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"code.dny.dev/ssrf"

	"orglogin/store"
)

// guard protects the networks of the service from one provider that a tenant named.
// It checks what the tenant wrote and what the provider publishes, and at the moment
// of dialing the address itself: a name that answers with a public address when it
// is checked and with a private one when it is dialed gains nothing.
type guard struct {
	// networks may be dialed beside the public ones, on any port. They are empty
	// unless an operator marked the connection private.
	networks []netip.Prefix
	// local allows http and names of this machine, for the demo.
	local bool
	// ourHost reports whether a host in lower case is one of the service's own.
	ourHost func(host string) bool
	dialer  *net.Dialer
}

// publicOnly knows the special-purpose networks of IANA's registries.
var publicOnly = ssrf.New(ssrf.WithPorts(443))

// newGuard makes the guard of one connection; private is [store.Connection.Private].
func (c RegistryConfig) newGuard(private bool) *guard {
	g := &guard{ourHost: c.OurHost}
	if private {
		g.networks = c.AllowedNetworks
		u, err := url.Parse(c.PublicURL)
		g.local = err == nil && store.IsLoopback(u.Hostname()) && g.allows(netip.AddrFrom4([4]byte{127, 0, 0, 1}))
	}
	g.dialer = &net.Dialer{
		Timeout: callTimeout, KeepAlive: 30 * time.Second, Resolver: c.Resolver,
		ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error { return g.checkAddress(address) },
	}
	return g
}

// allows reports whether an address is in a private network that is allowed.
func (g *guard) allows(addr netip.Addr) bool {
	return slices.ContainsFunc(g.networks, func(n netip.Prefix) bool { return n.Contains(addr) })
}

// dial opens a connection to an address that the guard accepts.
func (g *guard) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if host, port, err := net.SplitHostPort(address); err == nil && g.local && store.IsLoopback(host) {
		address = net.JoinHostPort("127.0.0.1", port) // not every resolver knows *.localhost
	}
	return g.dialer.DialContext(ctx, network, address)
}

// checkAddress decides about one address and port, just before it is connected to.
func (g *guard) checkAddress(address string) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%q is not an address and a port", address)
	}
	addr := to.Addr().WithZone("").Unmap()
	if ssrf.IPv6NAT64Prefix.Contains(addr) { // a gateway connects to the IPv4 address in it (RFC 6052 section 2.2)
		b := addr.As16()
		addr = netip.AddrFrom4([4]byte(b[12:]))
	}
	switch {
	case addr.IsLinkLocalUnicast() || addr.IsUnspecified() || addr.IsMulticast():
		return fmt.Errorf("%s is link-local, multicast or unspecified, which is never dialed", addr)
	case g.allows(addr):
		return nil
	}
	return publicOnly.SafeAddrPort(netip.AddrPortFrom(addr, to.Port()))
}

// checkIssuer decides about the issuer that a tenant wrote.
func (g *guard) checkIssuer(issuer string) error {
	if store.SharedMicrosoftIssuer(issuer) {
		return FieldError{"issuer", "an organization's connection names one tenant of Microsoft Entra, by its id"}
	}
	u, err := url.Parse(issuer)
	if err != nil {
		return FieldError{"issuer", "not a URL"}
	}
	if err := store.CheckDNSName(strings.ToLower(u.Hostname())); err != nil {
		return FieldError{"issuer", "its host " + err.Error()}
	}
	if !g.local && store.IsLoopback(u.Hostname()) {
		return FieldError{"issuer", "its host is this machine"}
	}
	if u.Port() != "" && u.Port() != "443" && len(g.networks) == 0 {
		return FieldError{"issuer", "its port is not 443"}
	}
	return g.checkURL(issuer)
}

// checkEndpoint decides about an endpoint that the provider at issuer publishes.
func (g *guard) checkEndpoint(endpoint, issuer string) error {
	if err := g.checkURL(endpoint); err != nil {
		return err
	}
	e, err1 := url.Parse(endpoint)
	i, err2 := url.Parse(issuer)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	if e.Port() != "" && e.Port() != "443" && e.Port() != i.Port() {
		return errors.New("its port is neither 443 nor the issuer's")
	}
	return nil
}

// checkURL wants https and no userinfo or fragment, on none of our hosts. A name
// in another script is refused, because the transport would convert it.
func (g *guard) checkURL(s string) error {
	if err := checkURL(s, g.local); err != nil {
		return err
	}
	u, err := url.Parse(s)
	if err != nil {
		return errors.New("not a URL")
	}
	host := strings.ToLower(u.Hostname())
	if _, err := netip.ParseAddr(host); err != nil {
		if err := store.CheckDNSName(host); err != nil {
			return fmt.Errorf("its host %w", err)
		}
	}
	if g.ourHost != nil && g.ourHost(host) {
		return errors.New("its host is one of this service")
	}
	return nil
}
