package signin

import (
	"net/http"
	"strings"
	"testing"

	"orglogin/store"
)

func TestParseAnswer(t *testing.T) {
	for _, test := range []struct {
		name, query string
		want        Answer
	}{
		{"code, state and iss", "code=c%2B1&state=s+1&iss=https%3A%2F%2Fop.test", Answer{State: "s 1", Code: "c+1", Issuer: "https://op.test"}},
		{"B9 unknown parameters are ignored, even twice", "code=c&state=s&redirect=/x&next=//evil.test&x=1&x=2", Answer{State: "s", Code: "c"}},
		{"a known error", "error=access_denied&state=s", Answer{State: "s", Error: "access_denied"}},
		{"B6 an empty error beside a code", "error=&code=c&state=s", Answer{State: "s", Code: "c", Error: "unknown"}},
		{"B6 an error without a value", "code=c&state=s&error", Answer{State: "s", Code: "c", Error: "unknown"}},
		{"B7 an error of the sender's own words is not kept", "error=%3Cscript%3E&state=s", Answer{State: "s", Error: "unknown"}},
		{"nothing", "", Answer{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := ParseAnswer(test.query)
			if err != nil || got != test.want {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
	for _, test := range []struct{ name, query string }{
		{"B2 code twice", "code=a&state=s&code=b"},
		{"B2 code twice, the other first", "code=b&state=s&code=a"},
		{"B2 the same code twice", "code=a&code=a&state=s"},
		{"B2 state twice", "code=a&state=s&state=t"},
		{"B2 state twice, one empty", "code=a&state=&state=t"},
		{"B2 iss twice", "code=a&state=s&iss=a&iss=b"},
		{"B2 error twice", "state=s&error=access_denied&error="},
		{"B2 a name escaped in one of two", "code=a&state=s&c%6Fde=b"},
		{"B5 an empty iss", "code=a&state=s&iss="},
		{"B8 a semicolon", "code=a;state=s"},
		{"B8 a semicolon in what is ignored", "code=a&state=s&x=1;2"},
		{"B8 a bad escape", "code=%zz&state=s"},
		{"B8 a bad escape in what is ignored", "code=a&state=s&x=%"},
		{"a code that is no text", "code=%00&state=s"},
		{"a code of another alphabet", "code=%C3%A9&state=s"},
		{"a code too long", "state=s&code=" + strings.Repeat("a", maxCode+1)},
		{"a query too long", "code=a&state=" + strings.Repeat("a", maxQuery)},
		{"too many parameters", "code=a&state=s" + strings.Repeat("&a=b", maxParameters)},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := ParseAnswer(test.query)
			wantError(t, err, store.BadState, http.StatusBadRequest)
		})
	}
}

// An answer that is refused must not cost the provider's code either.
func TestAnAnswerThatIsRefusedIsNotRedeemed(t *testing.T) {
	o := newOP(t)
	p := o.client(t, nil)
	mustLogin(t, o, p)
	spent := o.count("/token")
	for _, test := range []struct {
		name   string
		change func(*Answer)
		reason store.Reason
		status int
	}{
		{"B5 iss of another issuer", func(a *Answer) { a.Issuer = "https://evil.test" }, store.BadState, 400},
		{"B5 iss with a slash more", func(a *Answer) { a.Issuer += "/" }, store.BadState, 400},
		{"B5 iss in another case", func(a *Answer) { a.Issuer = strings.ToUpper(a.Issuer) }, store.BadState, 400},
		{"B5 iss absent though advertised", func(a *Answer) { a.Issuer = "" }, store.BadState, 400},
		{"B6 error beside a good code", func(a *Answer) { a.Error = "unknown" }, store.ProviderAnswer, 400},
		{"consent denied", func(a *Answer) { a.Error = "access_denied" }, store.Denied, 400},
		{"the person did not sign in", func(a *Answer) { a.Error = "login_required" }, store.Denied, 400},
		{"the person did not pick an account", func(a *Answer) { a.Error = "account_selection_required" }, store.Denied, 400},
		{"a request that the provider rejects", func(a *Answer) { a.Error = "invalid_request" }, store.ProviderAnswer, 400},
		{"a client that may not do this", func(a *Answer) { a.Error = "unauthorized_client" }, store.ProviderAnswer, 400},
		{"server_error", func(a *Answer) { a.Error = "server_error" }, store.ProviderAnswer, 502},
		{"temporarily_unavailable", func(a *Answer) { a.Error = "temporarily_unavailable" }, store.ProviderAway, 502},
		{"neither code nor error", func(a *Answer) { a.Code = "" }, store.BadState, 400},
	} {
		t.Run(test.name, func(t *testing.T) {
			f, a := o.begin(t, p, "")
			test.change(&a)
			_, err := p.Finish(t.Context(), f, a)
			wantError(t, err, test.reason, test.status)
		})
	}
	if n := o.count("/token"); n != spent {
		t.Errorf("%d codes were redeemed", n-spent)
	}
	t.Run("B5 iss absent and not advertised is not required", func(t *testing.T) {
		o := newOP(t)
		o.mangle.Discovery = func(d map[string]any) { delete(d, "authorization_response_iss_parameter_supported") }
		p := o.client(t, nil)
		f, a := o.begin(t, p, "")
		a.Issuer = ""
		if _, err := p.Finish(t.Context(), f, a); err != nil {
			t.Error(err)
		}
	})
	t.Run("B12 a code from another login is refused by PKCE", func(t *testing.T) {
		f, _ := o.begin(t, p, "")
		_, other := o.begin(t, p, "mallory")
		_, err := p.Finish(t.Context(), f, other)
		wantError(t, err, store.BadState, 400)
	})
	t.Run("B12 a code from another login is refused by nonce where the provider ignores PKCE", func(t *testing.T) {
		f, _ := o.begin(t, p, "")
		g, other := o.begin(t, p, "mallory")
		f.Verifier = g.Verifier
		_, err := p.Finish(t.Context(), f, other)
		wantError(t, err, store.BadState, 400)
	})
	t.Run("B3 a code works once", func(t *testing.T) {
		f, a := o.begin(t, p, "")
		if _, err := p.Finish(t.Context(), f, a); err != nil {
			t.Fatal(err)
		}
		_, err := p.Finish(t.Context(), f, a)
		wantError(t, err, store.BadState, 400)
	})
}
