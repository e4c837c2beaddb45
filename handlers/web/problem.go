package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"orglogin/store"
	"orglogin/templates"
)

// Problem is a refusal or a failure that a handler returns: a status, a reason,
// the page, and the cause, which only the log gets.
type Problem struct {
	Status int
	Reason store.Reason
	Page   templates.Refusal // nil: the page of the status
	Login  string            // login_url for programs
	Wait   time.Duration     // Retry-After
	Cause  error
	Quiet  bool // one of many that no line is written for
	JSON   bool // whatever Accept says
	Bare   bool // the status alone is wanted, unless JSON is

	Frameable bool // the page may be shown in a frame of a page of ours
}

func (p *Problem) Error() string {
	if p.Cause != nil {
		return fmt.Sprintf("%d %s: %v", p.Status, p.Reason, p.Cause)
	}
	return fmt.Sprintf("%d %s", p.Status, p.Reason)
}

func (p *Problem) Unwrap() error { return p.Cause }

// Failure is a problem that the page of its status describes.
func Failure(status int, reason store.Reason, cause error) *Problem {
	return &Problem{Status: status, Reason: reason, Cause: cause}
}

// Unavailable is the answer when a store did not answer: nothing is known, so nothing
// is decided and no cookie is changed.
func Unavailable(cause error) *Problem {
	return &Problem{Status: http.StatusServiceUnavailable, Reason: store.LookupFailed, Wait: retryAfter, Cause: cause}
}

const retryAfter = 5 * time.Second

// Lookup separates "not found" from "no answer": the first is the given refusal,
// the second a 503.
func Lookup(err error, status int, reason store.Reason) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, store.ErrNotFound):
		return Failure(status, reason, nil)
	}
	return Unavailable(err)
}

// Fail is the one function that answers an error.
func (s *Responder) Fail(err error, c echo.Context) {
	if c.Response().Committed {
		s.Log(c).Error("the answer had begun when it failed", "error", err)
		return
	}
	p := AsProblem(err)
	q := requestOf(c)
	q.reason, q.quiet = p.Reason, p.Quiet
	if p.Status >= http.StatusInternalServerError {
		s.Log(c).Error("request failed", "status", p.Status, "reason", p.Reason, "error", p.Cause)
	} else if p.Cause != nil {
		s.Log(c).Info("request refused", "status", p.Status, "reason", p.Reason, "error", p.Cause)
	}
	if p.Reason == store.LookupFailed {
		// Whatever was decided before the store failed: nothing is known now, so no
		// cookie is removed.
		c.Response().Header().Del("Set-Cookie")
	}
	if p.Wait > 0 {
		p.Wait = (p.Wait + time.Second - 1).Truncate(time.Second) // the page says the same
		c.Response().Header().Set("Retry-After", strconv.Itoa(int(p.Wait/time.Second)))
	}
	if err := s.answer(c, p); err != nil {
		s.Log(c).Error("the answer to a failure failed", "error", err)
		_ = c.String(http.StatusInternalServerError, "Something went wrong.\n")
	}
}

// AsProblem is the problem in err, or a 500 with err as its cause.
func AsProblem(err error) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	if h, ok := errors.AsType[*echo.HTTPError](err); ok { // no such route, no such method
		return Failure(h.Code, "", h.Internal)
	}
	return Failure(http.StatusInternalServerError, "", err)
}

func (s *Responder) answer(c echo.Context, p *Problem) error {
	if p.Bare && !WantsJSON(c) {
		return c.NoContent(p.Status)
	}
	if requestOf(c).kind.Proxied {
		s.WithBody(c)
	}
	if p.Frameable {
		h := c.Response().Header()
		h.Del("X-Frame-Options") // knows no list of hosts
		h.Set("Content-Security-Policy", strings.Replace(templates.ContentSecurityPolicy,
			"frame-ancestors 'none'", "frame-ancestors "+s.ourOrigins(), 1)+"; form-action 'none'")
	}
	p.Login = s.locales(c).Keep(p.Login)
	page := p.Page
	if page == nil {
		to, chooser := s.RetryURL(c, p.Status)
		page = templates.Failure{
			Status: p.Status, Reason: p.Reason, Wait: p.Wait, RetryURL: to, Chooser: chooser, RequestID: RequestID(c),
		}
	}
	if p.JSON || WantsJSON(c) {
		title, detail := s.Pages.Problem(page)
		return problemJSON(c, p, title, detail)
	}
	return s.Page(c, p.Status, page)
}

// problemJSON answers as RFC 9457.
func problemJSON(c echo.Context, p *Problem, title, detail string) error {
	body, err := json.Marshal(struct {
		Type      string       `json:"type"`
		Title     string       `json:"title"`
		Status    int          `json:"status"`
		Detail    string       `json:"detail"`
		Reason    store.Reason `json:"reason"`
		RequestID string       `json:"request_id"`
		LoginURL  string       `json:"login_url,omitempty"`
	}{"about:blank", title, p.Status, detail, p.Reason, RequestID(c), p.Login})
	if err != nil {
		return err
	}
	return c.Blob(p.Status, "application/problem+json", body)
}
