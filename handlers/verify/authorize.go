package verify

import (
	"errors"
	"strings"

	"github.com/labstack/echo/v4"

	"orglogin/handlers/session"
	"orglogin/handlers/web"
	"orglogin/redirect"
	"orglogin/redirect/access"
	"orglogin/store"
)

// authorize decides one request of a proxy: whether this peer may ask, which page it
// asks about, and whether the session may be used on the host of that page.
func (s *Handler) authorize(c echo.Context, forward bool) verdict {
	a, ok := s.askedFor(c, forward)
	if !ok {
		return verdict{result: resultUntrusted, reason: store.Host}
	}
	v := verdict{asked: a}
	if path := web.RawPath(c.Request()); path != verifyPath && path != forwardPath && namesPage(c.Request().Header) {
		return v.not(resultUntrusted, "") // a header names the page, so the path must not: it came from outside
	}
	host, ok := s.hostAsked(a)
	if !ok {
		return v.not(resultForbidden, store.UnknownOrganization)
	}
	var err error
	if v.session, v.who, err = s.readAccess(c, &host); err != nil {
		v.result, v.reason, v.cause = resultFailed, store.LookupFailed, err
		return v
	}
	d := access.Decide(host, v.session, v.who)
	v.place, v.opened, v.who.Profile = d.Membership, d.Connection, d.Profile
	switch d.Reason {
	case store.OK:
		s.Sessions.Used(c, v.session)
		v.result = resultOK
		if v.session.Degraded || v.who.Degraded {
			v.result = resultDegraded
		}
		return v
	case access.NoSession, store.SSORequiredReason:
		return v.not(resultUnauthenticated, d.Reason)
	case store.UnknownOrganization:
		if to := host.Organization.Slug; to != "" {
			v.moved = s.movedURL(v.asked, to, c.Request().Header)
		}
		v.place = store.Membership{}
	}
	return v.not(resultForbidden, d.Reason)
}

// hostAsked is the host of the page asked for; ok is false for one that is not
// ours or that no organization can have.
func (s *Handler) hostAsked(a asked) (host access.Host, ok bool) {
	if !s.ownPort(a) {
		return host, false
	}
	switch kind, label := s.Site.HostOf(a.name); kind {
	case redirect.AppHost:
		return access.Host{App: true}, true
	case redirect.OrganizationHost:
		return access.Host{Slug: label}, store.ValidSlug(label)
	}
	return host, false
}

// readAccess reads what the decision needs: the organization of the host, the
// session, and the person's snapshot. While the store does not answer, the last
// known snapshot has the organization too, so that a failed lookup of the
// organization alone decides nothing yet.
func (s *Handler) readAccess(c echo.Context, host *access.Host) (*store.Session, store.AccessSnapshot, error) {
	ctx := web.NewTimeout(c.Request().Context(), s.Wait)
	defer ctx.Cancel()
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
// origin, which is not ours to protect.
func (s *Handler) ownPort(a asked) bool {
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
