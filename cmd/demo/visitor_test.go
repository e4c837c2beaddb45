package main

import (
	"context"
	"errors"
	"html"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// running starts a demo on a free port, which ends with the test.
func running(t *testing.T) *demo {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	d, err := open(ctx, settings{listen: "127.0.0.1:0"}, t.Output())
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	ready, done := make(chan struct{}), make(chan error, 1)
	go func() { done <- d.serve(ctx, func(net.Addr) { close(ready) }) }()
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-done, d.close()); err != nil {
			t.Error(err)
		}
	})
	select {
	case <-ready:
	case err := <-done:
		done <- err
		t.Fatal(err)
	}
	return d
}

// visitor is a browser without a screen: cookies, several hosts, redirects
// followed one by one.
type visitor struct {
	t      *testing.T
	client *http.Client
	way    []string // the addresses of the last visit, the last one where it ended
	status int
	header http.Header
	body   string
}

func newVisitor(t *testing.T, d *demo) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var dialer net.Dialer
		return dialer.DialContext(ctx, "tcp", net.JoinHostPort("127.0.0.1", d.hosts.port))
	}}
	t.Cleanup(transport.CloseIdleConnections)
	return &visitor{t: t, client: &http.Client{
		Jar: jar, Transport: transport, Timeout: time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// visit opens address and goes where it is sent.
func (v *visitor) visit(address string) {
	v.t.Helper()
	v.open(address, "none")
}

// open goes to address as a browser does that is led there from site, a value of
// Sec-Fetch-Site.
func (v *visitor) open(address, site string) {
	v.t.Helper()
	v.way = nil
	for range 12 {
		v.way = append(v.way, address)
		v.request(http.MethodGet, address, nil, site)
		if v.status < 300 || v.status > 399 {
			return
		}
		address = v.resolve(v.header.Get("Location"))
	}
	v.t.Fatalf("no end of redirects: %q", v.way)
}

// post sends a form of the page it is at and goes where it is sent.
func (v *visitor) post(address string, form url.Values) {
	v.t.Helper()
	v.request(http.MethodPost, address, form, "same-origin")
	if v.status == http.StatusSeeOther {
		v.way = []string{address}
		v.visit(v.resolve(v.header.Get("Location")))
	}
}

func (v *visitor) request(method, address string, form url.Values, site string) {
	v.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(v.t.Context(), method, address, body)
	if err != nil {
		v.t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Sec-Fetch-Site", site)
	res, err := v.client.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	v.status, v.header, v.body = res.StatusCode, res.Header, string(b)
}

func (v *visitor) at() string { return v.way[len(v.way)-1] }

func (v *visitor) resolve(reference string) string {
	v.t.Helper()
	here, err := url.Parse(v.at())
	if err != nil {
		v.t.Fatal(err)
	}
	there, err := here.Parse(reference)
	if err != nil {
		v.t.Fatal(err)
	}
	return there.String()
}

var href = regexp.MustCompile(`href="([^"]*)"`)

// links are the addresses that the page leads to.
func (v *visitor) links() []string {
	var all []string
	for _, m := range href.FindAllStringSubmatch(v.body, -1) {
		all = append(all, html.UnescapeString(m[1]))
	}
	return all
}

// follow goes where the first link leads that holds part.
func (v *visitor) follow(part string) {
	v.t.Helper()
	for _, link := range v.links() {
		if strings.Contains(link, part) {
			there, site := v.resolve(link), "same-site"
			if host := strings.SplitAfterN(v.at(), "/", 4); strings.HasPrefix(there, strings.Join(host[:3], "")) {
				site = "same-origin"
			}
			v.open(there, site)
			return
		}
	}
	v.t.Fatalf("no link with %s at %s:\n%s", part, v.at(), v.body)
}

// signIn opens address, which leads to the login page, and signs in.
func (v *visitor) signIn(address, subject string) {
	v.t.Helper()
	v.visit(address)
	v.follow("/auth/start")
	v.follow("person=" + subject)
}

// ended checks where the last visit ended and what it showed.
func (v *visitor) ended(address string, status int, shows ...string) {
	v.t.Helper()
	if v.at() != address || v.status != status {
		v.t.Errorf("ended with %d at %s, want %d at %s", v.status, v.at(), status, address)
	}
	for _, text := range shows {
		if !strings.Contains(html.UnescapeString(v.body), text) {
			v.t.Errorf("%s does not show %q:\n%s", v.at(), text, v.body)
		}
	}
}
