package oidcattack_test

import (
	"crypto/rsa"
	"strings"
)

// algorithms are those that must not be chosen, whatever discovery offers.
func algorithms() []row {
	var rows []row
	for _, none := range []string{"none", "None", "NONE", "nOnE", "", "none ", "null"} {
		header := `{"alg":"` + none + `","typ":"JWT"}`
		rows = append(rows,
			untrusted("D5 the algorithm "+none+" (without a signature)", attack{token: func(c map[string]any) string {
				return b64([]byte(header)) + "." + b64([]byte(asJSON(c))) + "."
			}}),
			untrusted("D5 the algorithm "+none+" (with some signature)", attack{token: func(c map[string]any) string {
				return signed(keys().now, header, asJSON(c))
			}}))
	}
	mac := func(header string, secret func() []byte) attack {
		return attack{token: func(c map[string]any) string { return macked(secret(), header, asJSON(c)) }}
	}
	text := func(s string) func() []byte { return func() []byte { return []byte(s) } }
	asMade := func(alg string) attack {
		return attack{token: func(c map[string]any) string {
			return signed(keys().now, strings.Replace(honestHeader, "RS256", alg, 1), asJSON(c))
		}}
	}
	return append(rows,
		untrusted("D5 no algorithm", attack{token: func(c map[string]any) string { return signed(keys().now, `{"kid":"now"}`, asJSON(c)) }}),
		untrusted("D5 an algorithm that is a list", attack{token: func(c map[string]any) string {
			return signed(keys().now, `{"alg":["RS256"],"kid":"now"}`, asJSON(c))
		}}),
		untrusted("D5 HS256 with the client secret", mac(`{"alg":"HS256","typ":"JWT"}`, text(clientSecret))),
		untrusted("D5 HS256 with the client secret, under the key's name", mac(`{"alg":"HS256","kid":"now"}`, text(clientSecret))),
		untrusted("D5 HS256 with a published shared key", mac(`{"alg":"HS256","kid":"shared"}`, text(clientSecret))),
		untrusted("D5 HS256 with the public key as a file", mac(`{"alg":"HS256","kid":"now"}`, publicPEM)),
		untrusted("D5 HS256 with the public key's modulus", mac(`{"alg":"HS256","kid":"now"}`, func() []byte { return keys().now.N.Bytes() })),
		untrusted("D5 HS256 with the published key set", mac(`{"alg":"HS256","kid":"now"}`, func() []byte { return []byte(published()) })),
		untrusted("D5 HS256 with no secret at all", mac(`{"alg":"HS256","kid":"now"}`, text(""))),
		untrusted("D5 RS256 in small letters", asMade("rs256")),
		untrusted("D5 an RS256 signature called RS512", asMade("RS512")),
		untrusted("D5 an RS256 signature called PS256", asMade("PS256")),
		untrusted("D5 an RS256 signature called ES256", asMade("ES256")),
		untrusted("D5 an algorithm that discovery does not offer", attack{token: func(c map[string]any) string {
			return signed(keys().next, `{"alg":"RS512","kid":"for-another"}`, asJSON(c))
		}}),
	)
}

// headers are what a token says of itself that decides nothing, or too much.
func headers() []row {
	head := func(header string) attack {
		return attack{token: func(c map[string]any) string { return signed(keys().now, header, asJSON(c)) }}
	}
	own := func(member string) attack { // signed by a key that only the header vouches for
		return attack{token: func(c map[string]any) string {
			k := keys().retired
			jwk := `{"kty":"RSA","kid":"mine","n":"` + b64(k.N.Bytes()) + `","e":"AQAB"}`
			return signed(k, `{"alg":"RS256","kid":"mine",`+strings.Replace(member, "JWK", jwk, 1)+`}`, asJSON(c))
		}}
	}
	return []row{
		untrusted("D14 a key within the token", own(`"jwk":JWK`)),
		untrusted("D14 a key set that the token names", own(`"jku":"https://evil.test/jwks"`)),
		untrusted("D14 a certificate that the token names", own(`"x5u":"https://evil.test/x5u"`)),
		untrusted("D14 a certificate within the token", own(`"x5c":["AAAA"]`)),
		untrusted("D15 a critical extension", head(`{"alg":"RS256","kid":"now","crit":["exp"],"exp":1}`)),
		untrusted("D15 a payload that is not encoded", head(`{"alg":"RS256","kid":"now","b64":false,"crit":["b64"]}`)),
		untrusted("D15 no critical extension, but a list of them", head(`{"alg":"RS256","kid":"now","crit":[]}`)),
		untrusted("D15 an access token", head(`{"alg":"RS256","kid":"now","typ":"at+jwt"}`)),
		untrusted("D15 a logout token", head(`{"alg":"RS256","kid":"now","typ":"logout+jwt"}`)),
		untrusted("D15 a type that is a number", head(`{"alg":"RS256","kid":"now","typ":7}`)),
		untrusted("D12 two algorithms", head(`{"alg":"RS256","alg":"none","kid":"now"}`)),
		untrusted("D12 the algorithm in another case beside it", head(`{"alg":"RS256","ALG":"none","kid":"now"}`)),
		untrusted("D13 a header that is a list", head(`["RS256"]`)),
		untrusted("D13 a header that is cut off", head(`{"alg":"RS256"`)),
	}
}

// signatures are those of other keys, of other texts, and none.
func signatures() []row {
	by := func(key func() *rsa.PrivateKey, header string) attack {
		return attack{token: func(c map[string]any) string { return signed(key(), header, asJSON(c)) }}
	}
	retired := func() *rsa.PrivateKey { return keys().retired }
	changed := func(f func(head, body, signature string) string) attack {
		return attack{token: func(c map[string]any) string {
			parts := strings.Split(honest(asJSON(c)), ".")
			return f(parts[0], parts[1], parts[2])
		}}
	}
	curve := func(header string, signature func(string) []byte) attack {
		return attack{token: func(c map[string]any) string { return curved(header, asJSON(c), signature) }}
	}
	return []row{
		untrusted("D4 a signature of another key", by(retired, honestHeader)),
		untrusted("D4 no signature", changed(func(h, b, _ string) string { return h + "." + b + "." })),
		untrusted("D4 one bit of the signature", changed(func(h, b, s string) string { return h + "." + b + "." + flip(s) })),
		untrusted("D4 a signature that is cut", changed(func(h, b, s string) string { return h + "." + b + "." + s[:len(s)-4] })),
		untrusted("D4 other claims under an old signature", changed(func(h, b, s string) string {
			return h + "." + b64([]byte(`{"sub":"ann-1"}`)) + "." + s
		})),
		untrusted("D4 a signature of nothing but zeros", curve(`{"alg":"ES256","kid":"curve"}`, func(string) []byte { return make([]byte, 64) })),
		untrusted("D4 a signature over the curve's order", curve(`{"alg":"ES256","kid":"curve"}`, func(s string) []byte {
			return append(keys().curve.Params().N.Bytes(), keys().curve.Params().N.Bytes()...)
		})),
		untrusted("D4 the curve's signature under the other key's name", curve(`{"alg":"ES256","kid":"now"}`, es256)),
		untrusted("E3 a key that was not published", by(retired, `{"alg":"RS256","kid":"unheard-of"}`)),
		untrusted("E3 a key that was retired", by(retired, `{"alg":"RS256","kid":"retired"}`)),
		untrusted("E3 no key's name among several keys, and a foreign key", by(retired, `{"alg":"RS256"}`)),
		untrusted("E3 a key's name that is a path", by(retired, `{"alg":"RS256","kid":"../../../dev/null"}`)),
		untrusted("E3 a key's name that is a question", by(retired, `{"alg":"RS256","kid":"' OR 1=1 --"}`)),
		untrusted("E3 a key's name that is a number", by(retired, `{"alg":"RS256","kid":7}`)),
		untrusted("E8 a key for encryption", by(func() *rsa.PrivateKey { return keys().secret }, `{"alg":"RS256","kid":"secret"}`)),
		untrusted("E8 a key of another algorithm", by(func() *rsa.PrivateKey { return keys().next }, `{"alg":"RS256","kid":"for-another"}`)),
		untrusted("E8 a key of 1024 bits", by(func() *rsa.PrivateKey { return keys().weak }, `{"alg":"RS256","kid":"weak"}`)),
		untrusted("E8 a key whose exponent is one", attack{token: func(c map[string]any) string { return powerless(asJSON(c)) }}),
	}
}

// flip changes the first character of a text in base64.
func flip(s string) string {
	if s[0] == 'A' {
		return "B" + s[1:]
	}
	return "A" + s[1:]
}
