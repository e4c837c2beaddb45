// Package signin is one login with the provider: start it, finish it, and trust
// nothing that the browser or the provider sent in between.
//
// A [Provider] speaks the authorization code flow of OpenID Connect Core 1.0
// section 3.1 with PKCE (RFC 7636). It keeps nothing of any one login: what a
// login needs to remember is a [Flow], which the caller seals into a cookie of
// the browser that began it.
//
//	NewFlow → AuthURL → the browser goes and comes back → ParseAnswer → Finish
//
// The ID token is checked in one pass: form and header, signature, claims, each
// claim read once. encoding/json accepts a member name that comes twice, so
// documents of the provider go through a stricter reader, readObject. go-jose
// verifies signatures. x/oauth2 makes the verifier, the challenge and the
// authorization URL. Not used are go-oidc's verifier, which accepts one audience
// among several and allows no difference of clocks, and the code exchange of
// x/oauth2, which accepts any 2xx and form-encoded answers and finds out by
// trying how to authenticate.
//
// The provider's metadata and keys are fetched when first needed, kept, and
// renewed in the background; the service starts while the provider is
// unreachable. A code is redeemed at most once: no layer under Finish retries.
package signin
