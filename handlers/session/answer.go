package session

import (
	"net/http"
	"strings"
	"time"
)

// SetCookies gives the browser a session that the store holds by now, and takes
// the place of whatever the answer said of these two cookies before. userID is
// the profile's UUID; anything else is the error.
func (k *Keeper) SetCookies(h http.Header, f Fresh, userID string) error {
	b, err := value{secret: f.secret, userID: userID, expiresAt: f.Row.ExpiresAt}.encode()
	if err != nil {
		return err
	}
	k.set(h, k.baseDomain, k.sessionName, k.sealer.Seal(b, k.sessionName), f.Row.ExpiresAt)
	k.set(h, "", k.browserName, f.browser, f.Row.ExpiresAt)
	return nil
}

// Clear takes both cookies from the browser: for a session that was ended. It
// takes the place of whatever the answer said of them before.
func (k *Keeper) Clear(h http.Header) {
	put(h, expired(k.sessionName, place{k.baseDomain, "/"}))
	put(h, expired(k.sessionName, place{"", "/"}))
	put(h, expired(k.browserName, place{"", "/"}))
}

// Expire takes from the browser what arrived beside the session that counts, in
// every place it may have been drawn from; the package comment says which. What
// [Keeper.SetCookies] and [Keeper.Clear] said in the same answer stands, before
// or after. It does nothing where nothing is to be done, so every page of the
// login host may call it. Never for HEAD or a prefetch.
func (k *Keeper) Expire(h http.Header, f Found) {
	if f.Values == 0 || f.Session != nil && !f.Stale {
		return
	}
	ours := place{k.baseDomain, "/"}
	switch {
	case find(h, k.sessionName, ours) >= 0: // a login or a logout in the same answer
	case f.genuine != "":
		k.set(h, k.baseDomain, k.sessionName, f.genuine, f.Session.ExpiresAt)
	case f.allDead:
		put(h, expired(k.sessionName, ours))
	}
	for _, p := range places(f.host, f.path, k.baseDomain) {
		// Host and path are the request's: what cannot stand in an attribute is
		// no place of a cookie.
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

func expired(name string, p place) *http.Cookie {
	return &http.Cookie{
		Name: name, Path: p.path, Domain: p.domain, MaxAge: -1,
		Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}

// put sets a cookie in the place of what the answer said of it before: two lines
// for one place would leave the outcome to the browser (RFC 6265 section 4.1.1).
func put(h http.Header, c *http.Cookie) {
	if i := find(h, c.Name, place{c.Domain, c.Path}); i >= 0 {
		h["Set-Cookie"][i] = c.String()
		return
	}
	h.Add("Set-Cookie", c.String())
}

func find(h http.Header, name string, p place) int {
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
