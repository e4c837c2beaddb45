package signin

import (
	"bytes"
	"context"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"orglogin/handlers/seal"
	"orglogin/store"
)

// tenantID is the id of the n-th organization connection of a test.
func tenantID(n int) string {
	var b [10]byte
	binary.BigEndian.PutUint64(b[:], uint64(n))
	return "c-" + strings.ToLower(base32.StdEncoding.EncodeToString(b[:]))
}

// tenants are the organization connections of a store.
type tenants struct {
	mu    sync.Mutex
	all   map[string]store.Connection
	fails error
}

func (s *tenants) Connection(_ context.Context, id string) (store.Connection, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.all[id]
	if s.fails != nil || !ok {
		return store.Connection{}, errors.Join(s.fails, store.ErrNotFound)
	}
	return c, nil
}

// change stores what change makes of a connection.
func (s *tenants) change(id string, change func(*store.Connection)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.all[id]
	change(&c)
	s.all[id] = c
}

func boxOf(t testing.TB, key byte) *seal.Box {
	t.Helper()
	box, err := seal.NewBox([][]byte{bytes.Repeat([]byte{key}, seal.KeySize)})
	if err != nil {
		t.Fatal(err)
	}
	return box
}

// sealed is a client secret as a connection has it.
func sealed(t testing.TB, key byte, id, secret string) string {
	t.Helper()
	return boxOf(t, key).Sealer(seal.ConnectionSecret).Seal([]byte(secret), id)
}

// localURL is a login host on this machine.
const localURL = "https://login.example.localhost"

// local is a registry as the demo has it: providers of this machine are accepted for
// connections that are private.
func local(t testing.TB, issuers ...string) (*Registry, *tenants) {
	t.Helper()
	s := &tenants{all: make(map[string]store.Connection)}
	for i, issuer := range issuers {
		id := tenantID(i)
		s.all[id] = store.Connection{
			ID: id, OrganizationID: fmt.Sprint("organization ", i), Name: "Example", Issuer: issuer, ClientID: clientID,
			SealedSecret: sealed(t, 1, id, clientSecret), UserInfo: true, Private: true, State: store.ConnectionActive, Revision: 1,
		}
	}
	c := RegistryConfig{
		PublicURL: localURL, Connections: s, Box: boxOf(t, 1),
		AllowedNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		OurHost:         func(host string) bool { return strings.HasSuffix(host, "example.localhost") },
	}
	r, err := NewRegistry(c)
	if err != nil {
		t.Fatal(err)
	}
	return r, s
}

// tenant returns the provider of the n-th connection. Its redirect URL is one that
// the provider of the test knows.
func (r *Registry) tenant(t testing.TB, n int) *Provider {
	t.Helper()
	p, _, err := r.Provider(t.Context(), tenantID(n))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAnOrganizationsConnectionSignsIn(t *testing.T) {
	o := newOPAt(t, "idp.localhost")
	r, s := local(t, o.issuer)
	s.change(tenantID(0), func(c *store.Connection) { c.State = store.ConnectionDraft })
	p, c, err := r.Provider(t.Context(), tenantID(0))
	if err != nil || c.State != store.ConnectionDraft || c.OrganizationID != "organization 0" {
		t.Fatalf("got %+v, %v", c, err)
	}
	o.mangle.Claims = claims{"hd": "acme.test"}.put
	who := mustLogin(t, o, p)
	if who.Connection != tenantID(0) || who.Issuer != o.issuer || !who.EmailVerified || who.Authoritative {
		t.Errorf("got %+v", who)
	}
	if got := r.tenant(t, 0); got != p {
		t.Error("the second use made another provider")
	}
	if up := r.Operators(); len(up) != 0 {
		t.Errorf("the operator connections are %v", up)
	}
}

// A tenant's slow provider must not be in the figures of the operators'.
func TestCallsToAnOrganizationsProviderAreObservedApart(t *testing.T) {
	o, tenant := newOP(t), newOPAt(t, "idp.localhost")
	base, _ := local(t, tenant.issuer)
	c := base.config
	c.Operators = []Config{o.config()}
	c.Operators[0].ID = store.DefaultConnection
	var operators, tenants []string
	c.Observe = func(_ context.Context, endpoint string, _ time.Duration, _ error) {
		operators = append(operators, endpoint)
	}
	c.ObserveTenant = func(_ context.Context, endpoint string, _ time.Duration, _ error) {
		tenants = append(tenants, endpoint)
	}
	r, err := NewRegistry(c)
	if err != nil {
		t.Fatal(err)
	}
	all := []string{"discovery", "token", "jwks"}
	mustLogin(t, tenant, r.tenant(t, 0))
	if len(operators) != 0 || !slices.Equal(tenants, all) {
		t.Errorf("after a login by an organization's: operators %v, organizations %v", operators, tenants)
	}
	mustLogin(t, o, r.operators[0].provider)
	if !slices.Equal(operators, all) || !slices.Equal(tenants, all) {
		t.Errorf("after a login by the operator's: operators %v, organizations %v", operators, tenants)
	}
}

func TestAnOrganizationsProviderIsNeverAuthoritative(t *testing.T) {
	p := &Provider{config: Config{Issuer: store.GoogleIssuer, guard: &guard{}}}
	if p.authoritative("gmail.com", "") || p.authoritative("acme.test", "acme.test") {
		t.Error("Google's is, through an organization's connection")
	}
}

func TestConnectionsThatCannotBeUsed(t *testing.T) {
	o := newOPAt(t, "idp.localhost")
	away := errors.New("the database is away")
	for _, test := range []struct {
		name   string
		change func(*store.Connection)
		id     string
		fails  error
		want   error
		also   error
	}{
		{name: "an id that is not stored", id: tenantID(7), want: store.ErrNotFound},
		{name: "an id of another form", id: "c-AAAAAAAAAAAAAAAA", want: store.ErrNotFound},
		{name: "a store that does not answer", fails: away, want: away},
		{name: "no secret", change: func(c *store.Connection) { c.SealedSecret = "" }, want: ErrUnusable, also: ErrSecret},
		{name: "the secret of another connection", change: func(c *store.Connection) {
			c.SealedSecret = sealed(t, 1, tenantID(1), clientSecret)
		}, want: ErrUnusable, also: ErrSecret},
		{name: "a secret of lost keys", change: func(c *store.Connection) {
			c.SealedSecret = sealed(t, 2, c.ID, clientSecret)
		}, want: ErrUnusable, also: ErrSecret},
		{name: "an issuer that is not accepted any longer", change: func(c *store.Connection) { c.Private = false }, want: ErrUnusable},
		{name: "an issuer on a host of ours", change: func(c *store.Connection) { c.Issuer = "https://acme.example.localhost" }, want: ErrUnusable},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, s := local(t, o.issuer)
			if test.change != nil {
				s.change(tenantID(0), test.change)
			}
			s.fails = test.fails
			if test.id == "" {
				test.id = tenantID(0)
			}
			p, _, err := r.Provider(t.Context(), test.id)
			if p != nil || !errors.Is(err, test.want) || test.also != nil && !errors.Is(err, test.also) {
				t.Errorf("got %v, %v", p, err)
			}
			if strings.Contains(err.Error(), clientSecret) {
				t.Errorf("the error holds the secret: %v", err)
			}
		})
	}
	t.Run("without organization connections there are none", func(t *testing.T) {
		r := registry(t)
		if _, _, err := r.Provider(t.Context(), tenantID(0)); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("got %v", err)
		}
	})
}

func TestAChangedConnectionGetsANewProvider(t *testing.T) {
	o := newOPAt(t, "idp.localhost")
	r, s := local(t, o.issuer)
	first := r.tenant(t, 0)
	mustLogin(t, o, first)
	for name, change := range map[string]func(*store.Connection){
		"revision":       func(c *store.Connection) { c.Revision++ },
		"hosted domains": func(c *store.Connection) { c.HostedDomains = []string{"acme.test"} },
		"email verified": func(c *store.Connection) { c.EmailVerified = store.EmailVerifiedIssuer },
		"UserInfo":       func(c *store.Connection) { c.UserInfo = !c.UserInfo },
		"secret":         func(c *store.Connection) { c.SealedSecret = sealed(t, 1, c.ID, "another") },
	} {
		before := r.tenant(t, 0)
		s.change(tenantID(0), change)
		if r.tenant(t, 0) == before {
			t.Errorf("%s: the same provider", name)
		}
	}
	before := r.tenant(t, 0)
	s.change(tenantID(0), func(c *store.Connection) { c.Name, c.State = "Other", store.ConnectionDisabled })
	if r.tenant(t, 0) != before {
		t.Error("a new name made another provider")
	}
	if n := len(r.held.byID); n != 1 || r.held.recent.Len() != 1 {
		t.Errorf("%d providers are held", n)
	}
	if _, err := o.login(t, r.tenant(t, 0)); !errors.Is(err, ErrClientRefused) {
		t.Errorf("the new secret is not used: %v", err)
	}
}

func TestTheProvidersOfOrganizationsInMemoryAreBounded(t *testing.T) {
	o := newOPAt(t, "idp.localhost")
	r, _ := local(t, slices.Repeat([]string{o.issuer}, maxHeld+2)...)
	first, second := r.tenant(t, 0), r.tenant(t, 1)
	mustLogin(t, o, second) // leaves a connection open
	for i := 2; i < maxHeld; i++ {
		r.tenant(t, i)
	}
	if r.tenant(t, 0) != first { // and is now the one last used
		t.Fatal("it was dropped before the bound")
	}
	r.tenant(t, maxHeld)
	if len(r.held.byID) != maxHeld || r.held.recent.Len() != maxHeld {
		t.Errorf("%d are held", len(r.held.byID))
	}
	if r.tenant(t, 0) != first {
		t.Error("the one last used was dropped")
	}
	if r.tenant(t, 1) == second {
		t.Error("the one not used for longest is still held")
	}
}

// A SAML bridge (Polis) sends no email_verified, and asserts what each company's own
// directory says: two companies may assert the same issuer and subject.
func TestTokensInTheShapeOfASAMLBridge(t *testing.T) {
	o := newOPAt(t, "idp.localhost")
	bridge := claims{
		"email_verified": nil, "name": nil, "picture": nil, "azp": nil, "at_hash": nil,
		"id": "ann-1", "firstName": "Ann", "lastName": "Lee", "roles": []string{"admin"},
		"requested": map[string]any{"tenant": "acme.test", "product": "orglogin", "client_id": clientID, "state": "s"},
		"raw":       map[string]any{"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress": "ann@acme.test"},
	}
	o.mangle.Claims, o.mangle.UserInfo = bridge.put, bridge.put
	o.mangle.Answer = func(answer map[string]any, _, _ string) { claims{"token_type": "bearer", "scope": nil}.put(answer) }
	r, s := local(t, o.issuer, o.issuer)
	who, err := o.login(t, r.tenant(t, 0))
	wantUnverified(t, who, err, "email_verified is missing in UserInfo")
	var both []store.Identity
	for i := range 2 {
		s.change(tenantID(i), func(c *store.Connection) { c.EmailVerified = store.EmailVerifiedIssuer })
		who := mustLogin(t, o, r.tenant(t, i))
		if !who.EmailVerified || who.Email != "ann@acme.test" || who.Authoritative {
			t.Errorf("got %+v", who)
		}
		both = append(both, who)
	}
	if both[0].Connection == both[1].Connection || both[0].Subject != both[1].Subject || both[0].Issuer != both[1].Issuer {
		t.Errorf("two connections gave %+v", both)
	}
}

// One organization's provider hangs with 200 logins at it: it holds no more of them
// than its bound, and another organization's logins go on, with its own connections,
// keys and circuit.
func TestAProviderThatHangsHoldsNoOtherOrganizationsLogins(t *testing.T) {
	hung, other := newOPAt(t, "hung.localhost"), newOPAt(t, "other.localhost")
	r, _ := local(t, hung.issuer, other.issuer)
	slow, p := r.tenant(t, 0), r.tenant(t, 1)
	mustLogin(t, hung, slow)
	release := make(chan struct{})
	hung.replace("/token", func(http.ResponseWriter, *http.Request) { <-release })
	ctx, cancel := context.WithCancel(t.Context())
	var waiting sync.WaitGroup
	for range 200 {
		f, a := hung.begin(t, slow, "")
		waiting.Go(func() {
			if _, err := slow.Finish(ctx, f, a); err == nil {
				t.Error("a login at a provider that hangs succeeded")
			}
		})
	}
	for deadline := time.Now().Add(30 * time.Second); len(slow.exchanges) < maxTenantExchanges; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d logins wait", len(slow.exchanges))
		}
	}
	for range 20 {
		mustLogin(t, other, p)
	}
	if len(slow.exchanges) != maxTenantExchanges || len(p.exchanges) != 0 || p.slow.Load() != 0 || !p.Up() {
		t.Errorf("%d wait at the one that hangs, %d at the other", len(slow.exchanges), len(p.exchanges))
	}
	cancel()
	waiting.Wait()
	close(release)
}
