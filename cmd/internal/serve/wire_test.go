package serve

import (
	"context"
	"io"
	"net"
	"net/http"
	"regexp"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/database"
	"orglogin/cmd/internal/operate"
	"orglogin/cmd/internal/servetest"
	"orglogin/store/manage"
	"orglogin/templates"
)

// What a login page costs on the wire, headers and all: the page, what it loads, and the icon.
const (
	mostRequests = 4
	mostBytes    = 12 << 10
)

func TestALoginPageWithABrandIsSmall(t *testing.T) {
	cfg := servetest.Config(t)
	cfg.Provider.Name = "Google"
	cfg.Pages.Brand = config.Brand(templates.SampleBrand())
	owner, err := database.OpenOwner(t.Context(), cfg.Database, database.Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = owner.Close() })
	m, err := operate.NewManager(operate.ManagerConfig{Database: owner.Manage(), Now: time.Now, Site: cfg.Site.Redirect(), Keys: cfg.Keys.Secret})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.CreateOrganization(t.Context(), command, manage.NewOrganization{Slug: "acme", Name: "Acme", Status: "verified"}); err != nil {
		t.Fatal(err)
	}
	look, logo := templates.SampleLook(), templates.SampleLogo()
	if _, err := m.UpdateOrganization(t.Context(), command, "acme", manage.OrganizationChange{Color: &look.Color, Logo: &logo}); err != nil {
		t.Fatal(err)
	}
	service := start(t, cfg, Options{})
	for _, page := range []string{"/login", "/login?organization=acme"} {
		requests, size := load(t, service.url, page)
		t.Logf("%s: %d requests, %d bytes", page, requests, size)
		if requests > mostRequests || size > mostBytes || size < 3000 {
			t.Errorf("%s: %d requests and %d bytes, want at most %d and %d", page, requests, size, mostRequests, mostBytes)
		}
	}
}

// loaded finds what a browser in light mode loads with a page.
var loaded = regexp.MustCompile(`(?:<link rel="(?:icon|stylesheet)" href|<img [^>]*?src)="([^"]+)"|url\((/[^)]+)\)`)

// load asks for a page and all that it loads, once each, and returns how many bytes the server sent.
func load(t *testing.T, origin, page string) (requests int, size int64) {
	t.Helper()
	var received atomic.Int64
	client := &http.Client{Timeout: servetest.Timeout, Transport: &http.Transport{
		DisableCompression: true, // the bytes as they come
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			c, err := new(net.Dialer).DialContext(ctx, network, address)
			return counted{c, &received}, err
		},
	}}
	t.Cleanup(client.CloseIdleConnections)
	paths := []string{page}
	for i := 0; i < len(paths); i++ {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, origin+paths[i], nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = "login.example.localhost:8080"
		r.Header.Set("Accept-Encoding", "gzip")
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d, %v", paths[i], answer.StatusCode, err)
		}
		for _, found := range loaded.FindAllStringSubmatch(string(body), -1) {
			if path := found[1] + found[2]; !slices.Contains(paths, path) {
				paths = append(paths, path)
			}
		}
	}
	return len(paths), received.Load()
}

// counted counts what it receives.
type counted struct {
	net.Conn
	received *atomic.Int64
}

func (c counted) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.received.Add(int64(n))
	return n, err
}
