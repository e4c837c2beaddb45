package handlers_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"sync"

	"orglogin/store"
)

// told stands before the database and changes what it tells of people: what a
// cache, or a change between two reads, can come to.
type told struct {
	store.Store
	mu     sync.Mutex
	change func(store.AccessSnapshot) (store.AccessSnapshot, error)
}

func (t *told) over(s store.Store) store.Store {
	t.Store = s
	return t
}

func (t *told) set(f func(store.AccessSnapshot) (store.AccessSnapshot, error)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.change = f
}

func (t *told) AccessSnapshot(ctx context.Context, q store.AccessQuery) (store.AccessSnapshot, error) {
	snapshot, err := t.Store.AccessSnapshot(ctx, q)
	t.mu.Lock()
	change := t.change
	t.mu.Unlock()
	if change != nil && err == nil {
		return change(snapshot)
	}
	return snapshot, err
}

// absent is a claim that is left out.
type absentClaim struct{}

var absent absentClaim

// fakeidpRaw is a claim in JSON as it is, where Go would mend it.
func fakeidpRaw(text string) json.RawMessage { return json.RawMessage(text) }

// jarOf is a copy of what the browser holds for the parent domain and the login host.
func jarOf(c *http.Client) http.CookieJar {
	jar, _ := cookiejar.New(nil) // never fails without options
	for _, host := range []string{"login.example.test", "acme.example.test", "app.example.test"} {
		u := &url.URL{Scheme: "https", Host: host, Path: "/"}
		jar.SetCookies(u, c.Jar.Cookies(u))
	}
	return jar
}
