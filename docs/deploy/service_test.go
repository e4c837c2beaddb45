package deploy_test

import (
	"bufio"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
)

// identityHeaders are those that a 200 of verify and forward sets (contract: verified identity).
var identityHeaders = []string{
	"Remote-User", "Remote-Email", "Remote-Name", "Remote-Groups",
	"X-Auth-Request-User", "X-Auth-Request-Email", "X-Auth-Request-Groups",
	"X-Org-Id", "X-Org-Slug", "X-Org-Role", "X-Session-Id", "X-Auth-Connection", "Authorization",
	"X-Auth-Degraded", // that the identity is of some minutes ago, because the store is away
}

// urlHeaders are those by which some service or other learns what was asked for.
var urlHeaders = []string{
	"X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Uri", "X-Forwarded-Method", "X-Forwarded-Port",
	"X-Forwarded-Prefix", "X-Forwarded-Server", "X-Original-Url", "X-Original-Uri", "X-Original-Host",
	"X-Original-Method", "X-Rewrite-Url", "X-Real-Ip", "Forwarded",
}

// service answers as orglogin does, by the letter of the contract and with people that are cookies:
// ann is a member of acme, globex is not hers, and the organization `down` is asked for while the store is away.
type service struct {
	*httptest.Server
	mu    sync.Mutex
	asked []*http.Request // every question of a proxy
}

func newService(t *testing.T) *service {
	s := &service{}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

// last returns the latest question that a proxy asked.
func (s *service) last() *http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.asked) == 0 {
		return nil
	}
	return s.asked[len(s.asked)-1]
}

// forget drops what was asked so far.
func (s *service) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = nil
}

func (s *service) serve(w http.ResponseWriter, r *http.Request) {
	// Less strict than the service: what reaches it in any spelling is answered.
	verify := strings.HasPrefix(r.RequestURI, "/auth/verify")
	if !verify && !strings.HasPrefix(r.RequestURI, "/auth/forward") {
		w.Header().Set("Content-Type", "text/plain")
		fmt.Fprintf(w, "orglogin %s %s", r.Host, r.URL.Path)
		return
	}
	s.mu.Lock()
	s.asked = append(s.asked, r)
	s.mu.Unlock()

	host := r.Header.Get("X-Forwarded-Host")
	page := r.Header.Get("X-Forwarded-Proto") + "://" + host + r.Header.Get("X-Forwarded-Uri")
	login := "https://login.example.com/login?redirect=" + url.QueryEscape(page)
	slug, _, _ := strings.Cut(host, ".")
	signedIn := slices.ContainsFunc(r.CookiesNamed("__Secure-session"), func(c *http.Cookie) bool { return c.Value == "ann" })
	if len(r.Header.Values("X-Forwarded-Host")) != 1 || r.Header.Get("X-Original-Url") != "" {
		http.Error(w, "two answers to what was asked for", http.StatusForbidden)
		return
	}
	method := r.Header.Get("X-Forwarded-Method")
	switch {
	case slug == "down":
		w.Header().Set("Retry-After", "7")
		http.Error(w, "the store is away", http.StatusServiceUnavailable)
	case !signedIn && verify:
		w.Header().Set("Location", login)
		w.WriteHeader(http.StatusUnauthorized)
	case !signedIn && r.Header.Get("Sec-Fetch-Mode") == "navigate" && (method == "GET" || method == "HEAD"):
		w.Header().Set("Location", login)
		w.WriteHeader(http.StatusFound)
	case !signedIn && r.Header.Get("Sec-Fetch-Mode") == "navigate":
		w.Header().Set("Location", login)
		w.WriteHeader(http.StatusSeeOther)
	case !signedIn:
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusUnauthorized)
		_ = json.NewEncoder(w).Encode(map[string]any{"status": 401, "login_url": login})
	case slug != "acme":
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, "the page that names the account")
	default:
		for _, name := range identityHeaders {
			w.Header().Set(name, "ours "+name)
		}
		w.Header().Set("Remote-Name", "") // where there is nothing, empty
		w.WriteHeader(http.StatusOK)
	}
}

// seen is what reached the app.
type seen struct {
	Method, Host, URI string
	Header            http.Header
	Body              int
	Sum               string // SHA-256 of the body
}

// newApp starts the app behind: it tells what reached it, and echoes one line over an upgraded connection.
func newApp(t *testing.T) *httptest.Server {
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
			echoUpgraded(w, r)
			return
		}
		sum := sha256.New()
		n, err := io.Copy(sum, r.Body)
		if err != nil {
			http.Error(w, "the body was cut", http.StatusBadRequest)
			return
		}
		w.Header().Set("X-App-Saw", r.Method)
		_ = json.NewEncoder(w).Encode(seen{r.Method, r.Host, r.RequestURI, r.Header, int(n), hex.EncodeToString(sum.Sum(nil))})
	}))
	t.Cleanup(app.Close)
	return app
}

// echoUpgraded takes the connection over and sends one line back, with the person who asks.
func echoUpgraded(w http.ResponseWriter, r *http.Request) {
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer conn.Close()
	accept := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")) // RFC 6455 section 4.2.2
	fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
		base64.StdEncoding.EncodeToString(accept[:]))
	line, err := bufio.NewReader(rw).ReadString('\n')
	if err == nil {
		fmt.Fprintf(conn, "%s says %s", r.Header.Get("Remote-User"), line)
	}
}
