package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"orglogin/cmd/internal/clustertest"
)

// target is one service as a process, and the browsers' way to it.
type target struct {
	settings
	role    string
	process *exec.Cmd
	leash   io.Closer // it stops when this closes
	client  *http.Client
	query   string // of the request that starts a login
	prefix  string // of its paths
}

func newTarget(role string, s settings, trust *x509.CertPool) *target {
	t := &target{settings: s, role: role, client: &http.Client{
		Transport: &http.Transport{
			MaxIdleConnsPerHost: 1000, ForceAttemptHTTP2: false, TLSClientConfig: &tls.Config{RootCAs: trust},
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	if role == roleOurs {
		t.prefix = "/auth"
		t.query = "?" + url.Values{"organization": {"acme"}, "redirect": {landing}}.Encode()
	}
	return t
}

// send asks the service for a path of the login host and wants a status.
func (t *target) send(ctx context.Context, path, cookie string, want int, more http.Header) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+t.Addr+path, nil)
	if err != nil {
		return nil, err
	}
	req.Host = loginHost
	for name, values := range more {
		req.Header[name] = values
	}
	if cookie != "" {
		req.Header.Set("Cookie", cookie)
	}
	return t.do(req, want)
}

func (t *target) do(req *http.Request, want int) (*http.Response, error) {
	resp, err := t.client.Do(req)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err == nil && resp.StatusCode != want {
		err = fmt.Errorf("%s answered %s: %.300s", req.URL.Path, resp.Status, body)
	}
	return resp, err
}

// begin starts a login and has the provider sign it: what is left is the
// callback, and the cookies to come with.
func (t *target) begin(ctx context.Context, who string) (callback, cookie string, err error) {
	started, err := t.send(ctx, t.prefix+"/start"+t.query, "", http.StatusFound, nil)
	if err != nil {
		return "", "", err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, started.Header.Get("Location"), nil)
	if err != nil {
		return "", "", err
	}
	req.Header.Set(clustertest.PersonHeader, who)
	signed, err := t.do(req, http.StatusFound)
	if err != nil {
		return "", "", err
	}
	back, ok := strings.CutPrefix(signed.Header.Get("Location"), "https://"+loginHost)
	if !ok {
		return "", "", errors.New("the provider sends the browser elsewhere")
	}
	return back, cookiesOf(started), nil
}

// login is a whole one; it returns the cookies of the session.
func (t *target) login(ctx context.Context, who string) (cookie string, err error) {
	callback, cookie, err := t.begin(ctx, who)
	if err != nil {
		return "", err
	}
	landed, err := t.send(ctx, callback, cookie, http.StatusFound, nil)
	if err != nil {
		return "", err
	}
	if to := landed.Header.Get("Location"); to != landing {
		return "", fmt.Errorf("a login landed on %s", to)
	}
	return cookiesOf(landed), nil
}

func cookiesOf(resp *http.Response) string {
	var pairs []string
	for _, c := range resp.Cookies() {
		if c.MaxAge >= 0 {
			pairs = append(pairs, c.Name+"="+c.Value)
		}
	}
	return strings.Join(pairs, "; ")
}

// asked are the headers of a proxy that asks about a page.
func asked() http.Header {
	return http.Header{
		"X-Forwarded-Proto": {"https"}, "X-Forwarded-Host": {"acme." + baseDomain},
		"X-Forwarded-Uri": {"/reports?year=2026"}, "X-Forwarded-Method": {"GET"}, "X-Forwarded-For": {"192.0.2.7"},
	}
}

// verify asks whether a session may see a page of acme.
func (t *target) verify(ctx context.Context, cookie string, want int) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+t.Addr+t.prefix+"/verify", nil)
	if err != nil {
		return err
	}
	req.Host = "acme." + baseDomain
	req.Header = asked()
	// That of the login host alone goes nowhere else.
	for pair := range strings.SplitSeq(cookie, "; ") {
		if strings.HasPrefix(pair, "__Secure-") {
			req.Header.Set("Cookie", pair)
		}
	}
	_, err = t.do(req, want)
	return err
}

func (t *target) usage(ctx context.Context) (usage, error) {
	var u usage
	body, err := t.side(ctx, "/usage")
	if err != nil {
		return u, err
	}
	return u, json.Unmarshal(body, &u)
}

func (t *target) side(ctx context.Context, path string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+t.Side+path, nil)
	if err != nil {
		return nil, err
	}
	resp, err := t.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return io.ReadAll(resp.Body)
}

// profile writes where the service spends its time, and what it allocates, in
// the coming seconds.
func (t *target) profile(ctx context.Context, seconds int, dir, name string) error {
	for _, kind := range []string{"cpu", "allocs"} {
		body, err := t.side(ctx, fmt.Sprintf("/%s?seconds=%d", kind, seconds))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name+"."+kind+".pprof"), body, 0o600); err != nil {
			return err
		}
	}
	return nil
}

func (t *target) stop() error {
	t.client.CloseIdleConnections()
	return errors.Join(t.leash.Close(), t.process.Wait())
}
