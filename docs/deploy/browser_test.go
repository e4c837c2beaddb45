package deploy_test

import (
	"context"
	"crypto/tls"
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

// whoHeader tells the provider who sits at the browser.
const whoHeader = "X-Who"

// browser keeps cookies as a browser does, and says of each request what one says: what it is for, and from where.
type browser struct {
	t      *testing.T
	who    string // subject at the provider
	origin string // what follows the label in every origin: .example.com:PORT
	client *http.Client
	trail  []*http.Response // of the last navigation, bodies read
}

// newBrowser makes a browser that finds every host under example.com at the proxy, and the provider where it is.
func newBrowser(t *testing.T, proxyAddr, who string) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(proxyAddr)
	transport := &http.Transport{
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			if strings.HasSuffix(addr, ".example.com:"+port) {
				addr = proxyAddr
			}
			return new(net.Dialer).DialContext(ctx, network, addr)
		},
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, // the certificate is new in every run
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &browser{t: t, who: who, origin: ".example.com:" + port, client: &http.Client{
		Jar: jar, Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// url is a page on an organization's host, on login or on app.
func (b *browser) url(label, path string) string { return "https://" + label + b.origin + path }

// send is one request with the cookies of the jar, and the header lines "Name: value" in their spelling.
func (b *browser) send(method, to string, body io.Reader, lines ...string) (*http.Response, string) {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), method, to, body)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do(req, lines...)
}

// sendRaw is send with a path that no browser would write so.
func (b *browser) sendRaw(method, label, path string, lines ...string) (*http.Response, string) {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.url(label, ""), nil)
	if err != nil {
		b.t.Fatal(err)
	}
	asWritten(req, path)
	return b.do(req, lines...)
}

func (b *browser) do(req *http.Request, lines ...string) (*http.Response, string) {
	b.t.Helper()
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		req.Header[name] = append(req.Header[name], value)
	}
	if !strings.HasSuffix(req.URL.Host, b.origin) {
		req.Header.Set(whoHeader, b.who)
	}
	resp, err := b.client.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return resp, string(text)
}

// navigate opens a page as a person does and follows redirects to the end. From is Sec-Fetch-Site: "none" for an
// address typed, "same-origin" for a link of ours.
func (b *browser) navigate(to, from string) (*http.Response, string) {
	b.t.Helper()
	b.trail = nil
	for range 12 {
		resp, text := b.send(http.MethodGet, to, nil, "Accept: text/html,*/*;q=0.8",
			"Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document", "Sec-Fetch-Site: "+from)
		b.trail = append(b.trail, resp)
		next, err := resp.Location()
		if err != nil {
			return resp, text
		}
		switch { // Fetch Metadata: the least trusted of all hops
		case from == "cross-site" || !strings.HasSuffix(next.Host, b.origin):
			from = "cross-site"
		case next.Host != resp.Request.URL.Host:
			from = "same-site"
		}
		to = next.String()
	}
	b.t.Fatalf("redirected without end, last to %s", redacted(to))
	return nil, ""
}

// open is navigate from the address bar.
func (b *browser) open(to string) (*http.Response, string) {
	b.t.Helper()
	return b.navigate(to, "none")
}

var signInLink = regexp.MustCompile(`href="([^"]*/auth/start[^"]*)"`)

// signIn opens a page, signs in on the login page that comes instead, and returns where that ends.
func (b *browser) signIn(to string) (*http.Response, string) {
	b.t.Helper()
	resp, page := b.open(to)
	link := signInLink.FindStringSubmatch(page)
	if resp.StatusCode != http.StatusOK || resp.Request.URL.Path != "/login" || link == nil {
		b.t.Fatalf("%s leads to %s %s, which is no login page:\n%.500s", to, resp.Status, redacted(resp.Request.URL.String()), page)
	}
	target, err := resp.Request.URL.Parse(html.UnescapeString(link[1]))
	if err != nil {
		b.t.Fatal(err)
	}
	return b.navigate(target.String(), "same-origin")
}

// fetch is what a script of a page on that host does.
func (b *browser) fetch(method, to string, body io.Reader, lines ...string) (*http.Response, string) {
	b.t.Helper()
	return b.send(method, to, body, append(lines, "Accept: */*", "Sec-Fetch-Mode: cors", "Sec-Fetch-Dest: empty", "Sec-Fetch-Site: same-origin")...)
}

// landed is the header of the answer that landed, on the trail of the last navigation.
func (b *browser) landed() http.Header {
	for _, resp := range b.trail {
		if resp.Header.Get("X-Login-Receipt") != "" {
			return resp.Header
		}
	}
	return nil
}

// cookies is what the browser would send there, as a header line.
func (b *browser) cookies(to string) string {
	b.t.Helper()
	u, err := url.Parse(to)
	if err != nil {
		b.t.Fatal(err)
	}
	var pairs []string
	for _, c := range b.client.Jar.Cookies(u) {
		pairs = append(pairs, c.Name+"="+c.Value)
	}
	return "Cookie: " + strings.Join(pairs, "; ")
}

// redacted is a URL without its query, for messages.
func redacted(u string) string {
	before, _, _ := strings.Cut(u, "?")
	return before
}

// eventually waits for what is stored late.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("never: %s", what)
}
