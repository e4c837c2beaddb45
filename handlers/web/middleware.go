package web

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

	"orglogin/handlers/session"
	"orglogin/redirect"
)

const (
	maxURI = 16 << 10
	// requestTimeout bounds everything that one request waits for: the two
	// back-channel calls of a callback have 10 seconds each.
	requestTimeout = 25 * time.Second
)

// Logged writes one line per request, or per failed one: the route as we named it, never the path,
// the query, a header or a cookie as they came.
func (s *Responder) Logged(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		begun := s.Now()
		if err := next(c); err != nil {
			s.Fail(err, c)
		}
		q, took := requestOf(c), max(s.Now().Sub(begun), 0)
		s.Metrics.observe(c.Path(), c.Response().Status, took)
		describeSpan(q.span, knownMethod(c.Request().Method), c.Path(), string(q.reason))
		if q.quiet || s.LogErrorsOnly && c.Response().Status < http.StatusBadRequest {
			return nil
		}
		s.Line(c, slog.LevelInfo, "request",
			slog.String("method", knownMethod(c.Request().Method)),
			slog.String("route", c.Path()),
			slog.Int("status", c.Response().Status),
			slog.String("reason", string(q.reason)),
			slog.String("client", ClientOf(c)),
			slog.Duration("duration", took),
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

// Recovered turns a panic into one 500.
func (s *Responder) Recovered(next echo.HandlerFunc) echo.HandlerFunc {
	return Recover(next, func(c echo.Context, kind, stack string) error {
		s.Log(c).Error("panic", "kind", kind, "stack", stack)
		return Failure(http.StatusInternalServerError, "", nil)
	})
}

// Recover turns a panic into what failed returns. The text of a panic may hold anything, so failed gets only its type
// and the stack.
func Recover(next echo.HandlerFunc, failed func(c echo.Context, kind, stack string) error) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if e, ok := v.(error); ok && errors.Is(e, http.ErrAbortHandler) {
				panic(v)
			}
			err = failed(c, fmt.Sprintf("%T", v), string(debug.Stack()))
		}()
		return next(c)
	}
}

// Secured sets the headers of every answer; a page may say more. Of what proxies
// ask most answers have no body: there [Responder.WithBody] adds them to the others.
func (s *Responder) Secured(next echo.HandlerFunc) echo.HandlerFunc {
	noStore := []string{"no-store"}
	return func(c echo.Context) error {
		h := c.Response().Header()
		h["Cache-Control"] = noStore
		if !requestOf(c).kind.Proxied {
			s.WithBody(c)
		}
		if c.Request().Method == http.MethodHead {
			c.Response().Before(func() { h.Del("Set-Cookie") }) // HEAD changes nothing
		}
		return next(c)
	}
}

// Bounded refuses what no browser sends, with a page, before anything is parsed.
// A proxy may have taken a path with dot segments for another one.
func (s *Responder) Bounded(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if len(r.RequestURI) > maxURI {
			return Failure(http.StatusRequestURITooLong, "", nil)
		}
		if redirect.HasDotSegment(RawPath(r)) {
			return Failure(http.StatusNotFound, "", nil)
		}
		if err := session.CheckCookies(r.Header); err != nil {
			return Failure(http.StatusRequestHeaderFieldsTooLarge, "", err)
		}
		if knownMethod(r.Method) == otherMethod || r.Method == http.MethodConnect || r.Method == http.MethodTrace {
			if !requestOf(c).kind.Proxied {
				c.Response().Header().Set("Allow", "GET, HEAD, POST")
				return Failure(http.StatusMethodNotAllowed, "", nil)
			}
		}
		return next(c)
	}
}

// Timed ends what one request waits for.
func (s *Responder) Timed(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		ctx := NewTimeout(r.Context(), requestTimeout)
		defer ctx.Cancel()
		c.SetRequest(r.WithContext(ctx))
		return next(c)
	}
}

// NoPrefetch answers a prefetch with nothing: a browser's guess that a person will
// log in must not begin, use or end anything.
func (s *Responder) NoPrefetch(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		path := RawPath(r)
		if !isPrefetch(r.Header) || isFile(path) || path == "/.well-known/jwks.json" {
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

// ClientAddress takes X-Forwarded-For only from trusted peers: the rightmost
// address that is not one of theirs.
func ClientAddress(trusted []netip.Prefix) echo.IPExtractor {
	return func(r *http.Request) string {
		peer := PeerOf(r)
		if !Contains(trusted, peer) {
			return peer.String()
		}
		for hops := strings.Join(r.Header.Values("X-Forwarded-For"), ","); hops != ""; {
			last := strings.LastIndexByte(hops, ',')
			addr, err := netip.ParseAddr(strings.TrimSpace(hops[last+1:]))
			if err != nil {
				break
			}
			peer = addr.Unmap().WithZone("")
			if !Contains(trusted, peer) {
				break
			}
			hops = hops[:max(last, 0)]
		}
		return peer.String()
	}
}

// PeerOf is the address at the other end of the connection.
func PeerOf(r *http.Request) netip.Addr {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr().Unmap().WithZone("")
}

func Contains(prefixes []netip.Prefix, addr netip.Addr) bool {
	for _, p := range prefixes {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

// Hosts checks the Host before anything is built from it.
func (s *Responder) Hosts(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if r.URL.IsAbs() || r.URL.Host != "" { // absolute-form: two hosts in one request
			return Failure(http.StatusBadRequest, "", nil)
		}
		if HostOf(c) == redirect.ForeignHost && !isForAnyHost(c) {
			return Failure(http.StatusMisdirectedRequest, "", nil)
		}
		return next(c)
	}
}

// isForAnyHost reports whether the path goes by something else than the Host: what
// proxies ask about, and the public keys.
func isForAnyHost(c echo.Context) bool {
	return requestOf(c).kind.Proxied || strings.HasPrefix(RawPath(c.Request()), "/.well-known/")
}
