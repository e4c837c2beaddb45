package signin

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"orglogin/handlers/handlertest"
	"orglogin/handlers/signin/fakeidp"
	"orglogin/store"
)

const (
	tenantA = "aaaaaaaa-1111-2222-3333-444444444444"
	tenantB = "bbbbbbbb-1111-2222-3333-444444444444"
	shared  = store.MicrosoftIssuers + "organizations/v2.0"
)

func issuerOf(tenant string) string { return store.MicrosoftIssuers + tenant + "/v2.0" }

// entra is the fake provider in the place of login.microsoftonline.com: its ID tokens
// have tid and no email_verified, and its issuer is a template.
type entra struct {
	*fakeidp.Provider
	claims claims
	keys   claims // for each key of the set
}

func (e *entra) RoundTrip(r *http.Request) (*http.Response, error) {
	in := httptest.NewRequest(r.Method, r.URL.String(), r.Body)
	in.Header, in.RemoteAddr = r.Header, "127.0.0.1:1"
	w := httptest.NewRecorder()
	e.ServeHTTP(w, in.WithContext(r.Context()))
	if strings.HasSuffix(r.URL.Path, "/jwks") && e.keys != nil {
		var set struct {
			Keys []map[string]any `json:"keys"`
		}
		if err := json.Unmarshal(w.Body.Bytes(), &set); err != nil {
			return nil, err
		}
		e.keys.put(set.Keys[0])
		w.Body.Reset()
		if err := json.NewEncoder(w.Body).Encode(set); err != nil {
			return nil, err
		}
	}
	return w.Result(), nil
}

func newEntra(t testing.TB, issuer string) *entra {
	t.Helper()
	e := &entra{claims: claims{"iss": issuerOf(tenantA), "tid": tenantA, "email_verified": nil, "xms_edov": true}}
	e.Provider = fakeidp.New(fakeidp.Config{
		Issuer: issuer, ClientID: clientID, ClientSecret: clientSecret, RedirectURLs: []string{redirectURL},
		Auto: func(*http.Request) fakeidp.Person { return ann }, Key: handlertest.ProviderKey(t),
		Mangle: fakeidp.Mangle{
			Discovery: func(d map[string]any) {
				if store.SharedMicrosoftIssuer(issuer) {
					d["issuer"] = store.MicrosoftIssuers + "{tenantid}/v2.0"
				}
				delete(d, "authorization_response_iss_parameter_supported")
			},
			Claims: func(c map[string]any) { e.claims.put(c) },
		},
	})
	return e
}

// login is one login by a connection of this configuration; iss is that of the answer.
func (e *entra) login(t *testing.T, issuer, iss string, change func(*Config)) (store.Identity, error) {
	t.Helper()
	c := Config{
		Issuer: issuer, ClientID: clientID, ClientSecret: clientSecret, RedirectURL: redirectURL,
		EmailVerified: store.EmailVerifiedEDOV, HTTP: &http.Client{Transport: e},
	}
	if change != nil {
		change(&c)
	}
	p, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	f, a := (&op{Provider: e.Provider}).begin(t, p, "")
	a.Issuer = iss
	return p.Finish(t.Context(), f, a)
}

func TestMicrosoftsSharedIssuersTakeTheTenantOfTheToken(t *testing.T) {
	accept := func(tenants ...string) func(*Config) { return func(c *Config) { c.Tenants = tenants } }
	for _, test := range []struct {
		name   string
		claims claims
		keys   claims
		iss    string // of the answer
		change func(*Config)
		reason store.Reason // empty: the identity is of tenant A
	}{
		{name: "any tenant"},
		{name: "one of the tenants that are accepted", change: accept(tenantB, tenantA)},
		{name: "another tenant", change: accept(tenantB), reason: store.HostedDomain},
		{name: "tid and iss differ", claims: claims{"tid": tenantB}, reason: store.ProviderAnswer},
		{name: "no tid", claims: claims{"tid": nil}, reason: store.ProviderAnswer},
		{name: "a tid that is no tenant id", claims: claims{"tid": "x", "iss": issuerOf("x")}, reason: store.ProviderAnswer},
		{name: "a tid that leads elsewhere", claims: claims{"tid": "../evil", "iss": issuerOf("../evil")}, reason: store.ProviderAnswer},
		{name: "the template itself", claims: claims{"tid": "{tenantid}", "iss": issuerOf("{tenantid}")}, reason: store.ProviderAnswer},
		{name: "the shared issuer as iss", claims: claims{"iss": shared}, reason: store.ProviderAnswer},
		{name: "iss in the answer, of this tenant", iss: issuerOf(tenantA)},
		{name: "iss in the answer, of another tenant", iss: issuerOf(tenantB), reason: store.BadState},
		{name: "iss in the answer, of a tenant that is not accepted", iss: issuerOf(tenantB), change: accept(tenantA), reason: store.BadState},
		{name: "iss in the answer, of another provider", iss: "https://evil.test", reason: store.BadState},
		{name: "a key for every tenant", keys: claims{"issuer": issuerOf("{tenantid}")}},
		{name: "a key of this tenant", keys: claims{"issuer": issuerOf(tenantA)}},
		{name: "a key of another tenant", keys: claims{"issuer": issuerOf(tenantB)}, reason: store.ProviderAnswer},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := newEntra(t, shared)
			for name, value := range test.claims {
				e.claims[name] = value
			}
			e.keys = test.keys
			who, err := e.login(t, shared, test.iss, test.change)
			if test.reason != "" {
				if failed := asError(err); err == nil || failed.Reason != test.reason {
					t.Errorf("got %+v, %v; want %s", who, err, test.reason)
				}
				return
			}
			if err != nil || who.Issuer != issuerOf(tenantA) || !who.EmailVerified {
				t.Errorf("got %+v, %v", who, err)
			}
		})
	}
	t.Run("no other host has a template for an issuer", func(t *testing.T) {
		o := newOP(t)
		o.mangle.Discovery = claims{"issuer": o.server.URL + "/{tenantid}/v2.0"}.put
		_, err := o.client(t, nil).AuthURL(t.Context(), Flow{}, Request{State: "s"})
		wantError(t, err, store.ProviderAnswer, 502)
	})
	t.Run("tenants are for the shared issuers alone", func(t *testing.T) {
		_, err := New(Config{Issuer: issuerOf(tenantA), RedirectURL: redirectURL, ClientID: "c", ClientSecret: "s", Tenants: []string{tenantA}})
		if err == nil || !strings.Contains(err.Error(), "tenants") {
			t.Errorf("got %v", err)
		}
	})
}

func TestMicrosoftsTenantIssuerIsAnOrdinaryOne(t *testing.T) {
	for tenant, ok := range map[string]bool{tenantA: true, tenantB: false} {
		e := newEntra(t, issuerOf(tenantA))
		e.claims["iss"], e.claims["tid"] = issuerOf(tenant), tenant
		who, err := e.login(t, issuerOf(tenantA), "", nil)
		if (err == nil) != ok || ok && (who.Issuer != issuerOf(tenantA) || !who.EmailVerified) {
			t.Errorf("a token of %s: %+v, %v", tenant, who, err)
		}
	}
}
