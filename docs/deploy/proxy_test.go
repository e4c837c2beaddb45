// Package deploy_test runs the proxy files of this folder in the real proxies, between a browser that lies and an
// app that tells what reached it.
package deploy_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// proxy is one running proxy with the service and the app behind it.
type proxy struct {
	scheme, addr string
	service      *service
	client       *http.Client

	// isTraefik: it removes dot segments, also escaped ones, before it routes; the app gets no cookie; a host without a router is 404.
	isTraefik bool
}

// program finds a proxy, or says that the tests cannot run without it.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if path, err = exec.LookPath("/usr/sbin/" + name); err != nil {
			t.Fatalf("%s is not installed: the shipped configuration can only be tested with it (tools/install-test-deps installs it)", name)
		}
	}
	return path
}

// start runs a proxy until the test ends and waits until it is ready.
func start(t *testing.T, cmd *exec.Cmd, ready func() error) {
	t.Helper()
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan struct{})
	go func() { _ = cmd.Wait(); close(exited) }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		select {
		case <-exited:
		case <-time.After(time.Minute):
			_ = cmd.Process.Kill()
			<-exited
		}
		asked := "/reports"
		if filepath.Base(cmd.Path) == "traefik" {
			asked = "acme.example.com" // its log has no path without the query
		}
		if !strings.Contains(log.String(), asked) {
			t.Errorf("%s keeps no log of who asked for what", filepath.Base(cmd.Path))
		}
		for _, secret := range []string{"__Secure-session", "year=2026", "year%3D2026"} {
			if strings.Contains(log.String(), secret) {
				t.Errorf("%s writes cookies or queries (%s) in its log", filepath.Base(cmd.Path), secret)
			}
		}
		if t.Failed() {
			t.Logf("%s said last:\n%s", filepath.Base(cmd.Path), last(log.String()))
		}
	})
	var err error
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		select {
		case <-exited:
			t.Fatalf("%s ended at once:\n%s", filepath.Base(cmd.Path), log.String())
		default:
		}
		if err = ready(); err == nil {
			return
		}
	}
	t.Fatalf("%s does not get ready: %v", filepath.Base(cmd.Path), err)
}

// last is the end of what a program said: as much as one reads.
func last(log string) string { return log[max(0, len(log)-4000):] }

// freeAddr returns a loopback address without a listener.
func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// replaced returns a shipped file with its sample values changed, each of which must be there.
func replaced(t *testing.T, file string, pairs ...string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s := string(text)
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(s, pairs[i]) {
			t.Fatalf("%s no longer says %q", file, pairs[i])
		}
		s = strings.ReplaceAll(s, pairs[i], pairs[i+1])
	}
	return s
}

func newProxy(scheme, addr string, s *service) *proxy {
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, addr)
	}
	return &proxy{scheme: scheme, addr: addr, service: s, client: &http.Client{
		Timeout: time.Minute,
		Transport: &http.Transport{
			DialContext: dial, DisableKeepAlives: true,
			TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, // Caddy's authority is new in every run
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// host names an organization's host, with the port where it is not the scheme's own.
func (p *proxy) host(label string) string {
	_, port, _ := net.SplitHostPort(p.addr)
	return label + ".example.com:" + port
}

// do sends one request; header lines are "Name: value" and keep their spelling.
func (p *proxy) do(t *testing.T, method, label, path string, body io.Reader, lines ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, p.scheme+"://"+p.host(label), body)
	if err != nil {
		t.Fatal(err)
	}
	asWritten(req, path)
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		req.Header[name] = append(req.Header[name], value)
	}
	resp, err := p.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(text)
}

// app sends one request of ann's that must reach the app, and returns what did.
func (p *proxy) app(t *testing.T, method, path string, body io.Reader, lines ...string) seen {
	t.Helper()
	resp, text := p.do(t, method, "acme", path, body, append(lines, "Cookie: __Secure-session=ann")...)
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s %s", method, path, resp.Status, text)
	}
	var got seen
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatalf("not from the app: %q: %v", text, err)
	}
	return got
}

// upgrade speaks to the app over an upgraded connection and returns its one line.
func (p *proxy) upgrade(t *testing.T, cookies string) (string, error) {
	t.Helper()
	conn, err := net.Dial("tcp", p.addr)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if p.scheme == "https" {
		conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true, ServerName: "acme.example.com"})
	}
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	fmt.Fprintf(conn, "GET /socket HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n%s\r\n\r\n", p.host("acme"), cookies)
	r := bufio.NewReader(conn)
	resp, err := http.ReadResponse(r, nil)
	if err != nil {
		return "", err
	}
	if resp.StatusCode != http.StatusSwitchingProtocols {
		return "", errors.New(resp.Status)
	}
	fmt.Fprint(conn, "hello\n")
	return r.ReadString('\n')
}
