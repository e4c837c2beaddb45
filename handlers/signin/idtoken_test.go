package signin

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"orglogin/store"
)

// newOPWithKey publishes the test key alone, so that tokens can be forged.
func newOPWithKey(t testing.TB) *op {
	o := newOP(t)
	o.publishTestKey()
	return o
}

// with sets what the ID token will be, from the claims of an honest one.
func (o *op) with(token func(claims map[string]any) string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.mangle.IDToken = token
}

const goodHeader = `{"alg":"RS256","kid":"test","typ":"JWT"}`

// claim sets one claim of a token that is otherwise good; nil removes it.
func claim(name string, value any) func(map[string]any) string {
	return func(c map[string]any) string {
		if c[name] = value; value == nil {
			delete(c, name)
		}
		return forge(goodHeader, asJSON(c))
	}
}

// ago is a claim of so many seconds before now.
func ago(name string, seconds int) func(map[string]any) string {
	return func(c map[string]any) string {
		return claim(name, time.Now().Unix()-int64(seconds))(c)
	}
}

// withHeader is a good payload under another header.
func withHeader(h string) func(map[string]any) string {
	return func(c map[string]any) string { return forge(h, asJSON(c)) }
}

// member puts one more member before the others, as text.
func member(m string) func(map[string]any) string {
	return func(c map[string]any) string {
		return forge(goodHeader, "{"+m+","+strings.TrimPrefix(asJSON(c), "{"))
	}
}

// text changes the finished token.
func text(change func(string) string) func(map[string]any) string {
	return func(c map[string]any) string { return change(forge(goodHeader, asJSON(c))) }
}

func TestIDTokensThatAreRefused(t *testing.T) {
	o := newOPWithKey(t)
	p := o.client(t, nil)
	o.with(claim("x", 1))
	mustLogin(t, o, p)
	secret := func(alg jose.SignatureAlgorithm, key any) func(map[string]any) string {
		return func(c map[string]any) string {
			s, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, (&jose.SignerOptions{}).WithHeader("kid", "test"))
			if err != nil {
				t.Fatal(err)
			}
			jws, err := s.Sign([]byte(asJSON(c)))
			if err != nil {
				t.Fatal(err)
			}
			raw, err := jws.CompactSerialize()
			if err != nil {
				t.Fatal(err)
			}
			return raw
		}
	}
	_, otherKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	bad := []struct {
		name  string
		token func(map[string]any) string
	}{
		{"D1 iss of another issuer", claim("iss", "https://evil.test")},
		{"D1 iss with a slash more", claim("iss", o.server.URL+"/")},
		{"D1 iss without its scheme where the issuer is not Google", claim("iss", strings.TrimPrefix(o.server.URL, "http://"))},
		{"D1 no iss", claim("iss", nil)},
		{"D1 iss in a list", claim("iss", []string{o.server.URL})},
		{"D2 aud of another client", claim("aud", "other")},
		{"D2 aud with another client beside", claim("aud", []string{clientID, "other"})},
		{"D2 aud twice the same", claim("aud", []string{clientID, clientID})},
		{"D2 an empty aud list", claim("aud", []string{})},
		{"D2 no aud", claim("aud", nil)},
		{"D2 aud in a list in a list", claim("aud", [][]string{{clientID}})},
		{"D2 aud an object", claim("aud", map[string]any{clientID: true})},
		{"D2 aud in another case", claim("aud", strings.ToUpper(clientID))},
		{"D3 azp of another client", claim("azp", "other")},
		{"D3 azp of another type", claim("azp", []string{clientID})},
		{"D3 several audiences without azp", func(c map[string]any) string {
			delete(c, "azp")
			return claim("aud", []string{clientID, "other"})(c)
		}},
		{"D4 a signature of zeros", text(func(s string) string {
			return s[:strings.LastIndex(s, ".")+1] + base64.RawURLEncoding.EncodeToString(make([]byte, 256))
		})},
		{"D4 no signature", text(func(s string) string { return s[:strings.LastIndex(s, ".")+1] })},
		{"D4 the payload of another", text(func(s string) string {
			parts := strings.Split(s, ".")
			return parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"mallory"}`)) + "." + parts[2]
		})},
		{"D5 alg none", withHeader(`{"alg":"none","typ":"JWT"}`)},
		{"D5 alg None", withHeader(`{"alg":"None","typ":"JWT"}`)},
		{"D5 alg none without a signature", text(func(string) string {
			return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + ".e30."
		})},
		{"D5 no alg", withHeader(`{"kid":"test"}`)},
		{"D5 HS256 with the public modulus as secret", secret(jose.HS256, testKey().N.Bytes())},
		{"D5 HS256 with the client secret", secret(jose.HS256, []byte(clientSecret+strings.Repeat("x", 32)))},
		{"D5 an algorithm that discovery does not offer", secret(jose.PS256, testKey())},
		{"D5 a key of another kind", secret(jose.EdDSA, otherKey)},
		{"D6 exp past", ago("exp", 61)},
		{"D6 exp a string", claim("exp", fmt.Sprint(time.Now().Unix()+300))},
		{"D6 no exp", claim("exp", nil)},
		{"D6 exp past all time", claim("exp", 1e300)},
		{"D6 exp negative", claim("exp", -1)},
		{"D7 no iat", claim("iat", nil)},
		{"D7 iat a string", claim("iat", fmt.Sprint(time.Now().Unix()))},
		{"D7 iat more than a minute ahead", ago("iat", -65)},
		{"D7 iat over an hour ago", ago("iat", 3605)},
		{"D8 nbf ahead", ago("nbf", -65)},
		{"D8 nbf a string", claim("nbf", "0")},
		{"D10 no sub", claim("sub", nil)},
		{"D10 an empty sub", claim("sub", "")},
		{"D10 a blank sub", claim("sub", "  ")},
		{"D10 a sub of 256 characters", claim("sub", strings.Repeat("a", 256))},
		{"D10 a sub that is a number", claim("sub", 1)},
		{"D10 a sub that is not ASCII", claim("sub", "é")},
		{"D10 a sub with a NUL", claim("sub", "a\x00")},
		{"D11 at_hash of another access token", claim("at_hash", base64.RawURLEncoding.EncodeToString(make([]byte, 16)))},
		{"D11 an empty at_hash", claim("at_hash", "")},
		{"D11 at_hash of another type", claim("at_hash", 1)},
		{"D12 sub twice", member(`"sub":"mallory"`)},
		{"D12 aud twice, once escaped", member(`"\u0061ud":"other"`)},
		{"D12 Aud beside aud", member(`"Aud":"other"`)},
		{"D12 ſub beside sub", member(`"ſub":"mallory"`)},
		{"D12 EMAIL_VERIFIED beside email_verified", member(`"EMAIL_VERIFIED":true`)},
		{"D12 a name twice further in", member(`"x":[{"a":1,"a":1}]`)},
		{"D12 the payload is not UTF-8", member("\"x\":\"\xc3\"")},
		{"D12 ſub alone", func(c map[string]any) string {
			return forge(goodHeader, strings.Replace(asJSON(c), `"sub"`, `"ſub"`, 1))
		}},
		{"D13 the payload is a list", func(c map[string]any) string { return forge(goodHeader, "["+asJSON(c)+"]") }},
		{"D13 the payload is null", func(map[string]any) string { return forge(goodHeader, "null") }},
		{"D13 the payload is an empty object", func(map[string]any) string { return forge(goodHeader, "{}") }},
		{"D13 JSON serialization", text(func(s string) string {
			parts := strings.Split(s, ".")
			return asJSON(map[string]string{"protected": parts[0], "payload": parts[1], "signature": parts[2]})
		})},
		{"D13 a part more", text(func(s string) string { return s + ".e30" })},
		{"D13 five parts, as JWE has", text(func(s string) string { return s + ".e30.e30" })},
		{"D13 a part less", text(func(s string) string { return s[:strings.LastIndex(s, ".")] })},
		{"D13 blanks round it", text(func(s string) string { return " " + s })},
		{"D15 crit", withHeader(`{"alg":"RS256","kid":"test","crit":["exp"],"exp":1}`)},
		{"D15 crit empty", withHeader(`{"alg":"RS256","kid":"test","crit":[]}`)},
		{"D15 b64 false", withHeader(`{"alg":"RS256","kid":"test","crit":["b64"],"b64":false}`)},
		{"D15 typ of an access token", withHeader(`{"alg":"RS256","kid":"test","typ":"at+jwt"}`)},
		{"D15 typ of a logout token", withHeader(`{"alg":"RS256","kid":"test","typ":"logout+jwt"}`)},
		{"D15 typ empty", withHeader(`{"alg":"RS256","kid":"test","typ":""}`)},
		{"D12 alg twice in the header", withHeader(`{"alg":"RS256","alg":"RS256","kid":"test"}`)},
		{"D12 ALG in the header", withHeader(`{"alg":"RS256","ALG":"none","kid":"test"}`)},
		{"D16 a hundred thousand dots", func(map[string]any) string { return strings.Repeat(".", 100_000) }},
		{"D16 a hundred thousand brackets in the payload", func(map[string]any) string {
			return forge(goodHeader, `{"x":`+strings.Repeat("[", 20_000)+strings.Repeat("]", 20_000)+"}")
		}},
		{"D16 brackets in the header", withHeader(`{"alg":"RS256","x":` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + "}")},
		{"D16 PBES2 with 2^31 rounds", withHeader(`{"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2c":2147483647,"p2s":"AA"}`)},
		{"D16 over 64 KiB", claim("x", strings.Repeat("a", maxIDToken))},
		{"D18 a last character with bits to spare", text(func(s string) string {
			const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
			i := strings.IndexByte(alphabet, s[len(s)-1]) // 256 bytes leave four bits unused
			return s[:len(s)-1] + string(alphabet[i|1])
		})},
		{"D18 padding", text(func(s string) string { return s + "==" })},
		{"D18 a line break inside", text(func(s string) string { return s[:10] + "\n" + s[10:] })},
	}
	for _, test := range bad {
		t.Run(test.name, func(t *testing.T) {
			o.with(test.token)
			_, err := o.login(t, p)
			wantError(t, err, store.ProviderAnswer, http.StatusBadGateway)
		})
	}
	for name, token := range map[string]func(map[string]any) string{
		"D9 nonce of another login":     claim("nonce", p.NewFlow().Nonce),
		"D9 no nonce":                   claim("nonce", nil),
		"D9 an empty nonce":             claim("nonce", ""),
		"D9 nonce in a list":            func(c map[string]any) string { return claim("nonce", []any{c["nonce"]})(c) },
		"D9 the beginning of the nonce": func(c map[string]any) string { return claim("nonce", c["nonce"].(string)[:21])(c) },
		"D9 the nonce and more":         func(c map[string]any) string { return claim("nonce", c["nonce"].(string)+"A")(c) },
	} {
		t.Run(name, func(t *testing.T) {
			o.with(token)
			_, err := o.login(t, p)
			wantError(t, err, store.BadState, http.StatusBadRequest)
		})
	}
	if n := o.count("/jwks"); n != 1 {
		t.Errorf("bad tokens made us fetch the key set %d times", n-1)
	}
}

// The log has the value received and the value expected, not a value of any length.
func TestARefusedIssuerOrAudienceIsInTheError(t *testing.T) {
	o := newOPWithKey(t)
	p := o.client(t, nil)
	for _, test := range []struct {
		claim string
		value any
		want  []string
	}{
		{"iss", "https://evil.test", []string{`"https://evil.test"`, fmt.Sprintf("%q", o.server.URL)}},
		{"aud", []string{"other", "another"}, []string{`"other" "another"`, fmt.Sprintf("%q", clientID)}},
		{"iss", strings.Repeat("a", maxIDToken/2), []string{fmt.Sprintf("%q", o.server.URL)}},
	} {
		o.with(claim(test.claim, test.value))
		_, err := o.login(t, p)
		wantError(t, err, store.ProviderAnswer, http.StatusBadGateway)
		for _, want := range test.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%.600s: %s is not in it", err, want)
			}
		}
		if n := len(err.Error()); n > 600 {
			t.Errorf("the error of %s has %d bytes", test.claim, n)
		}
	}
}

func TestIDTokensThatAreAccepted(t *testing.T) {
	o := newOPWithKey(t)
	p := o.client(t, nil)
	for name, token := range map[string]func(map[string]any) string{
		"D2 aud in a list of one":                claim("aud", []string{clientID}),
		"D3 no azp":                              claim("azp", nil),
		"D6 exp past within the leeway":          ago("exp", 50),
		"D6 exp with a fraction":                 claim("exp", float64(time.Now().Unix())+300.5),
		"D7 iat ahead within the leeway":         ago("iat", -50),
		"D8 nbf now":                             ago("nbf", 0),
		"D11 no at_hash":                         claim("at_hash", nil),
		"D10 a sub of 255 characters":            claim("sub", strings.Repeat("a", 255)),
		"D14 jku and x5u, never fetched":         withHeader(`{"alg":"RS256","kid":"test","jku":"` + o.server.URL + `/evil","x5u":"` + o.server.URL + `/evil"}`),
		"D15 no typ":                             withHeader(`{"alg":"RS256","kid":"test"}`),
		"D15 typ in another case":                withHeader(`{"alg":"RS256","kid":"test","typ":"jwt"}`),
		"no kid where there is but one key":      withHeader(`{"alg":"RS256"}`),
		"F9 a lone surrogate in the name":        member(`"nickname":"\ud800","x":"\ud800"`),
		"claims of others, in any spelling":      member(`"Roles":["admin"],"groups":{"a":[1]}`),
		"D12 a member that only begins like sub": member(`"subject":"mallory"`),
	} {
		t.Run(name, func(t *testing.T) {
			o.with(token)
			mustLogin(t, o, p)
		})
	}
	if n := o.count("/evil"); n != 0 {
		t.Errorf("D14 fetched %d times what a token named", n)
	}
}

func TestD14AKeyInsideATokenSelectsNothing(t *testing.T) {
	o := newOPWithKey(t)
	evil, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	o.with(func(c map[string]any) string {
		s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: evil}, &jose.SignerOptions{EmbedJWK: true})
		if err != nil {
			t.Fatal(err)
		}
		jws, err := s.Sign([]byte(asJSON(c)))
		if err != nil {
			t.Fatal(err)
		}
		raw, _ := jws.CompactSerialize()
		return raw
	})
	_, err = o.login(t, o.client(t, nil))
	wantError(t, err, store.ProviderAnswer, 502)
}

func TestOtherProvidersMaySignWithWhatDiscoveryOffers(t *testing.T) {
	for alg, key := range map[jose.SignatureAlgorithm]any{
		jose.PS384: testKey(),
		jose.ES256: must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)),
		jose.ES512: must(ecdsa.GenerateKey(elliptic.P521(), rand.Reader)),
		jose.EdDSA: ed25519.NewKeyFromSeed(make([]byte, 32)),
	} { // Ed25519 has a test of its own: go-jose does not know that name
		t.Run(string(alg), func(t *testing.T) {
			o := newOP(t)
			private := jose.JSONWebKey{Key: key, KeyID: "k"}
			o.mangle.Discovery = func(d map[string]any) {
				d["id_token_signing_alg_values_supported"] = []string{"none", "HS256", string(alg)}
			}
			o.replace("/jwks", func(w http.ResponseWriter, _ *http.Request) {
				_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{private.Public()}})
			})
			o.with(func(c map[string]any) string {
				delete(c, "at_hash") // the provider's is by SHA-256
				s := must(jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: private}, nil))
				return must(must(s.Sign([]byte(asJSON(c)))).CompactSerialize())
			})
			mustLogin(t, o, o.client(t, nil))
		})
	}
}

// RFC 9864: Ed25519 is another name of EdDSA with that curve, in discovery, key and token.
func TestEd25519IsEdDSA(t *testing.T) {
	private := ed25519.NewKeyFromSeed(make([]byte, 32))
	for _, test := range []struct{ offered, ofKey, ofToken string }{
		{"Ed25519", "Ed25519", "Ed25519"},
		{"Ed25519", "", "Ed25519"},
		{"EdDSA", "EdDSA", "Ed25519"},
		{"Ed25519", "Ed25519", "EdDSA"},
	} {
		t.Run(fmt.Sprint(test), func(t *testing.T) {
			o := newOP(t)
			o.mangle.Discovery = func(d map[string]any) { d["id_token_signing_alg_values_supported"] = []string{test.offered} }
			o.replace("/jwks", func(w http.ResponseWriter, _ *http.Request) {
				key := map[string]string{"kty": "OKP", "crv": "Ed25519", "kid": "k", "x": base64.RawURLEncoding.EncodeToString(private.Public().(ed25519.PublicKey))}
				if test.ofKey != "" {
					key["alg"] = test.ofKey
				}
				_ = json.NewEncoder(w).Encode(map[string]any{"keys": []any{key}})
			})
			sign := func(c map[string]any, key ed25519.PrivateKey) string {
				delete(c, "at_hash") // the provider's is by SHA-256
				b := base64.RawURLEncoding
				signed := b.EncodeToString([]byte(`{"alg":"`+test.ofToken+`","kid":"k"}`)) + "." + b.EncodeToString([]byte(asJSON(c)))
				return signed + "." + b.EncodeToString(ed25519.Sign(key, []byte(signed)))
			}
			p := o.client(t, nil)
			o.with(func(c map[string]any) string { return sign(c, private) })
			mustLogin(t, o, p)
			o.with(func(c map[string]any) string { return sign(c, ed25519.NewKeyFromSeed([]byte(strings.Repeat("x", 32)))) })
			_, err := o.login(t, p)
			wantError(t, err, store.ProviderAnswer, http.StatusBadGateway)
		})
	}
}

func TestD1GoogleMayLeaveTheSchemeOut(t *testing.T) {
	p := &Provider{config: Config{Issuer: store.GoogleIssuer}}
	for iss, ok := range map[string]bool{
		"https://accounts.google.com": true, "accounts.google.com": true,
		"http://accounts.google.com": false, "//accounts.google.com": false, "accounts.google.com/": false,
	} {
		if err := p.checkIssuer(object{"iss": []byte(asJSON(iss))}); (err == nil) != ok {
			t.Errorf("%s: %v", iss, err)
		}
	}
	algorithms, err := p.algorithms(object{"id_token_signing_alg_values_supported": []byte(`["ES256","RS256"]`)})
	if err != nil || len(algorithms) != 1 || algorithms[0] != jose.RS256 {
		t.Errorf("D5 Google's algorithms are %v, %v", algorithms, err)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
