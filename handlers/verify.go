package handlers

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"orglogin/handlers/session"
	"orglogin/handlers/token"
	"orglogin/redirect"
	"orglogin/store"
	"orglogin/templates"
)

// The paths that proxies ask.
const (
	verifyPath  = "/auth/verify"
	forwardPath = "/auth/forward"
)

func isProxied(path string) bool {
	if len(path) < len(verifyPath) || path[:6] != "/auth/" { // nearly every other path
		return false
	}
	return path == verifyPath || path == forwardPath || strings.HasPrefix(path, forwardPath+"/")
}

// proxied answers what proxies ask, in any method, which the router cannot do.
func (s *Server) proxied(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		switch path := rawPath(c.Request()); {
		case !isProxied(path):
			return next(c)
		case path == verifyPath:
			c.SetPath(verifyPath)
			return s.verify(c)
		}
		c.SetPath(forwardPath)
		return s.forward(c)
	}
}

// verifyWait bounds the lookups of one answer: a proxy holds a request of
// somebody's app meanwhile.
const verifyWait = time.Second

// identityHeaders are set on every 200, empty where there is nothing, so that a
// client's own copy never passes the proxy. In the canonical spelling. The last
// one marks an answer from what was last known while the store is away.
var identityHeaders = [...]string{
	"Remote-User", "X-Auth-Request-User", "Remote-Email", "X-Auth-Request-Email", "Remote-Name",
	"Remote-Groups", "X-Auth-Request-Groups", "X-Org-Id", "X-Org-Slug", "X-Org-Role", "X-Session-Id", "Authorization",
	"X-Auth-Degraded",
}

// Results of verify, in the metric.
const (
	verifyOK         = "ok"
	verifyDegraded   = "degraded"
	verifyNobody     = "unauthenticated"
	verifyUntrusted  = "untrusted"
	verifyNotHere    = "forbidden"
	verifyUnanswered = "failed"
)

// verdict is what verify and forward come to: the same, told in two ways.
type verdict struct {
	result  string
	asked   asked
	who     store.AccessSnapshot
	session *store.Session
	place   *store.Membership // nil on the host of the app
	moved   string            // where a renamed organization has the page now
	reason  store.Reason
	cause   error
}

// verify is /auth/verify, for proxies that want only a status.
func (s *Server) verify(c echo.Context) error {
	v := s.weigh(c, false)
	s.metrics.verify[v.result].Inc()
	switch v.result {
	case verifyOK, verifyDegraded:
		return s.identify(c, v)
	case verifyNobody:
		login := s.loginURL(v.asked)
		c.Response().Header()["Location"] = []string{login}
		return &problem{status: http.StatusUnauthorized, login: login, quiet: true, bare: true}
	case verifyUnanswered:
		return away(v.cause)
	}
	s.denied(c, v)
	return &problem{status: http.StatusForbidden, reason: v.reason, bare: true}
}

// forward is /auth/forward, for proxies that pass the answer on to the browser.
func (s *Server) forward(c echo.Context) error {
	v := s.weigh(c, true)
	s.metrics.verify[v.result].Inc()
	switch v.result {
	case verifyOK, verifyDegraded:
		return s.identify(c, v)
	case verifyNobody:
		return s.sendToLogin(c, v)
	case verifyUnanswered:
		return away(v.cause)
	}
	if v.moved != "" {
		s.withBody(c)
		return c.Redirect(http.StatusFound, v.moved)
	}
	s.denied(c, v)
	p := &problem{status: http.StatusForbidden, reason: v.reason}
	switch v.reason {
	case "": // a header names the page, and the path has more than /auth/forward
		p.status = http.StatusNotFound
	case store.UnknownOrganization:
		p.status = http.StatusNotFound
	case store.NotAMember:
		p.page = s.notAMember(c, v)
	}
	return p
}

// sendToLogin redirects a navigation of the whole window, and answers 401 to a
// frame, with a page that the frame can show, and to a program.
func (s *Server) sendToLogin(c echo.Context, v verdict) error {
	login := s.loginURL(v.asked)
	p := &problem{status: http.StatusUnauthorized, login: login, quiet: true}
	switch destinationOf(c.Request().Header) {
	case wholeWindow:
		visitOf(c).quiet = true
		s.withBody(c)
		return c.Redirect(seeOther(v.asked.method), login)
	case frame:
		p.page, p.frameable = templates.SignInFromFrame{LoginURL: login, RequestID: requestID(c)}, true
	default:
		p.json = true
	}
	return p
}

// denied is the audit line of a person or a proxy that was turned away.
func (s *Server) denied(c echo.Context, v verdict) {
	organizationID := ""
	if v.place != nil {
		organizationID = v.place.Organization.ID
	}
	s.Logger.LogAttrs(c.Request().Context(), slog.LevelInfo, "verify denied",
		slog.String("request_id", requestID(c)),
		slog.String("result", v.result),
		slog.String("reason", string(v.reason)),
		slog.String("user_id", v.who.Profile.ID),
		slog.String("organization_id", organizationID),
		slog.String("client", clientOf(c)))
}

func (s *Server) notAMember(c echo.Context, v verdict) templates.Refusal {
	in := intent{Redirect: []string{s.pageURL(v.asked)}}
	page := templates.NotAMember{
		Account: accountOf(v.who), Organizations: s.choicesAt(s.Site.Public.String(), v.who, ""),
		SwitchURL:  s.Site.Public.String() + in.otherAccount().path("/login"),
		ChooserURL: s.Site.ChooserURL(""), RequestID: requestID(c),
	}
	if v.place != nil {
		page.Organization = s.publicName(v.place.Organization)
	}
	return page
}

// weigh asks, in this order: may this peer ask, whose host is it, who is this,
// and do they belong there. While the store is away the place is known of the
// person, too, so that a lookup of the place that failed decides nothing yet.
func (s *Server) weigh(c echo.Context, forward bool) verdict {
	a, ok := s.askedFor(c, forward)
	if !ok {
		return verdict{result: verifyUntrusted, reason: store.Host}
	}
	v := verdict{asked: a}
	if path := rawPath(c.Request()); path != verifyPath && path != forwardPath && namesPage(c.Request().Header) {
		return v.not(verifyUntrusted, "") // a header names the page, so the path must not: it came from outside
	}
	ctx := &patience{Context: c.Request().Context(), limit: s.VerifyWait}
	defer ctx.end()
	p, label := s.Site.HostOf(a.name)
	if !s.ownPort(a) {
		p = redirect.ForeignHost
	}
	var q store.AccessQuery
	var failed error // the lookup of the place
	var current store.Organization
	switch p {
	case redirect.OrganizationHost:
		if _, valid := s.Site.SlugOfHost(a.name); !valid {
			return v.not(verifyNotHere, store.UnknownOrganization)
		}
		org, err := s.Store.OrganizationBySlug(ctx, label)
		switch {
		case errors.Is(err, store.ErrNotFound):
			return s.notThere(c, v, org)
		case err != nil:
			failed = err
		}
		current = org
		q.Slugs = []string{label}
	case redirect.AppHost:
	default:
		return v.not(verifyNotHere, store.UnknownOrganization)
	}
	found, err := s.Sessions.Read(ctx, c.Request(), session.Elsewhere)
	if err == nil && found.Session != nil {
		v.session, q.UserID = found.Session, found.Session.UserID
		v.who, err = s.Store.AccessSnapshot(ctx, q)
	}
	switch {
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return v.unanswered(err)
	case failed != nil && (err != nil || v.session == nil):
		return v.unanswered(failed)
	case err != nil, v.session == nil:
		if p == redirect.OrganizationHost && current.Slug != label {
			return s.notThere(c, v, current)
		}
		return v.not(verifyNobody, "")
	}
	member := true
	if p == redirect.OrganizationHost {
		org, known := v.who.OrganizationBySlug(label)
		if !known || org.Slug != label {
			return s.notThere(c, v, org)
		}
		var m store.Membership
		m, member = v.who.Membership(org.ID)
		v.place = &store.Membership{Organization: org, Role: m.Role}
	}
	switch {
	case v.who.Profile.Disabled:
		return v.not(verifyNotHere, store.DisabledUser)
	case !member:
		return v.not(verifyNotHere, store.NotAMember)
	case v.place != nil && v.place.Organization.Status != store.Verified:
		return v.not(verifyNotHere, store.SubdomainNotVerified)
	}
	s.touch(c, v.session)
	v.result = verifyOK
	if v.session.Degraded || v.who.Degraded {
		v.result = verifyDegraded
	}
	return v
}

// notThere is the verdict on a host that is no organization's, or the old one of
// a renamed organization: nobody's place.
func (s *Server) notThere(c echo.Context, v verdict, renamed store.Organization) verdict {
	if renamed.Slug != "" {
		v.moved = s.movedURL(v.asked, renamed.Slug, c.Request().Header)
	}
	return v.not(verifyNotHere, store.UnknownOrganization)
}

func (v verdict) not(result string, reason store.Reason) verdict {
	v.result, v.reason = result, reason
	return v
}

func (v verdict) unanswered(err error) verdict {
	v.result, v.reason, v.cause = verifyUnanswered, store.LookupFailed, err
	return v
}

// ownPort reports whether the asked-for port is ours: another one is another
// origin, which nobody has given us to guard.
func (s *Server) ownPort(a asked) bool {
	port, given := strings.CutPrefix(a.host[len(a.name):], ":")
	public := s.Site.Public
	if !given {
		return true // a proxy that leaves the port out
	}
	return port == public.Port || public.Port == "" && port == defaultPort(public.Scheme)
}

func defaultPort(scheme string) string {
	if scheme == "https" {
		return "443"
	}
	return "80"
}

// identify is the 200: who came, and for which organization.
func (s *Server) identify(c echo.Context, v verdict) error {
	h := c.Response().Header()
	p := v.who.Profile
	claims := token.Claims{UserID: p.ID, Email: p.Email, SessionID: v.session.ID}
	authorization := ""
	if v.place != nil {
		claims.OrganizationID = v.place.Organization.ID
		claims.OrganizationSlug = v.place.Organization.Slug
		claims.OrganizationRole = v.place.Role
		var err error
		if authorization, err = s.Tokens.Authorization(claims); err != nil {
			return away(err)
		}
	}
	degraded := ""
	if v.result == verifyDegraded {
		degraded = "store"
	}
	values := [...]string{
		p.ID, p.ID, p.Email, p.Email, store.CleanName(p.Name),
		printable(claims.OrganizationRole), printable(claims.OrganizationRole),
		claims.OrganizationID, claims.OrganizationSlug, printable(claims.OrganizationRole), v.session.ID, authorization,
		degraded,
	}
	all := values[:]
	for i, name := range &identityHeaders {
		h[name] = all[i : i+1 : i+1]
	}
	visitOf(c).quiet = true
	return c.NoContent(http.StatusOK)
}

// printable leaves out what no header value may hold (RFC 9110 5.5).
func printable(s string) string {
	for i := range len(s) {
		if s[i] < ' ' || s[i] == 0x7f {
			b := make([]byte, 0, len(s))
			for j := range len(s) {
				if s[j] >= ' ' && s[j] != 0x7f {
					b = append(b, s[j])
				}
			}
			return string(b)
		}
	}
	return s
}
