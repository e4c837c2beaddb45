package signin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"orglogin/store"
)

// registry has the operator connections of these configurations.
func registry(t testing.TB, operators ...Config) *Registry {
	t.Helper()
	r, err := NewRegistry(RegistryConfig{PublicURL: "https://login.example.test", Operators: operators})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestOperatorConnectionsAreListedGoogleFirstThenMicrosoft(t *testing.T) {
	config := func(id, name, issuer string) Config {
		return Config{ID: id, Name: name, Issuer: issuer, ClientID: "c", ClientSecret: "s"}
	}
	r := registry(t,
		config("default", "Okta", "https://example.okta.com"),
		config("dex", "Dex", "https://dex.example.test"),
		config("entra", "Microsoft", "https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0"),
		config("google", "Google", store.GoogleIssuer),
	)
	var ids []string
	for _, c := range r.Operators() {
		ids = append(ids, c.ID)
	}
	if want := []string{"google", "entra", "default", "dex"}; !slices.Equal(ids, want) {
		t.Errorf("the order is %v, want %v", ids, want)
	}
	p, c, err := r.Provider(t.Context(), "dex")
	if err != nil {
		t.Fatal(err)
	}
	if c.Name != "Dex" || c.Issuer != "https://dex.example.test" || c.OrganizationID != "" || c.State != store.ConnectionActive {
		t.Errorf("the connection is %+v", c)
	}
	if got := p.config.RedirectURL; got != "https://login.example.test/auth/callback/dex" {
		t.Errorf("the redirect URL is %s", got)
	}
	if p, _, _ := r.Provider(t.Context(), store.DefaultConnection); p.config.RedirectURL != "https://login.example.test/auth/callback" {
		t.Errorf("the redirect URL of the default connection is %s", p.config.RedirectURL)
	}
	for _, id := range []string{"", "Dex", "c-aaaaaaaaaaaaaaaa"} {
		if _, _, err := r.Provider(t.Context(), id); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("connection %q: %v", id, err)
		}
	}
}

func TestNewRegistryNamesEveryConnectionWithAMistake(t *testing.T) {
	_, err := NewRegistry(RegistryConfig{PublicURL: "https://login.example.test", Operators: []Config{
		{ID: "one", Issuer: "http://one.test", ClientID: "c", ClientSecret: "s"},
		{ID: "two", Issuer: "https://two.test", ClientID: "c"},
		{ID: "three", Issuer: "https://three.test", ClientID: "c", ClientSecret: "s"},
		{ID: "three", Issuer: "https://four.test", ClientID: "c", ClientSecret: "s"},
	}})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, part := range []string{`"one": issuer`, `"two": client secret`, `"three": two have this id`} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not named in %q", part, err)
		}
	}
}

// The same issuer and subject through two connections are two identities.
func TestAnIdentityNamesItsConnection(t *testing.T) {
	o := newOP(t)
	first, second := o.config(), o.config()
	first.ID, second.ID = "first", "second"
	var got []store.Identity
	r := registry(t, first, second)
	for _, id := range []string{"first", "second"} {
		p, _, err := r.Provider(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, mustLogin(t, o, p))
	}
	if got[0].Connection != "first" || got[1].Connection != "second" || got[0].Issuer != got[1].Issuer || got[0].Subject != got[1].Subject {
		t.Errorf("got %+v", got)
	}
}

// One provider that is unreachable fails its own connection alone.
func TestTheRegistryReportsEachConnectionForItself(t *testing.T) {
	good, bad := newOP(t), newOP(t)
	bad.server.Close()
	one, two := good.config(), bad.config()
	one.ID, two.ID = "good", "bad"
	r := registry(t, one, two)
	if err := r.Warm(t.Context()); err == nil || !strings.Contains(err.Error(), `"bad"`) || strings.Contains(err.Error(), `"good"`) {
		t.Errorf("Warm says %v", err)
	}
	if !r.Up("good") || r.Up("bad") || r.Up("unknown") {
		t.Errorf("up: good %v, bad %v, unknown %v", r.Up("good"), r.Up("bad"), r.Up("unknown"))
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { r.Keep(ctx); close(ended) }()
	cancel()
	<-ended
}

// Mix-up (RFC 9700 section 4.4): a code goes to the provider that the login began
// with, or to none, whichever of two providers answers and whatever iss it sends.
func TestALoginIsFinishedByItsOwnConnectionAlone(t *testing.T) {
	one, two := newOP(t), newOP(t)
	first, second := one.config(), two.config()
	first.ID, second.ID = "first", "second"
	r := registry(t, first, second)
	for _, begun := range []struct {
		by, other string
		at        *op
		foreign   *op
	}{{"first", "second", one, two}, {"second", "first", two, one}} {
		own, _, err := r.Provider(t.Context(), begun.by)
		if err != nil {
			t.Fatal(err)
		}
		other, _, err := r.Provider(t.Context(), begun.other)
		if err != nil {
			t.Fatal(err)
		}
		f, a := begun.at.begin(t, own, "")
		for _, iss := range []string{"", begun.at.server.URL, begun.foreign.server.URL} {
			a.Issuer = iss
			_, err := other.Finish(t.Context(), f, a)
			wantError(t, err, store.BadState, 400)
		}
		a.Issuer = begun.foreign.server.URL
		_, err = own.Finish(t.Context(), f, a)
		wantError(t, err, store.BadState, 400)
		if n := one.count("/token") + two.count("/token"); n != 0 {
			t.Fatalf("a code was sent %d times", n)
		}
	}
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
