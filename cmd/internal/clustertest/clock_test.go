package clustertest

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/serve"
	"orglogin/handlers/seal"
	"orglogin/redirect"
	"orglogin/store"
)

// clock is one that the test sets.
type clock struct{ ahead atomic.Int64 }

func (c *clock) Now() time.Time           { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *clock) Step(ahead time.Duration) { c.ahead.Store(int64(ahead)) }

// idle is how long sessions of the stepped instance live without use: a step of
// ten minutes alone does not end them.
const idle = 15 * time.Minute

// stepped starts one more instance of the cluster, in this process, because the
// clock of a process of its own cannot be set without setting everybody's. The
// provider, PostgreSQL, Redis and the other instance keep their own.
func (f *fixture) stepped(t *testing.T, c *clock) (addr string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(f.dir, "secret-keys"))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := seal.ParseKeys(string(text))
	if err != nil {
		t.Fatal(err)
	}
	origin := func(text string) redirect.Origin {
		o, err := redirect.ParseOrigin(text)
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	service, err := serve.Open(t.Context(), config.Config{
		Site: config.Site{
			Public: origin(f.Public), App: origin(f.URL("app", "")), BaseDomain: "example.localhost",
			DashboardPath: "/dashboard", FallbackPath: "/clients",
		},
		Database:     config.Database{URL: f.db.Runtime},
		Provider:     config.Provider{ID: store.DefaultConnection, Issuer: f.Provider.Issuer, ClientID: ClientID, ClientSecret: ClientSecret},
		SignupPolicy: config.SignupPolicy{Signup: store.SignupOrganization},
		Sessions:     config.Sessions{Lifetime: 12 * time.Hour, Idle: idle},
		Keys:         config.Keys{Secret: keys, SigningFile: filepath.Join(f.dir, "signing-keys.json")},

		Redis: []string{f.redis.URL()}, CacheTTL: 5 * time.Minute,
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		ListenAddr:     "127.0.0.1:0", AdminListener: config.AdminListener{AdminAddr: "127.0.0.1:0"},
		Token: config.Token{Audience: "authenticated", Role: "authenticated"},
	}, serve.Options{Logger: slog.New(slog.DiscardHandler), Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := service.Close(); err != nil {
			t.Error(err)
		}
	})
	ctx, stop := context.WithCancel(t.Context())
	ready, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		ended <- service.Serve(ctx, func(public, _ net.Addr) { ready <- public.String() })
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	select {
	case addr = <-ready:
	case err := <-ended:
		ended <- nil
		t.Fatal(err)
	}
	return addr
}

// TestTheClockIsSteppedByTenMinutes: refusals at worst. Nothing that others
// date, an ID token above all, is accepted past its leeway. What the service
// dates itself, sessions and invitations, is judged by the clock it has, and by
// no other's once that is right again.
func TestTheClockIsSteppedByTenMinutes(t *testing.T) {
	f := newFixture(t, func(c *Config) { c.Instances = 1 })
	c := &clock{}
	addr, right := f.stepped(t, c), f.Instances[0].Addr
	sessions := func(person string) int {
		return f.count(t, fmt.Sprintf(`
			SELECT count(*) FROM orglogin.sessions AS s JOIN orglogin.profiles AS p ON p.id = s.profile_id
			WHERE p.email = '%s' AND s.ended_at IS NULL`, address(person)))
	}
	is := func(t *testing.T, v visitor, at string, want int) {
		t.Helper()
		if got := v.verify(at, "acme").Status; got != want {
			t.Errorf("%s is answered %d and not %d", v.Person, got, want)
		}
	}
	dashboard := f.URL("acme", "/dashboard")
	serial := 0
	newVisitor := func(t *testing.T) visitor { serial++; return f.visitor(t, guest(serial)) }

	for _, step := range []time.Duration{10 * time.Minute, -10 * time.Minute} {
		t.Run(fmt.Sprint("by ", step), func(t *testing.T) {
			t.Run("a login is refused, stores nothing, and holds when the step is taken back", func(t *testing.T) {
				v := newVisitor(t)
				c.Step(step)
				a := v.login(addr, "")
				if a.Status != http.StatusBadGateway || a.cookies()[sessionCookie] != "" || !strings.Contains(a.Body, "/auth/start") {
					t.Errorf("%d to %s, with a session %t", a.Status, path(a.Location()), a.cookies()[sessionCookie] != "")
				}
				if n := sessions(v.Person); n != 0 {
					t.Errorf("%d sessions", n)
				}
				c.Step(0)
				landed(t, v.login(addr, ""), dashboard)
			})
			t.Run("a session lives on, on both, and afterwards", func(t *testing.T) {
				v := newVisitor(t)
				landed(t, v.login(right, ""), dashboard)
				for _, ahead := range []time.Duration{0, step, 0} {
					c.Step(ahead)
					is(t, v, addr, http.StatusOK)
					is(t, v, right, http.StatusOK)
				}
				landed(t, v.get(addr, f.Public+"/login"), dashboard)
			})
			t.Run("a session that ends by the step is back when the step is taken back", func(t *testing.T) {
				v := newVisitor(t)
				landed(t, v.login(right, ""), dashboard)
				f.sql(t, fmt.Sprintf(`
					UPDATE orglogin.sessions SET last_seen_at = now() - interval '10 minutes'
					WHERE profile_id = (SELECT id FROM orglogin.profiles WHERE email = '%s')`, address(v.Person)))
				c.Step(step)
				want := http.StatusOK
				if step > 0 {
					want = http.StatusUnauthorized // unused for twenty minutes, by this clock
				}
				is(t, v, addr, want)
				c.Step(0)
				is(t, v, addr, http.StatusOK)
				if n := sessions(v.Person); n != 1 {
					t.Errorf("%d sessions", n)
				}
			})
			t.Run("a session that is over is over at the latest when the step is taken back", func(t *testing.T) {
				v := newVisitor(t)
				landed(t, v.login(right, ""), dashboard)
				f.sql(t, fmt.Sprintf(`
					UPDATE orglogin.sessions SET expires_at = now() - interval '5 minutes'
					WHERE profile_id = (SELECT id FROM orglogin.profiles WHERE email = '%s')`, address(v.Person)))
				c.Step(step)
				if got := v.verify(addr, "acme").Status; step > 0 && got != http.StatusUnauthorized {
					t.Errorf("answered %d", got)
				}
				c.Step(0)
				is(t, v, addr, http.StatusUnauthorized)
			})
			t.Run("who signs out stays signed out, on both, and afterwards", func(t *testing.T) {
				v := newVisitor(t)
				landed(t, v.login(addr, ""), dashboard)
				thief := f.rob(v)
				c.Step(step)
				if out, err := v.Post(t.Context(), addr, f.Public+"/logout", nil); err != nil || out.Status != http.StatusSeeOther {
					t.Errorf("%v, %d", err, out.Status)
				}
				is(t, thief, addr, http.StatusUnauthorized)
				f.becomes(t, thief, right, http.StatusUnauthorized)
				c.Step(0)
				is(t, thief, addr, http.StatusUnauthorized)
				if n := sessions(v.Person); n != 0 {
					t.Errorf("%d sessions", n)
				}
			})
			t.Run("a membership that ends is heard of, and what was known before is not answered again", func(t *testing.T) {
				v := newVisitor(t)
				landed(t, v.login(right, ""), dashboard)
				c.Step(step)
				is(t, v, addr, http.StatusOK)
				f.sql(t, fmt.Sprintf(`
					DELETE FROM orglogin.memberships WHERE profile_id = (SELECT id FROM orglogin.profiles WHERE email = '%s')`, address(v.Person)))
				f.becomes(t, v, addr, http.StatusForbidden)
				f.becomes(t, v, right, http.StatusForbidden)
				c.Step(0)
				is(t, v, addr, http.StatusForbidden)
				is(t, v, right, http.StatusForbidden)
			})
			t.Run("a token is good for five minutes of the clock that signed it, and of now when the step is taken back", func(t *testing.T) {
				v := newVisitor(t)
				landed(t, v.login(right, ""), dashboard)
				for _, ahead := range []time.Duration{0, step, 0} {
					c.Step(ahead)
					from, to := tokenOf(t, v.verify(addr, "acme"))
					now := c.Now()
					if from.After(now.Add(time.Second)) || to.After(now.Add(5*time.Minute+time.Second)) || to.Before(now) {
						t.Errorf("at %s a token is good from %s to %s", now, from, to)
					}
				}
			})
		})
	}
	for _, ahead := range []time.Duration{30 * time.Second, -30 * time.Second} {
		t.Run(fmt.Sprintf("a clock that differs by %s is none that is wrong", ahead), func(t *testing.T) {
			v := newVisitor(t)
			c.Step(ahead)
			landed(t, v.login(addr, ""), dashboard)
			is(t, v, right, http.StatusOK)
			c.Step(0)
			is(t, v, addr, http.StatusOK)
		})
	}
	t.Run("a login that was begun twenty minutes ago, by the clock, is refused as that", func(t *testing.T) {
		v := newVisitor(t)
		c.Step(-10 * time.Minute)
		callback := v.begin(addr, "")
		c.Step(10 * time.Minute)
		a, err := v.Get(t.Context(), addr, callback, "Accept: application/json")
		if err != nil || a.Status != http.StatusBadRequest || !strings.Contains(a.Body, `"flow_expired"`) {
			t.Errorf("%v, %d %.300s", err, a.Status, a.Body)
		}
		c.Step(0)
		landed(t, v.login(addr, ""), dashboard)
	})
	t.Run("an invitation is not accepted by a clock that has it expired, and is when the step is taken back", func(t *testing.T) {
		v := f.visitor(t, "invited")
		landed(t, v.login(right, ""), f.URL("app", "/clients"))
		f.sql(t, fmt.Sprintf(`
			INSERT INTO orglogin.invitations (organization_id, email, role, token_hash, expires_at)
			SELECT id, '%s', 'member', sha256('an-invitation-of-five-minutes'), now() + interval '5 minutes'
			FROM orglogin.organizations WHERE slug = 'acme'`, address(v.Person)))
		accept := func(at string) Answer {
			a, err := v.Post(t.Context(), at, f.Public+"/login", url.Values{"invitation": {"an-invitation-of-five-minutes"}})
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		c.Step(10 * time.Minute)
		if a := accept(addr); a.Status != http.StatusGone {
			t.Errorf("%d to %s", a.Status, path(a.Location()))
		}
		c.Step(0)
		if a := accept(addr); a.Status != http.StatusSeeOther || a.Location() != dashboard {
			t.Errorf("%d to %s", a.Status, path(a.Location()))
		}
	})
}

// becomes waits until an instance answers so, which it may hear of late.
func (f *fixture) becomes(t *testing.T, v visitor, addr string, want int) {
	t.Helper()
	eventually(t, fmt.Sprint(want), func() bool { return v.verify(addr, "acme").Status == want })
}

// tokenOf reads from when to when an access token is good, as whoever stands
// behind does (RFC 7519 section 4.1).
func tokenOf(t *testing.T, a Answer) (from, to time.Time) {
	t.Helper()
	parts := strings.Split(strings.TrimPrefix(a.Header.Get("Authorization"), "Bearer "), ".")
	if len(parts) != 3 {
		t.Fatalf("no token with a %d", a.Status)
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		NotBefore int64 `json:"nbf"`
		Expires   int64 `json:"exp"`
	}
	if err := json.Unmarshal(text, &claims); err != nil {
		t.Fatal(err)
	}
	return time.Unix(claims.NotBefore, 0), time.Unix(claims.Expires, 0)
}
