"""Who came, from the access token alone: for an app that would rather check than trust headers."""

import jwt  # PyJWT, with cryptography


class Verifier:
    def __init__(self, issuer, audience="authenticated"):
        self.issuer, self.audience = issuer, audience
        # The set is fetched again after five minutes, and a key that has left it is trusted no longer. cache_keys=True
        # would keep single keys for as long as the program runs.
        self.keys = jwt.PyJWKClient(issuer + "/.well-known/jwks.json", lifespan=300)

    def verify(self, token, organization):
        """The claims of a token for that organization: its UUID, or its slug as the host says it. Raises otherwise."""
        header = jwt.get_unverified_header(token)
        if header.get("typ") != "at+jwt" or "crit" in header:
            raise jwt.InvalidTokenError("not an access token")
        claims = jwt.decode(
            token,
            self.keys.get_signing_key_from_jwt(token).key,
            algorithms=["ES256"],
            issuer=self.issuer,
            audience=self.audience,
            options={"require": ["sub", "exp", "nbf", "org_id", "session_id"]},
        )
        # A token for one organization is good there and nowhere else.
        if organization not in (claims["org_id"], claims["org_slug"]):
            raise jwt.InvalidTokenError("a token for another organization")
        return claims
