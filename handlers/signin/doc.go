// Package signin is one login with the provider: start it, finish it, trust
// nothing between.
//
// A [Provider] speaks the authorization code flow of OpenID Connect Core 1.0
// section 3.1 with PKCE (RFC 7636). It holds nothing of any one login: what a
// login needs to remember is a [Flow], which the caller keeps sealed in the
// browser that began it.
//
//	NewFlow → AuthURL → the browser goes and comes back → ParseAnswer → Finish
//
// What comes back is judged by this package before any library reads it.
// encoding/json folds the case of member names and takes the last of two, so the
// provider's documents are read by a stricter reader here; go-oidc takes one
// audience among many and has no leeway, so it is fed only what has passed the
// stricter checks, and has its say afterwards. x/oauth2 makes the verifier, the
// challenge and the authorization URL; its code exchange, which takes any 2xx and
// form-encoded answers and guesses how to authenticate, is not used.
//
// The provider's metadata and keys are fetched when first needed, kept, and
// renewed in the background, so that a start while the provider is away still
// serves. A code is redeemed at most once: no layer under Finish retries.
package signin
