package handlers

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"orglogin/redirect"
	"orglogin/templates"
)

const (
	maxURI = 16 << 10
	// requestTimeout bounds everything that one request waits for: the two
	// back-channel calls of a callback have 10 seconds each.
	requestTimeout = 25 * time.Second
)

// middlewares stand before the router, in the order in which a request meets them.
func (s *Server) middlewares() []echo.MiddlewareFunc {
	return []echo.MiddlewareFunc{
		s.logged,    // sees the status that the rest came to
		s.recovered, // inside the log, so that a panic is a logged 500
		s.secured,   // before anything can answer
		s.bounded,   // before anything reads what came
		s.hosts,     // before anything is built from the host
		s.unprefetched,
		s.proxied, // what proxies ask, in any method
		s.timed,
		s.atLogin, // waits for a lookup, and knows more methods than the routes
	}
}

// chain puts the middlewares round the router, once. Echo's own Pre and Use
// would do it anew for every request.
func (s *Server) chain() echo.HandlerFunc {
	walk := func(c echo.Context) error {
		r := c.Request()
		s.echo.Router().Find(r.Method, rawPath(r), c)
		return c.Handler()(c)
	}
	all := s.middlewares()
	for i := len(all) - 1; i >= 0; i-- {
		walk = all[i](walk)
	}
	return walk
}

// logged writes one line per request, or per failed one: the route as we named it, never the path,
// the query, a header or a cookie as they came.
func (s *Server) logged(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		begun := s.Now()
		if err := next(c); err != nil {
			s.fail(err, c)
		}
		v := visitOf(c)
		if v.quiet || s.LogErrorsOnly && c.Response().Status < http.StatusBadRequest {
			return nil // quiet: verify's everyday answers, which a metric counts
		}
		s.Logger.LogAttrs(c.Request().Context(), slog.LevelInfo, "request",
			slog.String("request_id", v.id[0]),
			slog.String("method", knownMethod(c.Request().Method)),
			slog.String("route", c.Path()),
			slog.Int("status", c.Response().Status),
			slog.String("reason", string(v.reason)),
			slog.String("client", clientOf(c)),
			slog.Duration("duration", s.Now().Sub(begun)),
		)
		return nil
	}
}

const otherMethod = "other"

// knownMethod keeps a made-up method out of the log.
func knownMethod(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
		http.MethodDelete, http.MethodOptions, http.MethodTrace, http.MethodConnect:
		return m
	}
	return otherMethod
}

// recovered turns a panic into one 500. The text of a panic may hold anything,
// so only its type and the stack are logged.
func (s *Server) recovered(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if e, ok := v.(error); ok && errors.Is(e, http.ErrAbortHandler) {
				panic(v)
			}
			s.log(c).Error("panic", "kind", fmt.Sprintf("%T", v), "stack", string(debug.Stack()))
			err = failure(http.StatusInternalServerError, "", nil)
		}()
		return next(c)
	}
}

// header is a line of an answer that never changes. Nobody changes its value in
// place: Set and Add make another.
type header struct {
	name  string
	value []string
}

// secured sets the headers of every answer; a page may say more. Of what proxies
// ask most answers have no body: there [Server.withBody] adds them to the others.
func (s *Server) secured(next echo.HandlerFunc) echo.HandlerFunc {
	noStore := []string{"no-store"}
	return func(c echo.Context) error {
		h := c.Response().Header()
		h["Cache-Control"] = noStore
		if !isProxied(rawPath(c.Request())) {
			s.withBody(c)
		}
		if c.Request().Method == http.MethodHead {
			c.Response().Before(func() { h.Del("Set-Cookie") }) // HEAD changes nothing
		}
		return next(c)
	}
}

// bodyHeaders are those of every answer that a browser may show or follow.
func bodyHeaders() []header {
	return []header{
		{"Content-Security-Policy", []string{templates.ContentSecurityPolicy + "; form-action 'none'"}},
		{"Cross-Origin-Opener-Policy", []string{"same-origin"}},
		{"Cross-Origin-Resource-Policy", []string{"same-origin"}},
		{"Referrer-Policy", []string{"no-referrer"}},
		{"X-Content-Type-Options", []string{"nosniff"}},
		{"X-Frame-Options", []string{"DENY"}},
	}
}

func (s *Server) withBody(c echo.Context) {
	h := c.Response().Header()
	for i := range s.headers {
		h[s.headers[i].name] = s.headers[i].value
	}
	// Not on an organization's host: a customer's own host policy is the
	// customer's. What a proxy passes on of forward's answer is read there too.
	if p := visitOf(c).host; s.Site.Public.Scheme == "https" && p != redirect.OrganizationHost && (p != redirect.ForeignHost || !s.anyHost(rawPath(c.Request()))) {
		h[s.hsts.name] = s.hsts.value
	}
}

// bounded refuses what no browser sends, with a page, before anything is parsed.
// A proxy may have taken a path with dot segments for another one.
func (s *Server) bounded(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if len(r.RequestURI) > maxURI {
			return failure(http.StatusRequestURITooLong, "", nil)
		}
		if redirect.HasDotSegment(rawPath(r)) {
			return failure(http.StatusNotFound, "", nil)
		}
		if err := checkCookies(r); err != nil {
			return err
		}
		if knownMethod(r.Method) == otherMethod || r.Method == http.MethodConnect || r.Method == http.MethodTrace {
			if !isProxied(rawPath(r)) {
				c.Response().Header().Set("Allow", "GET, HEAD, POST")
				return failure(http.StatusMethodNotAllowed, "", nil)
			}
		}
		return next(c)
	}
}

// timed ends what one request waits for.
func (s *Server) timed(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		ctx := &patience{Context: r.Context(), limit: requestTimeout}
		defer ctx.end()
		c.SetRequest(r.WithContext(ctx))
		return next(c)
	}
}

// rawPath is the path as it came: an escape in it makes it another path, never
// a second spelling of one of ours.
func rawPath(r *http.Request) string {
	if r.URL.RawPath != "" {
		return r.URL.RawPath
	}
	return r.URL.Path
}

// unprefetched answers a prefetch with nothing: guessing that somebody will
// log in must not begin, use or end anything.
func (s *Server) unprefetched(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		path := rawPath(r)
		if !isPrefetch(r.Header) || strings.HasPrefix(path, templates.StaticPath) || path == "/.well-known/jwks.json" {
			return next(c)
		}
		c.Response().Header().Set("Retry-After", "0")
		return c.NoContent(http.StatusServiceUnavailable)
	}
}

func isPrefetch(h http.Header) bool {
	for _, name := range [...]string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"} {
		for _, v := range h[name] {
			v = strings.ToLower(v)
			if strings.Contains(v, "prefetch") || strings.Contains(v, "prerender") || strings.Contains(v, "preview") {
				return true
			}
		}
	}
	next := h["Next-Router-Prefetch"]
	return len(next) > 0 && next[0] != ""
}

// clientAddress takes X-Forwarded-For only from trusted peers: the rightmost
// address that is not one of theirs.
func clientAddress(trusted []netip.Prefix) echo.IPExtractor {
	return func(r *http.Request) string {
		peer := peerOf(r)
		if !contains(trusted, peer) {
			return peer.String()
		}
		hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		for i := len(hops) - 1; i >= 0; i-- {
			addr, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
			if err != nil {
				break
			}
			peer = addr.Unmap().WithZone("")
			if !contains(trusted, peer) {
				break
			}
		}
		return peer.String()
	}
}

// peerOf is the address at the other end of the connection.
func peerOf(r *http.Request) netip.Addr {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr().Unmap().WithZone("")
}

func contains(prefixes []netip.Prefix, addr netip.Addr) bool {
	for _, p := range prefixes {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}
