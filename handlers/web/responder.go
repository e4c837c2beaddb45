package web

import (
	"bytes"
	"log/slog"
	"time"

	"github.com/labstack/echo/v4"

	"orglogin/redirect"
	"orglogin/store"
	"orglogin/templates"
)

// Responder answers: with pages, with errors, and with the headers of both. Every
// field but Metrics is required.
type Responder struct {
	Site          redirect.Site
	Organizations store.Organizations
	Brands        store.Brands
	Pages         *templates.Set
	// RetryURL is the link of an error page that has no link of its own, and whether it
	// leads to the list of the person's organizations.
	RetryURL func(c echo.Context, status int) (to string, chooser bool)

	Logger        *slog.Logger
	LogErrorsOnly bool // no line for a request that was answered with less than 400
	Now           func() time.Time
	Metrics       *Metrics // nil: no request is counted
}

// Log is the log of this request.
func (s *Responder) Log(c echo.Context) *slog.Logger {
	q := requestOf(c)
	if q.span == nil {
		return s.Logger.With("request_id", q.id[0])
	}
	return s.Logger.With("request_id", q.id[0], "trace_id", q.span.SpanContext().TraceID().String())
}

// Warn writes a line about a write that may fail without failing the request. It is
// cheap, because there may be one for every landing just when the service has the
// least time.
func (s *Responder) Warn(c echo.Context, message string, what ...slog.Attr) {
	s.Line(c, slog.LevelWarn, message, what...)
}

// Line writes a line about this request, at less than half of what [Responder.Log] costs: it
// makes no logger, and does not look up the place in the code that called it, which our logs do
// not contain.
func (s *Responder) Line(c echo.Context, level slog.Level, message string, what ...slog.Attr) {
	ctx, h := c.Request().Context(), s.Logger.Handler()
	if !h.Enabled(ctx, level) {
		return
	}
	line := slog.NewRecord(time.Now(), level, message, 0)
	line.AddAttrs(slog.String("request_id", RequestID(c)))
	line.AddAttrs(what...)
	_ = h.Handle(ctx, line) // a log that cannot be written has nowhere to say so
}

// Page renders to a buffer before the status is written.
func (s *Responder) Page(c echo.Context, status int, p templates.Page) error {
	var html bytes.Buffer
	asked := s.locales(c)
	if err := s.Pages.Render(&html, s.Pages.Match(asked.Value, c.Request().Header.Get("Accept-Language")), asked, p); err != nil {
		return err
	}
	h := c.Response().Header()
	h.Add("Vary", "Accept-Language")
	if p.HasForm() {
		h.Set("Referrer-Policy", "same-origin") // on a no-referrer page Chromium sends Origin: null
		h.Set("Content-Security-Policy", templates.ContentSecurityPolicy+"; form-action "+s.formAction())
	}
	return c.HTMLBlob(status, html.Bytes())
}

// Redirect answers with a redirect. One to the login host keeps the languages that the person asked for.
func (s *Responder) Redirect(c echo.Context, status int, to string) error {
	return c.Redirect(status, s.locales(c).Keep(to))
}

// locales are the languages that the person asked for, and where they are kept.
func (s *Responder) locales(c echo.Context) templates.Locales {
	value := LocalesOf(c)
	if value == "" {
		return templates.Locales{}
	}
	return templates.Locales{Value: value, Origin: s.Site.Public.String()}
}

// formAction names every place that a form may lead to: the check is made on
// the redirects after a POST too (CSP level 3, 6.4.1).
func (s *Responder) formAction() string {
	sources := s.ourOrigins()
	for _, host := range s.Site.AllowedHosts {
		sources += " " + redirect.Origin{Scheme: s.Site.Public.Scheme, Host: host, Port: s.Site.Public.Port}.String()
	}
	return sources
}

// ourOrigins are the origins of organizations and of the app, as the sources of
// a Content-Security-Policy.
func (s *Responder) ourOrigins() string {
	return "'self' " + s.Site.OrganizationURL("*", "") + " " + s.Site.App.String()
}

// header is a line of an answer that never changes. Its value is never changed in
// place: Set and Add make another.
type header struct {
	name  string
	value []string
}

// bodyHeaders are those of every answer that a browser may show or follow.
var bodyHeaders = [...]header{
	{"Content-Security-Policy", []string{templates.ContentSecurityPolicy + "; form-action 'none'"}},
	{"Cross-Origin-Opener-Policy", []string{"same-origin"}},
	{"Cross-Origin-Resource-Policy", []string{"same-origin"}},
	{"Permissions-Policy", []string{"camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"}},
	{"Referrer-Policy", []string{"no-referrer"}},
	{"X-Content-Type-Options", []string{"nosniff"}},
	{"X-Frame-Options", []string{"DENY"}},
}

var hsts = header{"Strict-Transport-Security", []string{"max-age=31536000; includeSubDomains"}}

// WithBody sets the headers of an answer that a browser may show or follow.
func (s *Responder) WithBody(c echo.Context) {
	h := c.Response().Header()
	for i := range bodyHeaders {
		h[bodyHeaders[i].name] = bodyHeaders[i].value
	}
	// Not on an organization's host: a customer's own host policy is the
	// customer's. What a proxy passes on of forward's answer is read there too.
	if p := HostOf(c); s.Site.Public.Scheme == "https" && p != redirect.OrganizationHost && (p != redirect.ForeignHost || !isForAnyHost(c)) {
		h[hsts.name] = hsts.value
	}
}
