package handlers

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"orglogin/handlers/token"
	"orglogin/store"
	"orglogin/templates"
)

// identityHeaders are set on every 200, empty where there is nothing, so that a
// client's own copy never passes the proxy.
var identityHeaders = []string{
	"Remote-User", "X-Auth-Request-User", "Remote-Email", "X-Auth-Request-Email", "Remote-Name",
	"Remote-Groups", "X-Auth-Request-Groups", "X-Org-Id", "X-Org-Slug", "X-Org-Role", "X-Session-Id", "Authorization",
}

// degradedHeader marks an answer from what was last known while the store is away.
const degradedHeader = "X-Auth-Degraded"

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
	who     store.Standing
	session *store.Session
	place   *store.Membership // nil on the host of the app
	reason  store.Reason
	cause   error
}

// verify is /auth/verify, for proxies that want only a status.
func (s *Server) verify(c echo.Context) error {
	v := s.weigh(c, false)
	s.metrics.verify.WithLabelValues(v.result).Inc()
	switch v.result {
	case verifyOK, verifyDegraded:
		return s.identify(c, v)
	case verifyNobody:
		login := s.loginURL(v.asked)
		c.Response().Header().Set("Location", login)
		return &problem{status: http.StatusUnauthorized, login: login, quiet: true}
	case verifyUnanswered:
		return away(v.cause)
	}
	return &problem{status: http.StatusForbidden, reason: v.reason, cause: v.cause}
}

// forward is /auth/forward, for proxies that pass the answer on to the browser.
func (s *Server) forward(c echo.Context) error {
	v := s.weigh(c, true)
	s.metrics.verify.WithLabelValues(v.result).Inc()
	switch v.result {
	case verifyOK, verifyDegraded:
		return s.identify(c, v)
	case verifyNobody:
		return s.sendToLogin(c, v)
	case verifyUnanswered:
		return away(v.cause)
	}
	p := &problem{status: http.StatusForbidden, reason: v.reason, cause: v.cause}
	switch v.reason {
	case store.UnknownOrganization:
		p.status = http.StatusNotFound
	case store.NotAMember:
		p.page = s.notAMember(c, v)
	}
	return p
}

// sendToLogin redirects a person and answers a program.
func (s *Server) sendToLogin(c echo.Context, v verdict) error {
	login := s.loginURL(v.asked)
	if !isNavigation(c.Request().Header) {
		c.Set(jsonKey, true)
		return &problem{status: http.StatusUnauthorized, login: login, quiet: true}
	}
	status := http.StatusSeeOther
	if v.asked.method == http.MethodGet || v.asked.method == http.MethodHead {
		status = http.StatusFound
	}
	return c.Redirect(status, login)
}

func (s *Server) notAMember(c echo.Context, v verdict) templates.Refusal {
	in := intent{Redirect: []string{s.Site.Public.Scheme + "://" + v.asked.host + v.asked.uri}}
	page := templates.NotAMember{
		Account: accountOf(v.who), Organizations: s.choicesAt(s.Site.Public.String(), v.who, ""),
		SwitchURL:  s.Site.Public.String() + in.switched().path("/login"),
		ChooserURL: s.Site.ChooserURL(""), RequestID: requestID(c),
	}
	if v.place != nil {
		page.Organization = v.place.Organization.Name
	}
	return page
}

// weigh asks, in this order: may this peer ask, whose host is it, who is this,
// and do they belong there.
func (s *Server) weigh(c echo.Context, forward bool) verdict {
	a, ok := s.askedFor(c, forward)
	if !ok {
		return verdict{result: verifyUntrusted, reason: store.Host}
	}
	v := verdict{asked: a}
	ctx := c.Request().Context()
	p, label := where(s.Site, a.host)
	if !s.ownPort(a.host) {
		p = foreign
	}
	var org store.Organization
	switch p {
	case organization:
		if _, valid := s.Site.SlugOfHost(label + "." + s.Site.BaseDomain); !valid {
			return v.not(verifyNotHere, store.UnknownOrganization)
		}
		var err error
		if org, err = s.Store.OrganizationBySlug(ctx, label); errors.Is(err, store.ErrNotFound) {
			return v.not(verifyNotHere, store.UnknownOrganization)
		} else if err != nil {
			return v.unanswered(err)
		}
		if org.Slug != label { // a renamed organization's old host is nobody's place
			return v.not(verifyNotHere, store.UnknownOrganization)
		}
	case appHost:
	default:
		return v.not(verifyNotHere, store.UnknownOrganization)
	}
	live, err := s.elsewhere(c)
	if err != nil {
		return v.unanswered(err)
	}
	if live == nil {
		return v.not(verifyNobody, "")
	}
	v.session = live
	v.who, err = s.Store.Standing(ctx, store.Question{UserID: live.UserID})
	switch {
	case errors.Is(err, store.ErrNotFound):
		return v.not(verifyNobody, "")
	case err != nil:
		return v.unanswered(err)
	case v.who.Profile.Disabled:
		return v.not(verifyNotHere, store.DisabledUser)
	}
	if p == organization {
		m, member := v.who.Membership(org.ID)
		m.Organization = org
		v.place = &m
		switch {
		case !member:
			return v.not(verifyNotHere, store.NotAMember)
		case org.Status != store.Verified:
			return v.not(verifyNotHere, store.SubdomainNotVerified)
		}
	}
	s.touch(c, v.session)
	v.result = verifyOK
	if v.session.Degraded || v.who.Degraded {
		v.result = verifyDegraded
	}
	return v
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
func (s *Server) ownPort(host string) bool {
	o := s.Site.Public
	o.Host = hostname(host)
	return store.LowerASCII(host) == o.HostPort() || store.LowerASCII(host) == o.Host+":"+defaultPort(o.Scheme) && o.Port == "" ||
		store.LowerASCII(host) == o.Host // a proxy that leaves the port out
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
	bearer := ""
	if v.place != nil {
		claims.OrganizationID = v.place.Organization.ID
		claims.OrganizationSlug = v.place.Organization.Slug
		claims.OrganizationRole = v.place.Role
		signed, err := s.Tokens.Sign(claims)
		if err != nil {
			return away(err)
		}
		bearer = "Bearer " + signed
	}
	for i, value := range [...]string{
		p.ID, p.ID, p.Email, p.Email, printable(p.Name),
		printable(claims.OrganizationRole), printable(claims.OrganizationRole),
		claims.OrganizationID, claims.OrganizationSlug, printable(claims.OrganizationRole), v.session.ID, bearer,
	} {
		h.Set(identityHeaders[i], value)
	}
	if v.result == verifyDegraded {
		h.Set(degradedHeader, "store")
	}
	c.Set(quietKey, true)
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
