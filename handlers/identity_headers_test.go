package handlers_test

import (
	"context"
	"crypto/ecdsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"orglogin/store"
)

// I1 to I5, I9: the access token is exactly what the contract says, signed by a
// key of the set, whether a page asks for it or a proxy is given it.
func TestTheAccessTokenIsExactlyTheContracts(t *testing.T) {
	d := newRealService(t)
	ann := d.browser()
	d.loginAs(ann, "ann-1", "")
	_, published := get(t, ann, public+"/.well-known/jwks.json")
	var set jose.JSONWebKeySet
	must(t, json.Unmarshal([]byte(published), &set))
	var members struct {
		Keys []map[string]any `json:"keys"`
	}
	must(t, json.Unmarshal([]byte(published), &members))
	kids := map[any]bool{}
	for _, k := range members.Keys { // I5
		for name := range k {
			if !slices.Contains([]string{"kty", "kid", "crv", "alg", "use", "x", "y"}, name) {
				t.Errorf("the key set tells %q", name)
			}
		}
		if kids[k["kid"]] || k["kid"] == "" {
			t.Errorf("kid %v", k["kid"])
		}
		kids[k["kid"]] = true
	}
	org, err := d.store.OrganizationBySlug(t.Context(), "acme")
	must(t, err)

	var answer struct {
		AccessToken    string `json:"access_token"`
		TokenType      string `json:"token_type"`
		ExpiresIn      int    `json:"expires_in"`
		OrganizationID string `json:"organization_id"`
	}
	res, body := get(t, ann, "https://acme.example.test/auth/token")
	must(t, json.Unmarshal([]byte(body), &answer))
	if res.Header.Get("Content-Type") != "application/json" || answer.TokenType != "Bearer" || answer.OrganizationID != org.ID {
		t.Errorf("%v %+v", res.Header, answer)
	}
	verified, _ := get(t, ann, "https://acme.example.test/auth/verify", "Test-Peer: 127.0.0.1:1", "X-Forwarded-Host: acme.example.test")
	for where, raw := range map[string]string{
		"/auth/token":  answer.AccessToken,
		"/auth/verify": strings.TrimPrefix(verified.Header.Get("Authorization"), "Bearer "),
	} {
		t.Run(where, func(t *testing.T) {
			jws, err := jose.ParseSignedCompact(raw, []jose.SignatureAlgorithm{jose.ES256})
			must(t, err)
			head := jws.Signatures[0].Protected
			if head.Algorithm != "ES256" || head.ExtraHeaders["typ"] != "at+jwt" || head.JSONWebKey != nil || !kids[head.KeyID] {
				t.Errorf("header %+v", head)
			}
			key := set.Key(head.KeyID)[0]
			if _, ok := key.Key.(*ecdsa.PublicKey); !ok {
				t.Fatalf("%T", key.Key)
			}
			payload, err := jws.Verify(key)
			must(t, err)
			var claims map[string]any
			must(t, json.Unmarshal(payload, &claims))
			iat, _ := claims["iat"].(float64)
			for name, want := range map[string]any{
				"iss": public, "sub": verified.Header.Get("Remote-User"), "aud": "authenticated", "role": "authenticated",
				"email": "ann@acme.test", "org_id": org.ID, "org_slug": "acme", "org_role": "owner",
				"session_id": verified.Header.Get("X-Session-Id"), "nbf": iat, "exp": iat + 300,
			} {
				if claims[name] != want {
					t.Errorf("%s is %v, want %v", name, claims[name], want)
				}
			}
			if id, _ := claims["jti"].(string); !store.ValidID(id) {
				t.Errorf("jti %q", id)
			}
			if now := float64(d.clock.Now().Unix()); iat > now || iat < now-60 {
				t.Errorf("iat %v at %v", iat, now)
			}
			if len(claims) != 13 {
				t.Errorf("%d claims: %v", len(claims), claims)
			}
			// altered in any part it is not accepted (I1)
			for i, part := range strings.Split(raw, ".") {
				parts := strings.Split(raw, ".")
				parts[i] = flip(part, len(part)/2)
				if altered, err := jose.ParseSignedCompact(strings.Join(parts, "."), []jose.SignatureAlgorithm{jose.ES256}); err == nil {
					if _, err := altered.Verify(key); err == nil {
						t.Errorf("part %d can be altered", i)
					}
				}
			}
		})
	}
	// I2: for another organization it is another token
	cem := d.browser()
	d.loginAs(cem, "cem-1", "?organization=acme")
	ids := map[string]bool{}
	for _, host := range []string{"acme", "beta"} {
		_, body := get(t, cem, "https://"+host+".example.test/auth/token")
		must(t, json.Unmarshal([]byte(body), &answer))
		middle, err := base64.RawURLEncoding.DecodeString(strings.Split(answer.AccessToken, ".")[1])
		must(t, err)
		if !strings.Contains(string(middle), `"org_slug":"`+host+`"`) || ids[answer.OrganizationID] {
			t.Errorf("%s: %s", host, middle)
		}
		ids[answer.OrganizationID] = true
	}
}

// I10: the set is read from memory, by HEAD and by tag, with the store away.
func TestTheKeySetNeedsNoStore(t *testing.T) {
	d := newRealService(t)
	d.switched.cut()
	res, _ := get(t, d.browser(), public+"/.well-known/jwks.json")
	etag := res.Header.Get("ETag")
	if res.StatusCode != http.StatusOK || etag == "" {
		t.Fatal(res.StatusCode)
	}
	for tag, want := range map[string]int{
		etag: 304, "W/" + etag: 304, "*": 304, `"other", ` + etag: 304, `"other"`: 200, strings.Trim(etag, `"`): 200, "": 200,
	} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			res, body := do(t, d.browser(), method, public+"/.well-known/jwks.json", nil, "If-None-Match: "+tag)
			if res.StatusCode != want || want == 304 && (body != "" || res.Header.Get("ETag") != etag || res.Header.Get("Cache-Control") == "") {
				t.Errorf("%s %s: %d", method, tag, res.StatusCode)
			}
		}
	}
}

// A store that is away, with what was last known: marked as such.
func TestWhatWasLastKnownIsMarked(t *testing.T) {
	var changed changedSnapshots
	d := newService(t, serviceConfig{trust: true, fixture: read(t, "testdata/fixture.json"), wrap: changed.over})
	ann := d.browser()
	d.loginAs(ann, "ann-1", "")
	changed.set(func(s store.AccessSnapshot) (store.AccessSnapshot, error) {
		s.Degraded = true
		return s, nil
	})
	for _, path := range []string{"/auth/verify", "/auth/forward"} {
		res, _ := get(t, ann, "https://acme.example.test"+path, "Test-Peer: 127.0.0.1:1", "X-Forwarded-Host: acme.example.test")
		if res.StatusCode != http.StatusOK || res.Header.Get("X-Auth-Degraded") == "" || res.Header.Get("X-Org-Slug") != "acme" {
			t.Errorf("%s: %d %v", path, res.StatusCode, res.Header)
		}
	}
}

// rememberedPlaces tells of people what a cache does while the store is away: their
// own organizations stand beside them, and no other one is found.
type rememberedPlaces struct{ store.Store }

func (rememberedPlaces) OrganizationBySlug(context.Context, string) (store.Organization, error) {
	return store.Organization{}, errors.New("the store is away")
}

func (r rememberedPlaces) AccessSnapshot(ctx context.Context, q store.AccessQuery) (store.AccessSnapshot, error) {
	snapshot, err := r.Store.AccessSnapshot(ctx, q)
	snapshot.Degraded = len(q.Slugs) > 0
	return snapshot, err
}

func TestAPlaceThatIsRememberedOfThePersonIsEnough(t *testing.T) {
	d := newService(t, serviceConfig{
		trust: true, fixture: read(t, "testdata/fixture.json"),
		wrap: func(s store.Store) store.Store { return rememberedPlaces{s} },
	})
	ann := d.browser()
	d.loginAs(ann, "ann-1", "")
	for _, path := range []string{"/auth/verify", "/auth/forward"} {
		res, _ := get(t, ann, "https://acme.example.test"+path, "Test-Peer: 127.0.0.1:1", "X-Forwarded-Host: acme.example.test")
		if res.StatusCode != http.StatusOK || res.Header.Get("X-Org-Slug") != "acme" {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
		if res.Header.Get("X-Auth-Degraded") != "store" {
			t.Errorf("%s: what is old of the place is not marked", path)
		}
	}
	res, _ := get(t, d.browser(), "https://acme.example.test/auth/verify", "Test-Peer: 127.0.0.1:1", "X-Forwarded-Host: acme.example.test")
	if res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("without a session, where the place cannot be looked up: %d", res.StatusCode)
	}
}

// J4, J7: every identity header is there with every 200, and with nothing else.
func TestIdentityHeadersAreAllOrNone(t *testing.T) {
	d := newRealService(t)
	ann := d.browser()
	d.loginAs(ann, "ann-1", "")
	names := []string{
		"Remote-User", "Remote-Email", "Remote-Name", "Remote-Groups", "X-Auth-Request-User", "X-Auth-Request-Email", "X-Auth-Request-Groups",
		"X-Org-Id", "X-Org-Slug", "X-Org-Role", "X-Session-Id", "X-Auth-Connection", "Authorization",
	}
	for _, host := range []string{"acme", "app", "globex", "nosuch", "slowly", "login", "www"} {
		for _, c := range []*http.Client{ann, d.browser()} {
			for _, path := range []string{"/auth/verify", "/auth/forward"} {
				for _, peer := range []string{"127.0.0.1:1", "192.0.2.7:1"} {
					name := host + ".example.test"
					res, _ := get(t, c, "https://"+name+path, "Test-Peer: "+peer, "Test-Host: orglogin:8080", "X-Forwarded-Host: "+name)
					for _, n := range names {
						if values := res.Header.Values(n); (len(values) == 1) != (res.StatusCode == http.StatusOK) || len(values) > 1 {
							t.Errorf("%s%s: %d with %s %q", name, path, res.StatusCode, n, values)
						}
					}
					if (res.StatusCode == http.StatusOK) != (c == ann && peer == "127.0.0.1:1" && (host == "acme" || host == "app")) {
						t.Errorf("%s%s from %s: %d", name, path, peer, res.StatusCode)
					}
					if res.Header.Get("Cache-Control") != "no-store" {
						t.Error("a shared cache may keep it")
					}
					if path == "/auth/verify" && res.StatusCode >= 300 && res.StatusCode < 400 {
						t.Error("verify redirects")
					}
				}
			}
		}
	}
}

// A token is signed once a minute for one session and organization.
func TestATokenIsReusedForAMinute(t *testing.T) {
	d := newRealService(t)
	ann := d.browser()
	d.loginAs(ann, "ann-1", "")
	bearer := func() string {
		res, _ := get(t, ann, "https://acme.example.test/auth/verify", "Test-Peer: 127.0.0.1:1", "X-Forwarded-Host: acme.example.test")
		return res.Header.Get("Authorization")
	}
	first := bearer()
	d.clock.Move(59 * time.Second)
	if bearer() != first {
		t.Error("signed again within the minute")
	}
	d.clock.Move(2 * time.Second)
	if bearer() == first {
		t.Error("the same after the minute")
	}
}

// The membership says where a member lands; the slug of the host only finds the
// organization.
func TestVerifyGoesByTheMembershipsSlugAndStatus(t *testing.T) {
	replaced := &changedSnapshots{}
	d := newService(t, serviceConfig{trust: true, fixture: read(t, "testdata/fixture.json"), wrap: replaced.over})
	ann := d.browser()
	d.loginAs(ann, "ann-1", "")
	for name, c := range map[string]struct {
		change func(*store.Organization)
		status int
		reason string
	}{
		"as it is":             {func(*store.Organization) {}, http.StatusOK, ""},
		"pending":              {func(o *store.Organization) { o.Status = store.Pending }, http.StatusForbidden, "subdomain_not_verified"},
		"a slug without place": {func(o *store.Organization) { o.Status, o.Problem = store.Failed, "returns no slug" }, http.StatusForbidden, "subdomain_not_verified"},
	} {
		t.Run(name, func(t *testing.T) {
			replaced.set(func(s store.AccessSnapshot) (store.AccessSnapshot, error) {
				s.Memberships = slices.Clone(s.Memberships)
				for i := range s.Memberships {
					c.change(&s.Memberships[i].Organization)
				}
				return s, nil
			})
			for _, path := range []string{"/auth/verify", "/auth/token"} {
				res, body := get(t, ann, "https://acme.example.test"+path, "Test-Peer: 127.0.0.1:1", "X-Forwarded-Host: acme.example.test", "Accept: application/json")
				if res.StatusCode != c.status || !strings.Contains(body, c.reason) && path == "/auth/token" {
					t.Errorf("%s: %d %s", path, res.StatusCode, body)
				}
			}
		})
	}
}
