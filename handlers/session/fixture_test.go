package session_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"orglogin/handlers/seal"
	"orglogin/handlers/session"
	"orglogin/store"
)

const (
	lifetime = 12 * time.Hour
	idle     = 2 * time.Hour
	loginURL = "https://login.example.com/login"
	acmeURL  = "https://acme.example.com/dashboard"
	name     = "__Secure-session"
	browser  = "__Host-browser"
)

var key = bytes.Repeat([]byte{42}, seal.KeySize)

// clock is set by hand.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) Now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.at }

func (c *clock) Add(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.at = c.at.Add(d) }

// service is a keeper with its store and clock.
type service struct {
	*session.Keeper
	config session.Config
	clock  *clock
	rows   *rows
}

func newService(t testing.TB, change ...func(*session.Config)) *service {
	t.Helper()
	box, err := seal.NewBox([][]byte{key})
	if err != nil {
		t.Fatal(err)
	}
	s := &service{clock: &clock{at: time.Date(2026, 11, 22, 10, 0, 0, 123456789, time.UTC)}, rows: &rows{}}
	c := session.Config{
		Store: s.rows, Box: box, Now: s.clock.Now, Lifetime: lifetime, Idle: idle, BaseDomain: "example.com",
	}
	for _, f := range change {
		f(&c)
	}
	s.config = c
	s.Keeper = session.New(c)
	return s
}

// signedIn is one session and the cookies of its browser.
type signedIn struct {
	row    store.Session
	fresh  session.Fresh
	header http.Header // with the Set-Cookie lines of the login
}

// cookie is the value set under a name.
func (s signedIn) cookie(name string) string { return setValue(s.header, name) }

func setValue(h http.Header, name string) string {
	for _, line := range h["Set-Cookie"] {
		if c, err := http.ParseSetCookie(line); err == nil && c.Name == name {
			return c.Value
		}
	}
	return ""
}

func (s *service) login(t testing.TB, userID string) signedIn {
	t.Helper()
	in := signedIn{fresh: s.Fresh(), header: http.Header{}}
	in.row = in.fresh.Row
	in.row.Connections = []store.SessionConnection{{ConnectionID: store.DefaultConnection, At: in.row.CreatedAt}}
	in.row.UserID = userID
	s.rows.insert(in.row)
	if err := s.SetCookies(in.header, in.fresh, userID); err != nil {
		t.Fatal(err)
	}
	return in
}

func (s *service) mustRead(t testing.TB, r *http.Request, where session.Where) session.Found {
	t.Helper()
	f, err := s.Read(t.Context(), r, where)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// request is one to rawURL with one Cookie field as given, none if empty.
func request(rawURL, cookies string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, rawURL, nil)
	if cookies != "" {
		r.Header.Set("Cookie", cookies)
	}
	return r
}

// person is a browser: a jar that keeps name, domain and path as RFC 6265 says.
type person struct {
	t   testing.TB
	jar *cookiejar.Jar
}

func newPerson(t testing.TB) person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return person{t, jar}
}

// receives keeps the Set-Cookie lines of an answer of rawURL.
func (p person) receives(rawURL string, lines ...string) {
	p.t.Helper()
	u, err := url.Parse(rawURL)
	if err != nil {
		p.t.Fatal(err)
	}
	p.jar.SetCookies(u, (&http.Response{Header: http.Header{"Set-Cookie": lines}}).Cookies())
}

// asks is the request that the browser sends to rawURL.
func (p person) asks(rawURL string) *http.Request {
	p.t.Helper()
	r := httptest.NewRequest(http.MethodGet, rawURL, nil)
	for _, c := range p.jar.Cookies(r.URL) {
		r.AddCookie(c)
	}
	return r
}

// sends is the value of the Cookie field of that request.
func (p person) sends(rawURL string) string {
	return strings.Join(p.asks(rawURL).Header["Cookie"], "; ")
}

// rows is a store of sessions in memory that counts, and fails on demand.
type rows struct {
	mu      sync.Mutex
	all     map[string]store.Session
	down    error
	lookups int
	touches int
}

var errDown = errors.New("connection refused")

func (r *rows) insert(s store.Session) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.all == nil {
		r.all = map[string]store.Session{}
	}
	r.all[s.ID] = s
}

func (r *rows) Session(_ context.Context, userID string, secretHash []byte) (store.Session, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lookups++
	if r.down != nil {
		return store.Session{}, r.down
	}
	for _, s := range r.all {
		if s.UserID == userID && bytes.Equal(s.SecretHash, secretHash) {
			return s, nil
		}
	}
	return store.Session{}, store.ErrNotFound
}

func (r *rows) TouchSession(_ context.Context, userID, id string, at time.Time) error {
	return r.change(userID, id, func(s *store.Session) {
		r.touches++
		if at.After(s.LastSeenAt) && s.EndedAt.IsZero() {
			s.LastSeenAt = at
		}
	})
}

func (r *rows) EndSession(_ context.Context, userID, id string, at time.Time) error {
	return r.change(userID, id, func(s *store.Session) {
		if s.EndedAt.IsZero() {
			s.EndedAt = at
		}
	})
}

func (r *rows) change(userID, id string, f func(*store.Session)) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.down != nil {
		return r.down
	}
	if s, ok := r.all[id]; ok && s.UserID == userID {
		f(&s)
		r.all[id] = s
	}
	return nil
}

func (r *rows) EndSessions(_ context.Context, userID string, at time.Time) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.down != nil {
		return 0, r.down
	}
	n := 0
	for id, s := range r.all {
		if s.UserID == userID && s.EndedAt.IsZero() {
			s.EndedAt = at
			r.all[id] = s
			n++
		}
	}
	return n, nil
}

func (r *rows) EndOrganizationSessions(context.Context, string, []string, time.Time) (int, error) {
	return 0, errors.New("not asked by these tests")
}
