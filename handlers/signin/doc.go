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
// encoding/json folds the case of member names and takes the last of two,
// x/oauth2 accepts any 2xx and form-encoded answers and guesses how to
// authenticate, go-oidc takes one audience among many and has no leeway: each
// is fed only what has passed the stricter reading here, and has its say
// afterwards.
//
// The provider's metadata and keys are fetched when first needed, kept, and
// renewed in the background, so that a start while the provider is away still
// serves. A code is redeemed at most once: no layer under Finish retries.
package signin
