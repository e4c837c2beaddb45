// Package session finds the session of a browser: by the cookie of the parent
// domain, the cookie that binds it to this browser, and the server's row.
//
// # Two cookies
//
// __Secure-session has Domain=BASE_DOMAIN, because the host of every organization
// needs it. It is sealed and contains the secret (128 bits, of which the row has
// the SHA-256), the profile and the absolute end. A cookie with a Domain can be
// written by every host under that domain: it proves that this service once made
// it, for some browser, not that this browser received it from this service.
//
// __Host-browser has no Domain, so only the login host can write it. It is 128
// random bits, new with every session, and the row has their SHA-256. On the
// login host a session counts only together with it.
//
// Both live until the absolute end of the session. The idle end is in the row
// alone: proxies drop the Set-Cookie of a sub-request, so a cookie could not
// follow it.
//
// # What a value is
//
// The Cookie header does not say which host wrote a cookie, nor for which path.
// Each value that arrives under the name of the session is
//
//   - dead: not sealed by this service, for another purpose or under another name;
//     expired; its row ended, idle too long or unknown;
//   - live: its row may still be used;
//   - bound: live, and its row has the hash of the browser cookie that arrived.
//
// On the login host the bound one is the session; there is at most one, since the
// browser cookie is new with every session. A live value that is not bound signs
// in no one, and it is neither used nor ended: another host set it, or one cookie
// of the two was deleted. On other hosts __Host-browser does not arrive, so the
// live one is the session, and two of different people count as none: nothing
// there shows which of them is genuine.
//
// Two browser cookies at once count as none. A browser keeps one cookie for a
// host, a name and a path, and the prefix fixes all three, so a second one came
// through a browser that let another host write it (a cookie without a name whose
// value looks like one with a name, which RFC 6265bis forbids and old browsers
// send). Trying both would accept the other host's pair.
//
// # What is expired
//
// This service sets its session cookie at Domain=BASE_DOMAIN and Path=/ alone. In
// any other scope another host set it. So, when a value arrived beside the genuine
// one, every other scope that a cookie of this request can have is expired: each
// path above that of the request, host-only, and each domain from the host up to
// the registrable one. The cookie at the service's own scope is
//
//   - written again with the genuine value, where there is a bound one;
//   - expired, where all values that arrived are dead;
//   - left as it is otherwise: other values never remove a live session.
//
// A login writes that scope again, which repairs it. When the store did not
// answer, no value is known to be dead, none is expired, and the caller answers
// 503.
package session
