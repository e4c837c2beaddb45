package clustertest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
)

// Browser is one person with a cookie jar. It follows no redirect by itself.
// It does one thing after another.
type Browser struct {
	Person string // subject at the provider
	Jar    http.CookieJar

	cluster *Cluster
}

// Answer is what came back, read to its end.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// Location is where the answer leads, empty for nowhere.
func (a Answer) Location() string { return a.Header.Get("Location") }

// Browser makes one without cookies.
func (f *Cluster) Browser(person string) *Browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		panic(err) // documented never to be
	}
	return &Browser{Person: person, Jar: jar, cluster: f}
}

// Get asks the service at addr: an instance's, or nginx's. Header lines are
// "Name: value".
func (b *Browser) Get(ctx context.Context, addr, to string, lines ...string) (Answer, error) {
	return b.send(ctx, http.MethodGet, addr, to, "", lines)
}

// Post is Get with a form of ours.
func (b *Browser) Post(ctx context.Context, addr, to string, form url.Values) (Answer, error) {
	return b.send(ctx, http.MethodPost, addr, to, form.Encode(), []string{
		"Origin: " + b.cluster.Public, "Content-Type: application/x-www-form-urlencoded",
	})
}

func (b *Browser) send(ctx context.Context, method, addr, to, body string, lines []string) (Answer, error) {
	req, err := http.NewRequestWithContext(ctx, method, to, strings.NewReader(body))
	if err != nil {
		return Answer{}, err
	}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		req.Header.Set(name, value)
	}
	client := http.Client{
		Jar: b.Jar, Transport: b.cluster.transport(addr),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Do(req)
	if err != nil {
		return Answer{}, err
	}
	defer resp.Body.Close()
	said, err := io.ReadAll(resp.Body)
	return Answer{resp.StatusCode, resp.Header, string(said)}, err
}

// Begin starts a login at addr with the query given, signs in at the provider,
// and returns the callback's URL, not yet visited. When the service does not
// send the browser to the provider, the URL is empty and the answer is its.
func (b *Browser) Begin(ctx context.Context, addr, query string) (callback string, a Answer, err error) {
	a, err = b.Get(ctx, addr, b.cluster.Public+"/auth/start"+query, "Sec-Fetch-Site: same-origin")
	if err != nil || !b.cluster.leadsToProvider(a) {
		return "", a, err
	}
	a, err = b.Get(ctx, addr, a.Location(), PersonHeader+": "+b.Person)
	if err == nil && !strings.HasPrefix(a.Location(), b.cluster.Public+"/auth/callback") {
		err = fmt.Errorf("the provider answered %d %s", a.Status, a.Body)
	}
	return a.Location(), a, err
}

// leadsToProvider reports whether an answer sends the browser to one of the providers.
func (f *Cluster) leadsToProvider(a Answer) bool {
	return slices.ContainsFunc(append(f.Tenants[:len(f.Tenants):len(f.Tenants)], f.Provider), func(p *Provider) bool {
		return strings.HasPrefix(a.Location(), p.Issuer+"/")
	})
}

// Login is a whole one through one address. The answer is that of the callback,
// or of the start where the login came no further.
func (b *Browser) Login(ctx context.Context, addr, query string) (Answer, error) {
	callback, a, err := b.Begin(ctx, addr, query)
	if err != nil || callback == "" {
		return a, err
	}
	return b.Get(ctx, addr, callback)
}

// Verify asks at addr, as a proxy does, whether the browser may see a page of
// an organization.
func (b *Browser) Verify(ctx context.Context, addr, label string) (Answer, error) {
	page, err := url.Parse(b.cluster.URL(label, "/reports?year=2026"))
	if err != nil {
		return Answer{}, err
	}
	return b.Get(ctx, addr, b.cluster.URL(label, "/auth/verify"),
		"X-Forwarded-Proto: http", "X-Forwarded-Host: "+page.Host, "X-Forwarded-Uri: "+page.RequestURI(), "X-Forwarded-Method: GET")
}

// Cookies is what the browser keeps for the login host, by name.
func (b *Browser) Cookies() map[string]string {
	found := map[string]string{}
	u, err := url.Parse(b.cluster.Public)
	if err != nil {
		return found
	}
	for _, c := range b.Jar.Cookies(u) {
		found[c.Name] = c.Value
	}
	return found
}
