// Package signin is one login with a provider: start it, finish it, and trust
// nothing that the browser or the provider sent in between. A [Registry] holds the
// provider of every connection.
//
// A [Provider] speaks the authorization code flow of OpenID Connect Core 1.0
// section 3.1 with PKCE (RFC 7636). It keeps nothing of any one login: what a
// login needs to remember is a [Flow], which the caller seals into a cookie of
// the browser that began it.
//
//	NewFlow → AuthURL → the browser goes and comes back → ParseAnswer → Finish
//
// The ID token is checked in three steps, one after the other. Header and claims
// are read: encoding/json accepts a member name that comes twice, so documents of
// the provider go through a stricter reader, readObject. go-oidc verifies
// algorithm, signature, issuer and audience, with a key set of this package that
// bounds how often keys are fetched. Then the claims are checked for what go-oidc
// leaves to its caller: one audience alone, azp, nonce, at_hash, and times with a
// leeway for clocks that differ.
//
// Where the ID token lacks the address or its verification, UserInfo is asked, if the
// connection wants it. What verifies an address is a setting of the connection.
//
// x/oauth2 makes the verifier, the challenge and the authorization URL. Its code
// exchange is not used: it accepts any 2xx and form-encoded answers and finds out
// by trying how to authenticate.
//
// The provider's metadata and keys are fetched when first needed, kept, and
// renewed in the background; the service starts while the provider is
// unreachable. A provider that an organization named is reached through a guard, which
// checks its URLs and every address that is dialed. A code is redeemed at most once: no layer under Finish retries.
package signin
