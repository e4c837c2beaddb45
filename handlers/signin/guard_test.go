package signin

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"orglogin/store"
)

func prefixes(s ...string) []netip.Prefix {
	var all []netip.Prefix
	for _, p := range s {
		all = append(all, netip.MustParsePrefix(p))
	}
	return all
}

func TestAddressesThatAnOrganizationsProviderMayNotHave(t *testing.T) {
	const public = "https://login.example.test"
	strict := RegistryConfig{PublicURL: public}.newGuard(true)
	inside := RegistryConfig{PublicURL: public, AllowedNetworks: prefixes("10.20.0.0/16", "fd00:1::/32", "127.0.0.0/8", "169.254.0.0/16", "fe80::/10", "0.0.0.0/8")}
	private, unmarked := inside.newGuard(true), inside.newGuard(false)
	for _, test := range []struct {
		address         string
		public, private bool // accepted: without an allowed network, and with one for a private connection
	}{
		{"93.184.216.34:443", true, true},
		{"[2606:2800:220:1::1]:443", true, true},
		{"[64:ff9b::5db8:d822]:443", true, true}, // 93.184.216.34 behind NAT64
		{"93.184.216.34:80", false, false},
		{"93.184.216.34:5432", false, false},

		{"10.20.1.1:443", false, true},
		{"10.20.1.1:8443", false, true},
		{"[fd00:1::1]:443", false, true},
		{"[64:ff9b::a14:101]:443", false, true}, // 10.20.1.1
		{"127.0.0.1:443", false, true},
		{"[::ffff:127.0.0.1]:443", false, true},
		{"10.21.1.1:443", false, false},
		{"[fd00:2::1]:443", false, false},
		{"[::1]:443", false, false},
		{"172.16.0.1:443", false, false},
		{"192.168.0.1:443", false, false},
		{"100.64.0.1:443", false, false},
		{"192.0.2.1:443", false, false},
		{"198.18.0.1:443", false, false},
		{"224.0.0.1:443", false, false},
		{"255.255.255.255:443", false, false},
		{"[64:ff9b::7f00:1]:443", false, true},    // 127.0.0.1
		{"[64:ff9b::c0a8:1]:443", false, false},   // 192.168.0.1
		{"[64:ff9b:1::7f00:1]:443", false, false}, // a NAT64 prefix of a network's own
		{"[2002:7f00:1::]:443", false, false},     // 127.0.0.1 in 6to4
		{"[2001:0:7f00:1::]:443", false, false},   // Teredo
		{"[::7f00:1]:443", false, false},          // 127.0.0.1, IPv4-compatible
		{"[2001:db8::1]:443", false, false},
		{"[ff02::1]:443", false, false},

		// Never, although these networks are allowed.
		{"169.254.169.254:443", false, false},
		{"[::ffff:169.254.169.254]:443", false, false},
		{"[64:ff9b::a9fe:a9fe]:443", false, false}, // 169.254.169.254
		{"[fe80::1]:443", false, false},
		{"[fe80::1%25eth0]:443", false, false},
		{"[fe80::1%eth0]:443", false, false},
		{"0.0.0.0:443", false, false},
		{"[::]:443", false, false},
		{"[::ffff:0.0.0.0]:443", false, false},
		{"no address", false, false},
	} {
		for name, got := range map[string]struct {
			guard *guard
			want  bool
		}{
			"no network is allowed":             {strict, test.public},
			"the connection is not private":     {unmarked, test.public},
			"a private one in allowed networks": {private, test.private},
		} {
			if err := got.guard.checkAddress(test.address); (err == nil) != got.want {
				t.Errorf("%s, %s: %v", test.address, name, err)
			}
		}
	}
	if g := (RegistryConfig{PublicURL: localURL, AllowedNetworks: prefixes("10.0.0.0/8")}).newGuard(true); g.local {
		t.Error("http is accepted although loopback is not allowed")
	}
	if private.local {
		t.Error("http is accepted although the login host is not on loopback")
	}
}

func TestIssuersThatAnOrganizationMayNotName(t *testing.T) {
	ours := func(host string) bool { return host == "example.test" || strings.HasSuffix(host, ".example.test") }
	public := RegistryConfig{PublicURL: "https://login.example.test", OurHost: ours}
	inside := RegistryConfig{PublicURL: "https://login.example.test", OurHost: ours, AllowedNetworks: prefixes("10.0.0.0/8", "127.0.0.0/8")}
	demo := RegistryConfig{PublicURL: localURL, OurHost: func(host string) bool { return strings.HasSuffix(host, ".example.localhost") }, AllowedNetworks: prefixes("127.0.0.0/8")}
	for _, test := range []struct {
		issuer               string
		public, inside, demo bool
	}{
		{"https://idp.tenant.test", true, true, true},
		{"https://idp.tenant.test/realms/one", true, true, true},
		{"https://IDP.tenant.test:443/", true, true, true},
		{"https://idp.tenant.test:8443", false, true, true},
		{"http://idp.tenant.test", false, false, false},
		{"https://user@idp.tenant.test", false, false, false},
		{"https://idp.tenant.test?x=y", false, false, false},
		{"https://idp.tenant.test?", false, false, false},
		{"https://idp.tenant.test#x", false, false, false},
		{"https://idp.tenant.test.", false, false, false},
		{"https://idp%2etenant.test", false, false, false},
		{"https://10.0.0.1", false, false, false},
		{"https://127.0.0.1", false, false, false},
		{"https://[::1]", false, false, false},
		{"https://[::ffff:127.0.0.1]", false, false, false},
		{"https://169.254.169.254", false, false, false},
		{"https://2130706433", false, false, false},
		{"https://0177.0.0.1", false, false, false},
		{"https://0x7f.1", false, false, false},
		{"https://127.1", false, false, false},
		{"https://localhost", false, false, true},
		{"https://localhost.", false, false, false},
		{"https://idp.localhost", false, false, true},
		{"http://idp.localhost:8080", false, false, true},
		{"https://login.example.test", false, false, true},
		{"https://ACME.example.test", false, false, true},
		{"https://%EF%BD%8Cogin.example.test", false, false, false}, // a fullwidth l
		{"https://acme.example.localhost", false, false, false},
		{store.MicrosoftIssuers + "organizations/v2.0", false, false, false},
		{store.MicrosoftIssuers + "common/v2.0", false, false, false},
		{issuerOf(tenantA), true, true, true},
		{"https://idp.tenant.test/" + strings.Repeat("a", maxURL), false, false, false},
	} {
		for name, got := range map[string]struct {
			config RegistryConfig
			want   bool
		}{"no network allowed": {public, test.public}, "private": {inside, test.inside}, "the demo": {demo, test.demo}} {
			c := store.Connection{ID: tenantID(0), Issuer: test.issuer, ClientID: "c", Private: true}
			if err := got.config.CheckTenant(c); (err == nil) != got.want {
				t.Errorf("%.100s, %s: %v", test.issuer, name, err)
			}
		}
	}
	if err := inside.CheckTenant(store.Connection{ID: tenantID(0), Issuer: "https://idp.tenant.test:8443", ClientID: "c"}); err == nil {
		t.Error("another port is accepted for a connection that is not private")
	}
}

func TestEndpointsThatPointInsideAreNotUsed(t *testing.T) {
	const issuer = "https://idp.tenant.test:8443"
	document := map[string]any{
		"issuer": issuer, "authorization_endpoint": issuer + "/authorize", "token_endpoint": issuer + "/token", "jwks_uri": issuer + "/jwks",
		"userinfo_endpoint": issuer + "/userinfo", "id_token_signing_alg_values_supported": []string{"RS256"},
	}
	c := RegistryConfig{
		PublicURL: "https://login.example.test", AllowedNetworks: prefixes("10.0.0.0/8"),
		OurHost: func(host string) bool { return strings.HasSuffix(host, ".example.test") },
	}
	p, err := New(Config{Issuer: issuer, ClientID: "c", ClientSecret: "s", RedirectURL: redirectURL, UserInfo: true, guard: c.newGuard(true)})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"} {
		for url, ok := range map[string]bool{
			issuer + "/other":                      true,
			"https://accounts.tenant.test/x":       true,
			"https://accounts.tenant.test:443/x":   true,
			"https://accounts.tenant.test:22/x":    false,
			"http://accounts.tenant.test/x":        false,
			"https://user@accounts.tenant.test/x":  false,
			"https://accounts.tenant.test/x#y":     false,
			"https://login.example.test/auth/x":    false,
			"https://LOGIN.example.test/auth/x":    false,
			"https://login.example.test./auth/x":   false,
			"https://%EF%BD%8Cogin.example.test/x": false,
			"https://2130706433/x":                 false,
			"https://0177.0.0.1/x":                 false,
			"https://localhost./x":                 false,
			"file:///etc/passwd":                   false,
			"gopher://accounts.tenant.test/x":      false,
		} {
			d := claims(document)
			changed := make(map[string]any)
			d.put(changed)
			changed[name] = url
			_, err := p.readMetadata([]byte(asJSON(changed)))
			if (err == nil) != ok {
				t.Errorf("%s %s: %v", name, url, err)
			}
		}
	}
}

// names answers lookups on loopback: each name has a list of answers, the last of
// which repeats.
func names(t *testing.T, answers map[string][]string) *net.Resolver {
	t.Helper()
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	var mu sync.Mutex
	go func() {
		b := make([]byte, 1500)
		for {
			n, from, err := server.ReadFrom(b)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(b[:n]) != nil {
				continue
			}
			m.Response = true
			q := m.Questions[0]
			name := strings.TrimSuffix(q.Name.String(), ".")
			mu.Lock()
			if left := answers[name]; q.Type == dnsmessage.TypeA && len(left) > 0 {
				m.Answers = append(m.Answers, dnsmessage.Resource{
					Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, Type: q.Type},
					Body:   &dnsmessage.AResource{A: netip.MustParseAddr(left[0]).As4()},
				})
				if len(left) > 1 {
					answers[name] = left[1:]
				}
			}
			mu.Unlock()
			if packed, err := m.Pack(); err == nil {
				_, _ = server.WriteTo(packed, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", server.LocalAddr().String())
	}}
}

// A name that is public when it is looked up first and private later is refused when
// it is dialed: nothing is decided by an earlier answer. The test lets no address
// be connected to.
func TestTheAddressThatIsDialedIsChecked(t *testing.T) {
	resolver := names(t, map[string][]string{
		"rebind.tenant.test": {"93.184.216.34", "127.0.0.1", "169.254.169.254", "10.0.0.1"},
		"inside.tenant.test": {"10.0.0.1"},
	})
	c := RegistryConfig{PublicURL: "https://login.example.test", AllowedNetworks: prefixes("10.0.0.0/8"), Resolver: resolver}
	connect := errors.New("the test connects to nothing")
	run := func(issuer string, private bool) (checked []string) {
		g := c.newGuard(private)
		check := g.dialer.ControlContext
		g.dialer.ControlContext = func(ctx context.Context, network, address string, conn syscall.RawConn) error {
			if err := check(ctx, network, address, conn); err != nil {
				checked = append(checked, "refused "+address)
				return err
			}
			checked = append(checked, "accepted "+address)
			return connect
		}
		p, err := New(Config{Issuer: issuer, ClientID: "c", ClientSecret: "s", RedirectURL: redirectURL, guard: g})
		if err != nil {
			t.Fatal(err)
		}
		for range 4 {
			_, _, err := p.discoverNow(t.Context())
			if class := p.Class(err); class != ClassUnreachable {
				t.Errorf("class %s: %v", class, err)
			}
		}
		return checked
	}
	want := []string{"accepted 93.184.216.34:443", "refused 127.0.0.1:443", "refused 169.254.169.254:443", "refused 10.0.0.1:443"}
	if got := run("https://rebind.tenant.test", false); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := run("https://inside.tenant.test:8443", true); !slices.Equal(got, slices.Repeat([]string{"accepted 10.0.0.1:8443"}, 4)) {
		t.Errorf("an allowed network: %v", got)
	}
	if g := c.newGuard(true); g.dialer.Resolver != resolver {
		t.Error("the resolver is not used")
	}
	if tr := newTransport(Config{MaxExchanges: 1, guard: c.newGuard(false)}).(*http.Transport); tr.Proxy != nil {
		t.Error("a proxy of the environment could be used")
	}
}

func TestWhatAnOrganizationsProviderSendsIsBounded(t *testing.T) {
	const discovery = "/.well-known/openid-configuration"
	var sent atomic.Int64
	for _, test := range []struct {
		name    string
		path    string
		handler http.HandlerFunc
		class   Class
	}{
		{"a redirect to an address inside", discovery, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://"+r.Host+"/inside", http.StatusFound)
		}, ClassNotJSON},
		{"a redirect of the token endpoint", "/token", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://"+r.Host+"/inside", http.StatusTemporaryRedirect)
		}, ""},
		{"an answer of a gibibyte", discovery, func(w http.ResponseWriter, _ *http.Request) {
			piece := bytes.Repeat([]byte(" "), 64<<10)
			for sent.Load() < 1<<30 {
				n, err := w.Write(piece)
				if sent.Add(int64(n)); err != nil {
					return
				}
			}
		}, ClassNotJSON},
		{"one byte at a time", discovery, func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				_, _ = w.Write([]byte(" "))
				_ = http.NewResponseController(w).Flush()
				time.Sleep(10 * time.Millisecond)
			}
		}, ClassUnreachable},
		{"not JSON", discovery, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }, ClassNotJSON},
		{"an error status", discovery, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }, ClassNotJSON},
		{"keys that are not JSON", "/jwks", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }, ClassNotJSON},
		{"another issuer", discovery, func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"issuer":"https://other.test"}`))
		}, ClassIssuerMismatch},
		{"a client that is not known", "/token", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write([]byte(`{"error":"invalid_client"}`))
		}, ClassClientRefused},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := newOPAt(t, "idp.localhost")
			r, _ := local(t, o.issuer)
			p := r.tenant(t, 0)
			p.metadata.timeout = 300 * time.Millisecond // the bound itself is tested elsewhere, with others' providers
			if !strings.Contains(test.name, "time") {
				p.metadata.timeout = 30 * time.Second
			}
			o.replace(test.path, test.handler)
			o.replace("/inside", func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") })
			err := p.Warm(t.Context())
			if err == nil {
				_, err = o.login(t, p)
			}
			if class := p.Class(err); err == nil || class != test.class {
				t.Errorf("class %q: %v", class, err)
			}
			if n := sent.Load(); n > 64<<20 {
				t.Errorf("%d bytes were taken", n)
			}
		})
	}
}

// What a tenant sees of a failure says nothing of the network.
func TestClassesSayNoMoreThanTheirName(t *testing.T) {
	refused := &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
	ordinary := &Provider{config: Config{guard: &guard{}}}
	private := &Provider{config: Config{guard: &guard{networks: prefixes("10.0.0.0/8")}}}
	for _, test := range []struct {
		err               error
		ordinary, private Class
	}{
		{unreachable(refused), ClassUnreachable, ClassUnreachable},
		{unreachable(context.DeadlineExceeded), ClassUnreachable, ClassUnreachable},
		{unreachable(&net.DNSError{IsNotFound: true}), ClassUnreachable, ClassUnreachable},
		{unreachable(x509.UnknownAuthorityError{}), ClassTLS, ClassUnreachable},
		{unreachable(&tls.CertificateVerificationError{}), ClassTLS, ClassUnreachable},
		{unreachable(x509.HostnameError{Certificate: &x509.Certificate{}}), ClassTLS, ClassUnreachable},
		{unreachable(tls.RecordHeaderError{}), ClassTLS, ClassUnreachable},
		{unreachable(tls.AlertError(40)), ClassTLS, ClassUnreachable},
		{badProvider("token: %w", ErrClientRefused), ClassClientRefused, ClassClientRefused},
		{badProvider("discovery: %w", ErrIssuerMismatch), ClassIssuerMismatch, ClassIssuerMismatch},
		{badProvider("discovery: %w", errDuplicate), ClassNotJSON, ClassNotJSON},
		{badProvider("ID token: no"), "", ""},
	} {
		if got := ordinary.Class(test.err); got != test.ordinary {
			t.Errorf("%v: %q, want %q", test.err, got, test.ordinary)
		}
		if got := private.Class(test.err); got != test.private {
			t.Errorf("%v, private: %q, want %q", test.err, got, test.private)
		}
	}
	slow, away := private.conceal(unreachable(context.DeadlineExceeded)), private.conceal(unreachable(refused))
	wantError(t, slow, store.ProviderAway, 502)
	wantError(t, away, store.ProviderAway, 502)
	wantError(t, ordinary.conceal(unreachable(context.DeadlineExceeded)), store.ProviderSlow, 504)
}

// A certificate that is not trusted is a class of its own.
func TestAnUntrustedCertificateIsATLSFailure(t *testing.T) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	server.Config.ErrorLog = nil
	p, err := New(Config{Issuer: server.URL, ClientID: "c", ClientSecret: "s", RedirectURL: redirectURL})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Warm(t.Context()); p.Class(err) != ClassTLS {
		t.Errorf("class %q: %v", p.Class(err), err)
	}
}
