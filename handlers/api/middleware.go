package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/labstack/echo/v4"

	"orglogin/handlers/web"
	"orglogin/store"
	"orglogin/store/manage"
)

// logged writes one line per request: the route as we named it, never the path, the query, a header or a body.
func (s *Server) logged(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		begun := s.now()
		if err := next(c); err != nil {
			s.fail(c, err)
		}
		q := requestOf(c.Request().Context())
		took := max(s.now().Sub(begun), 0)
		method, route, _ := strings.Cut(q.route, " ")
		web.DescribeSpan(c.Request().Context(), method, route, q.reason)
		s.logger.LogAttrs(c.Request().Context(), slog.LevelInfo, "api request",
			slog.String("request_id", q.id),
			slog.String("method", method),
			slog.String("route", route),
			slog.Int("status", c.Response().Status),
			slog.String("reason", q.reason),
			slog.String("token_id", q.by.TokenID),
			slog.String("organization_id", q.organization),
			slog.Duration("duration", took),
		)
		s.metrics.observe(q.route, c.Response().Status, took)
		return nil
	}
}

// recovered turns a panic into one 500.
func (s *Server) recovered(next echo.HandlerFunc) echo.HandlerFunc {
	return web.Recover(next, func(c echo.Context, kind, stack string) error {
		ctx := c.Request().Context()
		s.logger.ErrorContext(ctx, "panic", "request_id", requestOf(ctx).id, "kind", kind, "stack", stack)
		return newProblem(http.StatusInternalServerError, reasonInternal, "this is a defect of orglogin: please report it with the request_id")
	})
}

// fail answers what is refused before an operation.
func (s *Server) fail(c echo.Context, err error) {
	if c.Response().Committed {
		s.logger.ErrorContext(c.Request().Context(), "the answer had begun when it failed", "error", err)
		return
	}
	var p *Problem
	if h, ok := errors.AsType[*echo.HTTPError](err); ok { // no such route, no such method
		p = newProblem(h.Code, manage.ReasonNotFound, "there is no such path: %s lists them", documentPath)
		if h.Code == http.StatusMethodNotAllowed {
			p = newProblem(h.Code, reasonMethod, "the path takes %s alone", c.Response().Header().Get("Allow"))
		}
	} else {
		p = problemOf(err)
	}
	s.note(c.Request().Context(), p)
	for name, values := range p.header {
		c.Response().Header()[name] = values
	}
	body, _ := json.Marshal(p) // strings and a number: it cannot fail
	if err := c.Blob(p.Status, problemType, body); err != nil {
		s.logger.InfoContext(c.Request().Context(), "the answer was not taken", "error", err)
	}
}

// note completes a problem and remembers it for the log.
func (s *Server) note(ctx context.Context, p *Problem) {
	q := requestOf(ctx)
	p.RequestID, q.reason = q.id, p.Reason
	switch {
	case p.cause == nil:
	case p.Status >= http.StatusInternalServerError:
		s.logger.ErrorContext(ctx, "api request failed", "request_id", q.id, "status", p.Status, "reason", p.Reason, "error", p.cause)
	default:
		s.logger.InfoContext(ctx, "api request refused", "request_id", q.id, "status", p.Status, "reason", p.Reason, "error", p.cause)
	}
}

// authenticated finds the token of a request, and what the headers say of the operation, before anything else of it
// is read.
func (s *Server) authenticated(ctx huma.Context, next func(huma.Context)) {
	c, op := humaecho.Unwrap(ctx), ctx.Operation()
	q := requestOf(ctx.Context())
	q.route = op.Method + " " + op.Path
	if err := s.admit(c, q, scopeOf(op)); err != nil {
		s.fail(c, err)
		return
	}
	next(ctx)
}

func (s *Server) admit(c echo.Context, q *request, scope string) error {
	r := c.Request()
	secret, given := bearer(r.Header)
	by, token, err := s.manage.Authenticate(r.Context(), secret)
	if errors.Is(err, store.ErrNotFound) {
		return unauthorized(given)
	}
	if err != nil {
		return err
	}
	q.by, q.organization = by, by.OrganizationID
	if id := c.Param("organization"); q.organization == "" && store.ValidID(id) {
		q.organization = id
	}
	if ok, wait := s.limiter.Allow(r.Context(), token.ID); !ok {
		p := newProblem(http.StatusTooManyRequests, string(store.RateLimited), "the token has made too many requests: wait %s", wait.Round(time.Second))
		p.header.Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
		return p
	}
	if !token.Allows(scope) {
		p := newProblem(http.StatusForbidden, reasonScope, "the token has no scope %s", scope)
		p.header.Set("WWW-Authenticate", `Bearer realm="orglogin", error="insufficient_scope", scope="`+scope+`"`)
		return p
	}
	q.seen = r.Header.Get("If-None-Match")
	if r.Method == http.MethodPatch || r.Method == http.MethodPut || r.Method == http.MethodDelete {
		q.by.IfMatch = r.Header.Get("If-Match")
	}
	body, err := readBody(r)
	if err != nil {
		return err
	}
	if r.Method == http.MethodPost {
		q.by.Once, err = onceOf(r, body)
	}
	return err
}

// bearer returns the token of the one Authorization header (RFC 6750 section 2.1), and whether there is any.
func bearer(h http.Header) (secret string, given bool) {
	values := h.Values("Authorization")
	if len(values) != 1 {
		return "", len(values) > 0
	}
	scheme, secret, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", true
	}
	return secret, true
}

func unauthorized(given bool) *Problem {
	p := newProblem(http.StatusUnauthorized, reasonUnauthorized, "the request has no token: send Authorization: Bearer olg_…, from orglogin tokens create")
	challenge := `Bearer realm="orglogin"`
	if given {
		p.Detail = "the token is unknown, expired or revoked: orglogin tokens list shows those that are good"
		challenge += `, error="invalid_token"`
	}
	p.header.Set("WWW-Authenticate", challenge)
	return p
}

// readBody reads the whole body, which is small, and puts it back for huma.
func readBody(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBody))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, newProblem(http.StatusRequestEntityTooLarge, reasonTooLarge, "the body has more than %d bytes", maxBody)
	}
	if err != nil {
		return nil, newProblem(http.StatusBadRequest, reasonMalformed, "the body ended early")
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return body, nil
}

const onceHeader = "Idempotency-Key"

// onceOf is the key of a request that is to be done once; nil without one.
func onceOf(r *http.Request, body []byte) (*manage.Once, error) {
	values := r.Header.Values(onceHeader)
	if len(values) == 0 {
		return nil, nil
	}
	key := values[0]
	visible := func(c rune) bool { return c > ' ' && c < 0x7f }
	if len(values) > 1 || key == "" || len(key) > manage.MaxOnceKey || strings.ContainsFunc(key, func(c rune) bool { return !visible(c) }) {
		p := newProblem(http.StatusUnprocessableEntity, manage.ReasonInvalid, "%s must be one value of 1 to %d visible ASCII characters", onceHeader, manage.MaxOnceKey)
		p.Errors = []manage.Field{{Name: onceHeader, Detail: fmt.Sprintf("must be one value of 1 to %d visible ASCII characters", manage.MaxOnceKey)}}
		return nil, p
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s %s\n", r.Method, r.URL.EscapedPath())
	h.Write(body)
	return &manage.Once{Key: key, Fingerprint: hex.EncodeToString(h.Sum(nil))}, nil
}
