package signin

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/go-jose/go-jose/v4"

	"orglogin/store"
)

func FuzzParseAnswer(f *testing.F) {
	for _, s := range []string{
		"", "code=c&state=s&iss=https%3A%2F%2Fop.test", "error=access_denied&state=s", "code=a&code=b", "code=a;state=b",
		"code=%zz", "error", "&&&", "=", "c%6Fde=a&code=b", "code=%00", "iss=",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, query string) {
		a, err := ParseAnswer(query)
		if err != nil {
			wantError(t, err, store.BadState, http.StatusBadRequest)
			return
		}
		q, err := url.ParseQuery(query)
		if err != nil || strings.Contains(query, ";") {
			t.Fatalf("accepted %q", query)
		}
		for name, got := range map[string]string{"code": a.Code, "state": a.State, "iss": a.Issuer} {
			if len(q[name]) > 1 || q.Get(name) != got {
				t.Errorf("%s is %q of %q", name, got, q[name])
			}
		}
		if q.Has("error") != (a.Error != "") || a.Error != "" && a.Error != "unknown" && !slices.Contains(errorCodes, a.Error) {
			t.Errorf("error became %q", a.Error)
		}
		if !printable(a.Code) {
			t.Errorf("code %q", a.Code)
		}
	})
}

// What the strict reading accepts, encoding/json reads the same; and what it
// refuses is no JSON object to encoding/json either, or one of the two kinds that
// are refused on purpose.
func FuzzReadObject(f *testing.F) {
	for _, s := range []string{
		`{}`, ` { "a" : [ 1 , {"b":null} ] , "c":"\"}" } `, `{"a":1,"a":2}`, `{"a":1,"\u0061":2}`, `[]`, `{"a":-1.5e+3,"b":true}`,
		`{"a":"\ud800"}`, "{\"a\":\"\xff\"}", strings.Repeat(`{"a":`, 20), `{"a":{}}`, `{"":""}`, `{"a":"\\"}`, `{"a":1}x`,
		`{"a":01}`, `{"a":-}`, `{"a":1.}`, `{"a":0.0E-0}`, `{"a":"\x"}`, `{"a":"\u12G4"}`, `{"a":"\u12aF\/"}`, "{\"a\":\"\n\"}", `{"a":tru}`,
		`{"a":nulls}`, `{"a" 1}`, `{,}`, `{"a":[1,]}`, `{"a":[,1]}`, `{"a":[1 2]}`, `{a:1}`, "{\"a\":1}\x00", "{\x00}", `{"a":"` + "\u007f\u2028" + `"}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := readObject(data)
		if err != nil {
			object := strings.HasPrefix(strings.TrimLeft(string(data), " \t\r\n"), "{")
			if object && utf8.Valid(data) && json.Valid(data) && !errors.Is(err, errTooDeep) && !errors.Is(err, errDuplicate) {
				t.Errorf("refused %q: %v", data, err)
			}
			return
		}
		var lax map[string]json.RawMessage
		if err := json.Unmarshal(data, &lax); err != nil || len(lax) != len(o) {
			t.Fatalf("%d members, encoding/json has %d, %v", len(o), len(lax), err)
		}
		for name, raw := range lax {
			if strings.TrimSpace(string(raw)) != o.raw(name) {
				t.Errorf("%q is %q, encoding/json has %q", name, o.raw(name), raw)
			}
		}
	})
}

// What is accepted as a token answer, a laxer reader could not have read otherwise.
func FuzzTokenAnswer(f *testing.F) {
	for _, s := range []string{
		`{"access_token":"a","token_type":"Bearer","id_token":"x","expires_in":1}`, `{"error":"invalid_grant"}`,
		`{"access_token":"a","token_type":"Bearer","id_token":"x","ID_TOKEN":"y"}`, `{"access_token":1}`, `null`, ``,
	} {
		f.Add(200, []byte(s))
		f.Add(400, []byte(s))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		found, err := readTokens(reply{status, http.Header{"Content-Type": {"application/json"}}, body})
		if err != nil {
			if e := asError(err); e.Status != 502 && e.Status != 400 || e.Status == 400 && status >= 500 {
				t.Errorf("got %v", e)
			}
			return
		}
		var lax struct {
			Access string `json:"access_token"`
			Type   string `json:"token_type"`
			ID     string `json:"id_token"`
			Error  any    `json:"error"`
		}
		if err := json.Unmarshal(body, &lax); err != nil || status != 200 || lax.Error != nil || !strings.EqualFold(lax.Type, "Bearer") ||
			found != (tokens{access: lax.Access, id: lax.ID}) || found.id == "" || found.access == "" {
			t.Errorf("status %d: %+v, encoding/json has %+v, %v", status, found, lax, err)
		}
	})
}

// What is accepted as claims says the same to go-oidc, and makes an identity
// that keeps its promises or none.
func FuzzClaims(f *testing.F) {
	now := time.Unix(1_800_000_000, 0)
	p := &Provider{config: Config{Issuer: "https://op.test", ClientID: "c", EmailVerified: store.EmailVerifiedClaim, Now: func() time.Time { return now }}}
	flow := Flow{Nonce: "n"}
	good := `{"iss":"https://op.test","aud":"c","sub":"s","exp":1800000300,"iat":1800000000,"nonce":"n","email":"a@b.test","email_verified":true,"name":"A","picture":"https://x/y"}`
	for _, s := range []string{
		good, strings.Replace(good, `"c"`, `["c"]`, 1), strings.Replace(good, `"sub"`, `"SUB"`, 1), strings.Replace(good, "true", `"true"`, 1),
		strings.Replace(good, "1800000300", "1.8e9", 1), strings.Replace(good, `"A"`, `"\u0000\ud800\u202e"`, 1), `{}`, `{"aud":[]}`, `{"aud":null}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		c, err := readObject(payload)
		if err != nil || c.rejectOtherCase(claimNames...) != nil || p.checkClaims(c, flow, "access", jose.RS256) != nil {
			return
		}
		var lax struct {
			Issuer  string `json:"iss"`
			Subject string `json:"sub"`
			Nonce   string `json:"nonce"`
			Email   any    `json:"email"`
		}
		if err := json.Unmarshal(payload, &lax); err != nil || lax.Issuer != "https://op.test" || lax.Nonce != "n" {
			t.Fatalf("encoding/json has %+v, %v", lax, err)
		}
		got, err := p.result(t.Context(), metadata{}, c, "access")
		if err != nil {
			t.Fatal(err)
		}
		who := got.Identity
		if who.Subject != lax.Subject || !printable(who.Subject) || who.EmailVerified == (who.EmailProblem != "") ||
			who.Email != "" && !store.ValidEmail(who.Email) || who.EmailVerified && who.Email == "" || who.Email != store.LowerASCII(who.Email) || len(who.Name) > maxName || strings.ContainsAny(who.Name, "\x00\r\n\u202e\u2028") ||
			who.Picture != "" && !strings.HasPrefix(strings.ToLower(who.Picture), "https://") {
			t.Errorf("made %+v", who)
		}
	})
}

func FuzzReadHeader(f *testing.F) {
	for _, h := range []string{goodHeader, `{"alg":"none"}`, `{"alg":"RS256","crit":["x"]}`, `{"alg":"RS256","typ":"at+jwt"}`, `{"alg":"RS256","ALG":"none"}`} {
		f.Add(forge(h, "{}"))
	}
	f.Add("..")
	f.Add(strings.Repeat(".", 100))
	f.Fuzz(func(t *testing.T, token string) {
		h, err := readHeader(token, []jose.SignatureAlgorithm{jose.RS256})
		if err != nil {
			return
		}
		// go-jose reads the same algorithm and kid, or nothing.
		jws, err := jose.ParseSignedCompact(token, asymmetric)
		if err == nil && (jws.Signatures[0].Header.Algorithm != "RS256" || h.algorithm != jose.RS256 || jws.Signatures[0].Header.KeyID != h.keyID) {
			t.Errorf("%+v, go-jose has %+v", h, jws.Signatures[0].Header)
		}
	})
}

func FuzzReadKeys(f *testing.F) {
	for _, s := range []string{
		`{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}`, `{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]}`,
		`{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`, `{"keys":[null,1,{}]}`, `{"keys":{}}`, `null`,
		`{"keys":[{"kty":"oct","k":"AAAA"}]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		set, err := readKeys(body)
		if err != nil {
			return
		}
		if len(set) == 0 || len(set) > maxKeys {
			t.Fatalf("%d keys", len(set))
		}
		for _, k := range set {
			if !slices.ContainsFunc(asymmetric, k.fits) || k.fits(jose.HS256) || k.fits("none") {
				t.Errorf("a key of no use: %T %s", k.public, k.algorithm)
			}
		}
	})
}
