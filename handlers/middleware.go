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

	"orglogin/store"
	"orglogin/templates"
)

const (
	requestIDKey = "request id"
	reasonKey    = "reason"
	quietKey     = "quiet"

	maxURI = 16 << 10
	// requestTimeout bounds everything that one request waits for: the two
	// back-channel calls of a callback have 10 seconds each.
	requestTimeout = 25 * time.Second
)

// middlewares in the order in which a request meets them.
func (s *Server) middlewares() []echo.MiddlewareFunc {
	return []echo.MiddlewareFunc{
		s.identified, // first, so that every later line and page has the id
		s.logged,     // sees the status that the rest came to
		s.recovered,  // inside the log, so that a panic is a logged 500
		s.secured,    // before anything can answer
		s.bounded,    // before anything reads what came
		s.hosts,      // before anything is built from the host
		s.unprefetched,
	}
}

// identified gives the request an id of ours; a client's own is not taken over,
// it could be anybody's.
func (s *Server) identified(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		id := store.NewReceiptID()
		c.Set(requestIDKey, id)
		c.Response().Header().Set("X-Request-Id", id)
		return next(c)
	}
}

func requestID(c echo.Context) string {
	id, _ := c.Get(requestIDKey).(string)
	return id
}

func (s *Server) log(c echo.Context) *slog.Logger {
	return s.Logger.With("request_id", requestID(c))
}

// logged writes one line per request: the route as we named it, never the path,
// the query, a header or a cookie as they came.
func (s *Server) logged(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		begun := s.Now()
		if err := next(c); err != nil {
			s.fail(err, c)
		}
		if quiet, _ := c.Get(quietKey).(bool); quiet {
			return nil // verify's everyday answers: a metric counts them
		}
		reason, _ := c.Get(reasonKey).(store.Reason)
		s.Logger.LogAttrs(c.Request().Context(), slog.LevelInfo, "request",
			slog.String("request_id", requestID(c)),
			slog.String("method", knownMethod(c.Request().Method)),
			slog.String("route", c.Path()),
			slog.Int("status", c.Response().Status),
			slog.String("reason", string(reason)),
			slog.String("client", c.RealIP()),
			slog.Duration("duration", s.Now().Sub(begun)),
		)
		return nil
	}
}

// knownMethod keeps a made-up method out of the log.
func knownMethod(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
		http.MethodDelete, http.MethodOptions, http.MethodTrace, http.MethodConnect:
		return m
	}
	return "other"
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

// secured sets the headers of every answer; a page may say more.
func (s *Server) secured(next echo.HandlerFunc) echo.HandlerFunc {
	https := s.Site.Public.Scheme == "https"
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Security-Policy", templates.ContentSecurityPolicy+"; form-action 'none'")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		if p, _ := where(s.Site, c.Request().Host); https && p != organization {
			// Not there: a customer's own host policy is the customer's.
			h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		}
		if c.Request().Method == http.MethodHead {
			c.Response().Before(func() { h.Del("Set-Cookie") }) // HEAD changes nothing
		}
		return next(c)
	}
}

// bounded refuses what no browser sends, with a page, before anything is parsed.
func (s *Server) bounded(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if len(r.RequestURI) > maxURI {
			return failure(http.StatusRequestURITooLong, "", nil)
		}
		if err := checkCookies(r); err != nil {
			return err
		}
		ctx, cancel := contextWithTimeout(r, requestTimeout)
		defer cancel()
		c.SetRequest(r.WithContext(ctx))
		return next(c)
	}
}

// unprefetched answers a prefetch with nothing: guessing that somebody will
// log in must not begin, use or end anything.
func (s *Server) unprefetched(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		path := r.URL.Path
		if !isPrefetch(r.Header) || strings.HasPrefix(path, templates.StaticPath) || path == "/.well-known/jwks.json" {
			return next(c)
		}
		c.Response().Header().Set("Retry-After", "0")
		return c.NoContent(http.StatusServiceUnavailable)
	}
}

func isPrefetch(h http.Header) bool {
	for _, name := range []string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"} {
		for _, v := range h.Values(name) {
			v = strings.ToLower(v)
			if strings.Contains(v, "prefetch") || strings.Contains(v, "prerender") || strings.Contains(v, "preview") {
				return true
			}
		}
	}
	return h.Get("Next-Router-Prefetch") != ""
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
