// Who came, from the access token alone: for an app that would rather check than trust headers.
import { createRemoteJWKSet, jwtVerify } from 'jose'

// verifier returns a function of a token and the organization that it must be for: its UUID, or its slug as the host
// says it. The function returns the claims, or throws. The issuer is PUBLIC_URL; keySet is where its keys are, if there
// is a shorter way from here.
export function verifier({ issuer, keySet = issuer + '/.well-known/jwks.json', audience = 'authenticated' }) {
  const keys = createRemoteJWKSet(new URL(keySet))
  return async function verify(token, organization) {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience,
      algorithms: ['ES256'],
      typ: 'at+jwt',
      requiredClaims: ['sub', 'exp', 'nbf', 'org_id', 'session_id'],
    })
    // A token for one organization is good there and nowhere else.
    if (organization !== payload.org_id && organization !== payload.org_slug) {
      throw new Error('a token for another organization')
    }
    return payload
  }
}
