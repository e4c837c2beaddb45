package handlers

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"orglogin/redirect"
	"orglogin/store"
	"orglogin/templates"
)

// problem is a refusal or a failure on its way to the person: a status, a
// reason, the page that says it, and the cause, which only the log sees.
type problem struct {
	status int
	reason store.Reason
	page   templates.Refusal // nil: the page of the status
	login  string            // login_url for programs
	wait   time.Duration     // Retry-After
	cause  error
	quiet  bool // one of many that no line is written for
	json   bool // whatever Accept says
	bare   bool // a status is all that is wanted, unless JSON is

	frameable bool // the page may be shown in a frame of a page of ours
}

func (p *problem) Error() string {
	if p.cause != nil {
		return fmt.Sprintf("%d %s: %v", p.status, p.reason, p.cause)
	}
	return fmt.Sprintf("%d %s", p.status, p.reason)
}

func (p *problem) Unwrap() error { return p.cause }

// failure is a problem told by the page of its status.
func failure(status int, reason store.Reason, cause error) *problem {
	return &problem{status: status, reason: reason, cause: cause}
}

// away is the answer when a store did not answer: nothing is known, so nothing
// is decided and no cookie is touched.
func away(cause error) *problem {
	return &problem{status: http.StatusServiceUnavailable, reason: store.LookupFailed, wait: retryAfter, cause: cause}
}

const retryAfter = 5 * time.Second

// retryURL is the link of an error page that has no link of its own. After a rate
// limit or an outage it keeps what the browser asked for. With an invitation it
// leads to the page that shows the invitation.
func (s *Server) retryURL(c echo.Context, status int) string {
	r, origin := c.Request(), s.Site.Public.String()
	if status != http.StatusTooManyRequests && status < http.StatusInternalServerError {
		return origin + "/login"
	}
	if hostOf(c) == redirect.LoginHost {
		origin = ""
	}
	in := intentOf(queryOf(r))
	switch path := rawPath(r); {
	case path == "/organizations":
		return s.Site.ChooserURL(s.keptPath(c))
	case path == callbackPath:
		_, in, _ = s.flows.OpenState(queryOf(r).Get("state"))
		return origin + in.again()
	case path == "/login" && r.Method == http.MethodPost:
		form, _ := formValues(c, "invitation", "redirect")
		in = formIntent(form)
	case path != "/login" && path != "/auth/start":
		return origin + "/login"
	case hostOf(c) == redirect.OrganizationHost:
		in.Organization = visitOf(c).label
	case path == "/auth/start":
		return origin + in.again()
	}
	return origin + in.path("/login")
}

// lookup tells "nothing there" from "no answer": the first is the given
// refusal, the second a 503.
func lookup(err error, status int, reason store.Reason) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, store.ErrNotFound):
		return failure(status, reason, nil)
	}
	return away(err)
}

// fail is the one function that answers an error.
func (s *Server) fail(err error, c echo.Context) {
	if c.Response().Committed {
		s.log(c).Error("the answer had begun when it failed", "error", err)
		return
	}
	p := asProblem(err)
	v := visitOf(c)
	v.reason, v.quiet = p.reason, p.quiet
	if p.status >= http.StatusInternalServerError {
		s.log(c).Error("request failed", "status", p.status, "reason", p.reason, "error", p.cause)
	} else if p.cause != nil {
		s.log(c).Info("request refused", "status", p.status, "reason", p.reason, "error", p.cause)
	}
	if p.reason == store.LookupFailed {
		// Whatever was thought before the store failed: nothing is known now, so no
		// cookie is taken away.
		c.Response().Header().Del("Set-Cookie")
	}
	if p.wait > 0 {
		p.wait = (p.wait + time.Second - 1).Truncate(time.Second) // the page says the same
		c.Response().Header().Set("Retry-After", strconv.Itoa(int(p.wait/time.Second)))
	}
	if err := s.answer(c, p); err != nil {
		s.log(c).Error("the answer to a failure failed", "error", err)
		_ = c.String(http.StatusInternalServerError, "Something went wrong.\n")
	}
}

func asProblem(err error) *problem {
	if p, ok := errors.AsType[*problem](err); ok {
		return p
	}
	if h, ok := errors.AsType[*echo.HTTPError](err); ok { // no such route, no such method
		return failure(h.Code, "", h.Internal)
	}
	return failure(http.StatusInternalServerError, "", err)
}

func (s *Server) answer(c echo.Context, p *problem) error {
	if p.bare && !wantsJSON(c) {
		return c.NoContent(p.status)
	}
	if isProxied(rawPath(c.Request())) {
		s.withBody(c)
	}
	if p.frameable {
		h := c.Response().Header()
		h.Del("X-Frame-Options") // knows no list of hosts
		h.Set("Content-Security-Policy", strings.Replace(templates.ContentSecurityPolicy,
			"frame-ancestors 'none'", "frame-ancestors "+s.ourOrigins(), 1)+"; form-action 'none'")
	}
	page := p.page
	if page == nil {
		page = templates.Failure{
			Status: p.status, Reason: p.reason, Wait: p.wait, RetryURL: s.retryURL(c, p.status), RequestID: requestID(c),
		}
	}
	if p.json || wantsJSON(c) {
		title, detail := page.Problem()
		return s.problemJSON(c, p, title, detail)
	}
	return s.page(c, p.status, page)
}

// problemJSON answers as RFC 9457.
func (s *Server) problemJSON(c echo.Context, p *problem, title, detail string) error {
	body, err := json.Marshal(struct {
		Type      string       `json:"type"`
		Title     string       `json:"title"`
		Status    int          `json:"status"`
		Detail    string       `json:"detail"`
		Reason    store.Reason `json:"reason"`
		RequestID string       `json:"request_id"`
		LoginURL  string       `json:"login_url,omitempty"`
	}{"about:blank", title, p.status, detail, p.reason, requestID(c), p.login})
	if err != nil {
		return err
	}
	return c.Blob(p.status, "application/problem+json", body)
}

func wantsJSON(c echo.Context) bool {
	r := c.Request()
	return forPrograms(rawPath(r)) || prefersJSON(r.Header.Get("Accept"))
}

// forPrograms are the paths that answer JSON to everybody, whatever goes wrong.
func forPrograms(path string) bool {
	return path == "/auth/session" || path == "/auth/token" || strings.HasPrefix(path, whyPath)
}

// prefersJSON reads an Accept header (RFC 9110 12.5.1): true where JSON weighs
// more than HTML. Whoever has no preference gets the page.
func prefersJSON(accept string) bool {
	if len(accept) > 1024 {
		return false
	}
	var html, program float64
	for part := range strings.SplitSeq(accept, ",") {
		kind, params, _ := strings.Cut(part, ";")
		q := quality(params)
		switch strings.ToLower(strings.TrimSpace(kind)) {
		case "text/html", "application/xhtml+xml":
			html = max(html, q)
		case "application/json", "application/problem+json":
			program = max(program, q)
		}
	}
	return program > html
}

func quality(params string) float64 {
	for param := range strings.SplitSeq(params, ";") {
		if v, ok := strings.CutPrefix(strings.TrimSpace(param), "q="); ok {
			if q, err := strconv.ParseFloat(v, 64); err == nil && q >= 0 && q <= 1 {
				return q
			}
			return 0
		}
	}
	return 1
}
