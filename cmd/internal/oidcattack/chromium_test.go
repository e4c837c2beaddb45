package oidcattack_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// internet is all that Chromium finds: every name and every port lead here, in
// TLS or without. The login host and the routes of ours on an organization's
// host are the service's; everything else says where the browser has arrived.
type internet struct {
	service http.Handler
	addr    string
	sites   map[string]http.HandlerFunc // by host, whoever else has one

	mu        sync.Mutex
	locations []string // what /go/N answers
	arrived   map[string]int
	asked     map[string]int // of the service, by where the browser says that it comes from, and whether with a session
}

func newInternet(t testing.TB, service http.Handler) *internet {
	t.Helper()
	n := &internet{service: service, arrived: map[string]int{}, asked: map[string]int{}}
	secure, plain := httptest.NewUnstartedServer(n), httptest.NewServer(n)
	secure.EnableHTTP2 = true
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // Chromium hangs up on what it does not need
	secure.StartTLS()
	front, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	n.addr = front.Addr().String()
	go func() {
		for {
			conn, err := front.Accept()
			if err != nil {
				return
			}
			go pass(conn, secure.Listener.Addr().String(), plain.Listener.Addr().String())
		}
	}()
	t.Cleanup(func() {
		_ = front.Close()
		for _, server := range []*httptest.Server{secure, plain} {
			server.CloseClientConnections()
			server.Close()
		}
	})
	return n
}

// pass gives a connection to the first address if it begins as TLS does (a
// handshake, RFC 8446 section 5.1), else to the second.
func pass(conn net.Conn, secure, plain string) {
	defer conn.Close()
	r := bufio.NewReader(conn)
	first, err := r.Peek(1)
	if err != nil {
		return
	}
	addr := plain
	if first[0] == 0x16 {
		addr = secure
	}
	server, err := net.Dial("tcp", addr)
	if err != nil {
		return
	}
	defer server.Close()
	go func() {
		_, _ = io.Copy(server, r)
		_ = server.Close() // the browser has hung up: so does the server
	}()
	_, _ = io.Copy(conn, server)
}

func (n *internet) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	host, _, _ := strings.Cut(r.Host, ":")
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	ours := host == "login.example.test"
	if strings.HasSuffix(host, ".example.test") {
		for _, path := range []string{"/login", "/logout", "/auth/"} {
			ours = ours || r.URL.Path == path || strings.HasSuffix(path, "/") && strings.HasPrefix(r.URL.Path, path)
		}
	}
	var i int
	switch _, err := fmt.Sscanf(r.URL.Path, "/go/%d", &i); {
	case ours && err == nil:
		n.mu.Lock()
		to := n.locations[i]
		n.mu.Unlock()
		w.Header().Set("Location", to)
		w.WriteHeader(http.StatusFound)
	case ours && r.URL.Path == "/blank":
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<!doctype html><title>blank</title>")
	case ours && scheme == "https":
		n.note(r)
		r.RemoteAddr = "192.0.2.7:1234"
		n.service.ServeHTTP(w, r)
	case n.sites[host] != nil:
		n.sites[host](w, r)
	default:
		n.mu.Lock()
		n.arrived[scheme+"://"+r.Host]++
		n.mu.Unlock()
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, scheme+"://"+r.Host)
	}
}

// note counts what reaches the service.
func (n *internet) note(r *http.Request) {
	key := r.Header.Get("Sec-Fetch-Site")
	if strings.Contains(r.Header.Get("Cookie"), "__Secure-session=") {
		key += " with a session"
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asked[key]++
}

// newChromium starts Chromium with one tab, for which every name leads to addr.
func newChromium(t testing.TB, addr string) context.Context {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.Flag("host-resolver-rules", "MAP * "+addr+", EXCLUDE 127.0.0.1"), // the provider is found where it is
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-domain-reliability", true),
		chromedp.Flag("no-proxy-server", true),
		chromedp.Flag("disable-quic", true),
		chromedp.IgnoreCertErrors, // the certificate is new in every run
		chromedp.UserDataDir(t.TempDir()),
		chromedp.ExecPath(chromium(t)),
		chromedp.WSURLReadTimeout(time.Minute),
	)
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	tab, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	// The browser lives as long as the context of this first call.
	if err := chromedp.Do(tab, chromedp.Navigate("about:blank")); err != nil {
		t.Fatal(err)
	}
	return tab
}

func chromium(t testing.TB) string {
	t.Helper()
	for _, name := range []string{
		"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "headless-shell",
		"/Applications/Chromium.app/Contents/MacOS/Chromium", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
	} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("no Chromium: make test installs it")
	return ""
}

// evaluate runs a script in the tab, with a deadline of its own.
func evaluate[T any](t testing.TB, tab context.Context, script string) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(tab, 2*time.Minute)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	must(t, err)
	return v
}

// visit goes to a page and returns where the browser is then.
func visit(t testing.TB, tab context.Context, target string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(tab, time.Minute)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Navigate(target)); err != nil {
		return "error: " + err.Error()
	}
	where, err := chromedp.Run(ctx, chromedp.Location())
	must(t, err)
	return where
}
