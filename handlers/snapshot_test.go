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

// changedSnapshots changes what the database answers about people, as a cache or a change
// between two reads can.
type changedSnapshots struct {
	store.Store
	mu     sync.Mutex
	change func(store.AccessSnapshot) (store.AccessSnapshot, error)
}

func (c *changedSnapshots) over(s store.Store) store.Store {
	c.Store = s
	return c
}

func (c *changedSnapshots) set(f func(store.AccessSnapshot) (store.AccessSnapshot, error)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.change = f
}

func (c *changedSnapshots) AccessSnapshot(ctx context.Context, q store.AccessQuery) (store.AccessSnapshot, error) {
	snapshot, err := c.Store.AccessSnapshot(ctx, q)
	c.mu.Lock()
	change := c.change
	c.mu.Unlock()
	if change != nil && err == nil {
		return change(snapshot)
	}
	return snapshot, err
}

// absent is a claim that is left out.
type absentClaim struct{}

var absent absentClaim

// fakeidpRaw is a claim in JSON as it is, where Go would change it.
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
