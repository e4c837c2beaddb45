package oidcattack_test

import (
	"crypto/sha256"
	"encoding/base64"
	"math"
	"strings"
	"testing"
	"time"
)

// TestAnIDTokenThatLiesIsRefused is sections D and, as far as one token goes,
// E of the list: OpenID Connect Core 3.1.3.7 and 3.1.3.8, RFC 8725.
func TestAnIDTokenThatLiesIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	var rows []row
	for _, part := range [][]row{w.issuers(), w.audiences(), w.times(), nonces(), subjects(), hashes(), repeated(), forms(), algorithms(), headers(), signatures()} {
		rows = append(rows, part...)
	}
	w.try(t, rows)
}

// set changes one claim, drop leaves it out.
func set(name string, value any) attack {
	return attack{claims: func(c map[string]any) { c[name] = value }}
}

func drop(name string) attack {
	return attack{claims: func(c map[string]any) { delete(c, name) }}
}

func (w world) issuers() []row {
	issuer := w.provider.server.URL
	return []row{
		untrusted("D1 another issuer", set("iss", "https://accounts.google.com")),
		untrusted("D1 no issuer", drop("iss")),
		untrusted("D1 an empty issuer", set("iss", "")),
		untrusted("D1 the issuer with a slash behind it", set("iss", issuer+"/")),
		untrusted("D1 the issuer in capitals", set("iss", strings.ToUpper(issuer))),
		untrusted("D1 the issuer without its scheme", set("iss", strings.TrimPrefix(issuer, "http://"))),
		untrusted("D1 the issuer in a list", set("iss", []string{issuer})),
		untrusted("D1 a blank behind the issuer", set("iss", issuer+" ")),
	}
}

func (w world) audiences() []row {
	return []row{
		untrusted("D2 a token for another client", set("aud", "another-client")),
		untrusted("D2 a token without an audience", drop("aud")),
		untrusted("D2 an empty audience", set("aud", "")),
		untrusted("D2 an empty list of audiences", set("aud", []string{})),
		untrusted("D2 another client beside us", set("aud", []string{clientID, "another-client"})),
		untrusted("D2 us behind another client", set("aud", []string{"another-client", clientID})),
		untrusted("D2 us twice", set("aud", []string{clientID, clientID})),
		untrusted("D2 us in another case", set("aud", strings.ToUpper(clientID))),
		untrusted("D2 the beginning of our name", set("aud", clientID[:4])),
		untrusted("D2 us and a number", set("aud", []any{clientID, 7})),
		untrusted("D2 us within a list in a list", set("aud", []any{[]string{clientID}})),
		untrusted("D2 an audience that is an object", set("aud", map[string]any{clientID: true})),
		untrusted("D3 another authorized party", set("azp", "another-client")),
		untrusted("D3 an empty authorized party", set("azp", "")),
		untrusted("D3 an authorized party that is null", set("azp", nil)),
		untrusted("D3 several audiences and no authorized party", attack{claims: func(c map[string]any) {
			c["aud"] = []string{clientID, "another-client"}
			delete(c, "azp")
		}}),
	}
}

func (w world) times() []row {
	at := func(d time.Duration) int64 { return w.clock.Now().Add(d).Unix() }
	return []row{
		untrusted("D6 a token past its end and the leeway", set("exp", at(-61*time.Second))),
		untrusted("D6 a token without an end", drop("exp")),
		untrusted("D6 an end that is a string", set("exp", "99999999999")),
		untrusted("D6 an end that is null", set("exp", nil)),
		untrusted("D6 an end that is true", set("exp", true)),
		untrusted("D6 an end before 1970", set("exp", -1)),
		untrusted("D6 an end that no calendar holds", set("exp", math.MaxFloat64)),
		untrusted("D6 an end that is a list", set("exp", []int64{at(time.Hour)})),
		untrusted("D7 no time of issue", drop("iat")),
		untrusted("D7 issued more than a minute ahead", set("iat", at(62*time.Second))),
		untrusted("D7 issued more than an hour ago", set("iat", at(-time.Hour-2*time.Second))),
		untrusted("D7 a time of issue that is a string", set("iat", "1")),
		untrusted("D7 a time of issue that is null", set("iat", nil)),
		untrusted("D8 not good yet", set("nbf", at(62*time.Second))),
		untrusted("D8 not good before a string", set("nbf", "0")),
		untrusted("D8 not good before null", set("nbf", nil)),
	}
}

func nonces() []row {
	bad := func(name string, a attack) row {
		r := foreign(name, a)
		r.redeemed = 1
		return r
	}
	change := func(f func(string) any) attack {
		return attack{claims: func(c map[string]any) { c["nonce"] = f(c["nonce"].(string)) }}
	}
	return []row{
		bad("D9 another login's nonce", set("nonce", "BBBBBBBBBBBBBBBBBBBBBB")),
		bad("D9 no nonce", drop("nonce")),
		bad("D9 an empty nonce", set("nonce", "")),
		bad("D9 a nonce that is null", set("nonce", nil)),
		bad("D9 the nonce in a list", change(func(n string) any { return []string{n} })),
		bad("D9 the nonce without its end", change(func(n string) any { return n[:len(n)-1] })),
		bad("D9 the nonce and more", change(func(n string) any { return n + "A" })),
		bad("D9 the nonce in capitals", change(func(n string) any { return strings.ToUpper(n) + "a" })),
		bad("D9 a blank before the nonce", change(func(n string) any { return " " + n })),
	}
}

func subjects() []row {
	return []row{
		untrusted("D10 no subject", drop("sub")),
		untrusted("D10 an empty subject", set("sub", "")),
		untrusted("D10 a blank subject", set("sub", "   ")),
		untrusted("D10 a subject that is a number", set("sub", 12345)),
		untrusted("D10 a subject that is null", set("sub", nil)),
		untrusted("D10 a subject in a list", set("sub", []string{"ann-1"})),
		untrusted("D10 a subject of 256 characters", set("sub", strings.Repeat("a", 256))),
		untrusted("D10 a subject with a NUL", set("sub", "ann-1\x00")),
		untrusted("D10 a subject with a line break", set("sub", "ann-1\nx")),
		untrusted("D10 a subject that is not ASCII", set("sub", "änn-1")),
	}
}

func hashes() []row {
	half := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return b64(sum[:16])
	}
	return []row{
		untrusted("D11 the hash of another access token", set("at_hash", half("another access token"))),
		untrusted("D11 an empty hash", set("at_hash", "")),
		untrusted("D11 a hash that is null", set("at_hash", nil)),
		untrusted("D11 a hash with padding", attack{claims: func(c map[string]any) { c["at_hash"] = c["at_hash"].(string) + "==" }}),
		untrusted("D11 an access token that was exchanged for another", attack{members: func(a map[string]any) { a["access_token"] = "another access token" }}),
	}
}

// repeated are claims that come twice, the good one first and last, and claims
// that only a lax reader takes for ours.
func repeated() []row {
	lies := map[string]string{
		"iss": `"https://evil.test"`, "aud": `"another-client"`, "azp": `"another-client"`, "nonce": `"BBBBBBBBBBBBBBBBBBBBBB"`,
		"sub": `"ann-1"`, "exp": `9999999999`, "iat": `1`, "nbf": `9999999999`, "email": `"ann@acme.test"`, "email_verified": `true`,
	}
	var rows []row
	for _, name := range []string{"iss", "aud", "azp", "nonce", "sub", "exp", "iat", "nbf", "email", "email_verified"} {
		member := `"` + name + `":` + lies[name]
		first := func(c map[string]any) string { return honest("{" + member + "," + asJSON(with(c, name))[1:]) }
		last := func(c map[string]any) string {
			text := asJSON(with(c, name))
			return honest(text[:len(text)-1] + "," + member + "}")
		}
		rows = append(rows,
			untrusted("D12 a second "+name+" before the first", attack{token: first}),
			untrusted("D12 a second "+name+" behind the first", attack{token: last}))
		folded := strings.ToUpper(name)
		rows = append(rows, untrusted("D12 "+folded+" beside "+name, attack{claims: func(c map[string]any) { c[folded] = c[name] }}))
	}
	return append(rows,
		untrusted("D12 a subject with a long s", attack{claims: func(c map[string]any) { c["\u017fub"] = "ann-1" }}),
		untrusted("D12 an escaped second subject", attack{token: func(c map[string]any) string {
			return honest(`{"\u0073ub":"ann-1",` + asJSON(c)[1:])
		}}),
		untrusted("D12 a member twice in a depth that is not read", attack{token: func(c map[string]any) string {
			return honest(`{"other":{"a":1,"a":2},` + asJSON(c)[1:])
		}}))
}

// with is the claims, with this one among them.
func with(c map[string]any, name string) map[string]any {
	if _, ok := c[name]; !ok {
		c[name] = c["iat"] // nbf, of all
	}
	return c
}

// forms are texts that are no token of three parts, or no claims.
func forms() []row {
	token := func(f func(c map[string]any) string) attack { return attack{token: f} }
	fixed := func(text string) attack { return token(func(map[string]any) string { return text }) }
	return []row{
		untrusted("D13 a token of one part", fixed(strings.Repeat("a", 40))),
		untrusted("D13 a token of two parts", token(func(c map[string]any) string {
			text := honest(asJSON(c))
			return text[:strings.LastIndexByte(text, '.')]
		})),
		untrusted("D13 a token of four parts", token(func(c map[string]any) string { return honest(asJSON(c)) + ".AAAA" })),
		untrusted("D13 an encrypted token", token(func(c map[string]any) string {
			return b64([]byte(`{"alg":"RSA-OAEP","enc":"A128GCM"}`)) + ".AAAA.AAAA.AAAA.AAAA"
		})),
		untrusted("D13 a token in JSON", token(func(c map[string]any) string {
			parts := strings.Split(honest(asJSON(c)), ".")
			return asJSON(map[string]any{"payload": parts[1], "signatures": []any{map[string]string{"protected": parts[0], "signature": parts[2]}}})
		})),
		untrusted("D13 blanks round the token", token(func(c map[string]any) string { return " " + honest(asJSON(c)) + " " })),
		untrusted("D13 claims that are a list", token(func(c map[string]any) string { return honest("[" + asJSON(c) + "]") })),
		untrusted("D13 claims that are null", token(func(map[string]any) string { return honest("null") })),
		untrusted("D13 claims that are a string", token(func(c map[string]any) string { return honest(asJSON(asJSON(c))) })),
		untrusted("D13 claims with something behind them", token(func(c map[string]any) string { return honest(asJSON(c) + "{}") })),
		untrusted("D13 claims that are not UTF-8", token(func(c map[string]any) string { return honest(`{"name":"` + "\xff" + `",` + asJSON(c)[1:]) })),
		untrusted("D13 claims that are cut off", token(func(c map[string]any) string { s := asJSON(c); return honest(s[:len(s)-1]) })),
		untrusted("D16 a hundred thousand dots", fixed(strings.Repeat(".", 100_000))),
		untrusted("D16 a hundred thousand brackets", token(func(c map[string]any) string { return honest(`{"a":` + strings.Repeat("[", 40_000)) })),
		untrusted("D16 a token of half a megabyte", token(func(c map[string]any) string {
			c["name"] = strings.Repeat("a", 500_000)
			return honest(asJSON(c))
		})),
		untrusted("D16 two thousand million rounds", fixed(b64([]byte(`{"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2c":2147483647,"p2s":"AAAA"}`))+".AAAA.AAAA.AAAA.AAAA")),
		untrusted("D18 a signature in padded base64", token(func(c map[string]any) string { return honest(asJSON(c)) + "==" })),
		untrusted("D18 a line break in the token", token(func(c map[string]any) string {
			s := honest(asJSON(c))
			return s[:10] + "\n" + s[10:]
		})),
		untrusted("D18 bits that no strict reader lets stand", token(func(c map[string]any) string { return strayBits(honest(asJSON(c))) })),
	}
}

// strayBits is the same signature spelled with bits set where none belong.
func strayBits(token string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, token[len(token)-1])
	other := token[:len(token)-1] + string(alphabet[last^1])
	a, _ := base64.RawURLEncoding.DecodeString(token[strings.LastIndexByte(token, '.')+1:])
	b, _ := base64.RawURLEncoding.DecodeString(other[strings.LastIndexByte(other, '.')+1:])
	if string(a) != string(b) {
		panic("another signature, not another spelling")
	}
	return other
}
