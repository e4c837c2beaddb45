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
	"orglogin/redirect/access"
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
	place   store.Membership // zero on the host of the app
	moved   string           // where a renamed organization has the page now
	reason  store.Reason
	cause   error
}

// verify is /auth/verify, for proxies that want only a status.
func (s *Server) verify(c echo.Context) error {
	v := s.authorize(c, false)
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
	v := s.authorize(c, true)
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
	s.Logger.LogAttrs(c.Request().Context(), slog.LevelInfo, "verify denied",
		slog.String("request_id", requestID(c)),
		slog.String("result", v.result),
		slog.String("reason", string(v.reason)),
		slog.String("user_id", v.who.Profile.ID),
		slog.String("organization_id", v.place.Organization.ID),
		slog.String("client", clientOf(c)))
}

func (s *Server) notAMember(c echo.Context, v verdict) templates.Refusal {
	in := intent{Redirect: []string{s.pageURL(v.asked)}}
	return templates.NotAMember{
		Account: accountOf(v.who), Organizations: s.choicesAt(s.Site.Public.String(), v.who, ""),
		Organization: s.publicName(v.place.Organization),
		SwitchURL:    s.Site.Public.String() + in.otherAccount().path("/login"),
		ChooserURL:   s.Site.ChooserURL(""), RequestID: requestID(c),
	}
}

// authorize decides one question of a proxy: may this peer ask, what does it ask
// about, what is known of that, and may the session be used there.
func (s *Server) authorize(c echo.Context, forward bool) verdict {
	a, ok := s.askedFor(c, forward)
	if !ok {
		return verdict{result: verifyUntrusted, reason: store.Host}
	}
	v := verdict{asked: a}
	if path := rawPath(c.Request()); path != verifyPath && path != forwardPath && namesPage(c.Request().Header) {
		return v.not(verifyUntrusted, "") // a header names the page, so the path must not: it came from outside
	}
	host, ok := s.hostAsked(a)
	if !ok {
		return v.not(verifyNotHere, store.UnknownOrganization)
	}
	var err error
	if v.session, v.who, err = s.readAccess(c, &host); err != nil {
		v.result, v.reason, v.cause = verifyUnanswered, store.LookupFailed, err
		return v
	}
	d := access.Decide(host, v.session, v.who)
	v.place = d.Membership
	switch d.Reason {
	case store.OK:
		s.touch(c, v.session)
		v.result = verifyOK
		if v.session.Degraded || v.who.Degraded {
			v.result = verifyDegraded
		}
		return v
	case access.NoSession:
		return v.not(verifyNobody, "")
	case store.UnknownOrganization:
		if to := host.Organization.Slug; to != "" {
			v.moved = s.movedURL(v.asked, to, c.Request().Header)
		}
		v.place = store.Membership{}
	}
	return v.not(verifyNotHere, d.Reason)
}

// hostAsked is the host of the page asked for; ok is false for one that is not
// ours or that no organization can have.
func (s *Server) hostAsked(a asked) (host access.Host, ok bool) {
	if !s.ownPort(a) {
		return host, false
	}
	switch kind, label := s.Site.HostOf(a.name); kind {
	case redirect.AppHost:
		return host, true
	case redirect.OrganizationHost:
		return access.Host{Slug: label}, store.ValidSlug(label)
	}
	return host, false
}

// readAccess reads what the decision needs: the organization of the host, the
// session, and the person's snapshot. While the store does not answer, the last
// known snapshot has the organization too, so that a failed lookup of the
// organization alone decides nothing yet.
func (s *Server) readAccess(c echo.Context, host *access.Host) (*store.Session, store.AccessSnapshot, error) {
	ctx := &patience{Context: c.Request().Context(), limit: s.VerifyWait}
	defer ctx.end()
	var none store.AccessSnapshot
	var q store.AccessQuery
	var failed error // the lookup of the organization
	if host.Slug != "" {
		host.Organization, failed = s.Store.OrganizationBySlug(ctx, host.Slug)
		if errors.Is(failed, store.ErrNotFound) {
			return nil, none, nil // the decision needs no more
		}
		q.Slugs = []string{host.Slug}
	}
	found, err := s.Sessions.Read(ctx, c.Request(), session.Elsewhere)
	if err != nil {
		return nil, none, err
	}
	if found.Session == nil {
		return nil, none, failed
	}
	q.UserID = found.Session.UserID
	snapshot, err := s.Store.AccessSnapshot(ctx, q)
	if errors.Is(err, store.ErrNotFound) { // the profile was deleted, and its sessions with it
		return nil, none, failed
	}
	if err != nil {
		return nil, none, err
	}
	if host.Slug != "" {
		host.Organization, _ = snapshot.OrganizationBySlug(host.Slug)
	}
	return found.Session, snapshot, nil
}

func (v verdict) not(result string, reason store.Reason) verdict {
	v.result, v.reason = result, reason
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
	if v.place.Organization.ID != "" {
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
