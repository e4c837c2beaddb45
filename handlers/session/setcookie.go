package session

import (
	"net/http"
	"strings"
	"time"
)

// SetCookies sets both cookies for a session that is stored, replacing what the
// response set for them before. userID must be the profile's UUID; otherwise it
// is an error.
func (k *Keeper) SetCookies(h http.Header, f Fresh, userID string) error {
	b, err := cookieValue{secret: f.secret, userID: userID, expiresAt: f.Row.ExpiresAt}.encode()
	if err != nil {
		return err
	}
	k.set(h, k.baseDomain, k.sessionName, k.sealer.Seal(b, k.sessionName), f.Row.ExpiresAt)
	k.set(h, "", k.browserName, f.browser, f.Row.ExpiresAt)
	return nil
}

// Clear removes both cookies after a session was ended, replacing what the response
// set for them before.
func (k *Keeper) Clear(h http.Header) {
	put(h, expired(k.sessionName, cookieScope{k.baseDomain, "/"}))
	put(h, expired(k.sessionName, cookieScope{"", "/"}))
	put(h, expired(k.browserName, cookieScope{"", "/"}))
}

// Expire removes the session cookies that arrived beside the valid one, in every
// scope that they may have; see the package comment. What [Keeper.SetCookies] and
// [Keeper.Clear] set in the same response wins, before or after. Without such
// cookies it does nothing, so every page of the login host may call it. It is not
// for HEAD or a prefetch.
func (k *Keeper) Expire(h http.Header, f Found) {
	if f.Values == 0 || f.Session != nil && !f.Stale {
		return
	}
	ours := cookieScope{k.baseDomain, "/"}
	switch {
	case find(h, k.sessionName, ours) >= 0: // a login or a logout in the same answer
	case f.genuine != "":
		k.set(h, k.baseDomain, k.sessionName, f.genuine, f.Session.ExpiresAt)
	case f.allDead:
		put(h, expired(k.sessionName, ours))
	}
	for _, p := range cookieScopes(f.host, f.path, k.baseDomain) {
		// Host and path are the request's: no cookie has a scope that is not a
		// valid attribute.
		if c := expired(k.sessionName, p); p != ours && c.Valid() == nil {
			put(h, c)
		}
	}
}

func (k *Keeper) set(h http.Header, domain, name, v string, expires time.Time) {
	put(h, &http.Cookie{
		Name: name, Value: v, Path: "/", Domain: domain,
		Expires: expires, MaxAge: int(expires.Sub(k.now()) / time.Second),
		Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

func expired(name string, p cookieScope) *http.Cookie {
	return &http.Cookie{
		Name: name, Path: p.path, Domain: p.domain, MaxAge: -1,
		Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}

// put sets a cookie and replaces an earlier line for the same name and scope: with
// two lines the result would depend on the browser (RFC 6265 section 4.1.1).
func put(h http.Header, c *http.Cookie) {
	if i := find(h, c.Name, cookieScope{c.Domain, c.Path}); i >= 0 {
		h["Set-Cookie"][i] = c.String()
		return
	}
	h.Add("Set-Cookie", c.String())
}

func find(h http.Header, name string, p cookieScope) int {
	for i, line := range h["Set-Cookie"] {
		if !strings.HasPrefix(line, name+"=") {
			continue
		}
		if c, err := http.ParseSetCookie(line); err == nil && c.Domain == p.domain && c.Path == p.path {
			return i
		}
	}
	return -1
}
