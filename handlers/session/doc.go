// Package session knows who a browser is: the cookie of the parent domain, the
// cookie that binds it to this browser, and the server's row behind both.
//
// # Two cookies
//
// __Secure-session has Domain=BASE_DOMAIN, because every organization's host
// must see it. It is sealed and holds the secret (128 bits, of which the row
// has the SHA-256), the profile and the absolute end. A cookie with a Domain
// can be written by every host under that domain: it proves that we wrote it
// once, for somebody. It does not prove that this browser got it from us.
//
// __Host-browser has no Domain, so only the login host can write it. It is 128
// random bits, new with every session, and the row has their SHA-256. On the
// login host a session counts only together with it.
//
// Both live until the absolute end of the session. The idle end is on the row
// alone: proxies drop the Set-Cookie of a sub-request, so it could not slide.
//
// # What a value is
//
// The Cookie header does not tell which host wrote a cookie, nor for which
// path. Of the values that arrive under the name of the session, each is
//
//   - dead: not sealed by us, for another purpose or under another name; past
//     its end; its row ended, idle too long or unknown;
//   - live: its row may still be used;
//   - bound: live, and its row has the hash of the browser cookie that came.
//
// On the login host the bound one is the session; there is one at most, since
// the browser cookie is new with every session. A live one that is not bound
// logs nobody in, and it is neither used nor ended: it was planted by a
// sibling host, or somebody deleted one cookie of two. Elsewhere __Host-browser
// does not arrive, so the live one is the session, and two that belong to
// different people are none: which of them is genuine cannot be told there.
//
// Two browser cookies at once are none. A browser holds one cookie for a host,
// a name and a path, and the prefix fixes all three, so a second one came
// through a browser that let a sibling write it (a cookie without a name whose
// value looks like one with, which RFC 6265bis forbids and old browsers send).
// Trying both would let the planted pair in.
//
// # What is expired
//
// Our own session cookie is always at Domain=BASE_DOMAIN and Path=/. Everywhere
// else a cookie of the name can be, it was planted. So, when anything arrived
// beside the one genuine value, every other place that this request could have
// drawn it from is expired: each path above that of the request, host-only, and
// each domain from the host up to the registrable one. The place of our own is
//
//   - written again with the genuine value, where there is a bound one;
//   - expired, where all that arrived is dead;
//   - left alone otherwise: a live session is never taken from a browser
//     because of what else arrived.
//
// Logging in writes that place anew, which repairs whatever was planted there.
// When the store did not answer nothing is known to be dead, nothing is expired,
// and the caller answers 503.
package session
