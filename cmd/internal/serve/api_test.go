package serve

import (
	"image/color"
	"net/http"
	"strings"
	"testing"

	"orglogin/store/manage/managetest"
)

// Every operation, in the order of the life of an organization.
func TestEveryRouteOfTheAPI(t *testing.T) {
	onEachAPI(t, func(t *testing.T, w *apiWorld) {
		made := w.want(http.MethodPost, "/v1/organizations", `{"slug": "initech", "name": "Initech", "subdomain_status": "verified"}`, 201, "")
		if got := made.header.Get("Location"); got != "/v1/organizations/"+made.field("id") || made.field("sso") != "off" {
			t.Errorf("got %s, %s", got, made.body)
		}
		n := w.fill("acme")
		const acme = "/v1/organizations/acme"
		for _, c := range []struct {
			method, path, body string
			status             int
			reason             string
		}{
			{"GET", "/v1/organizations?limit=1", "", 200, ""},
			{"GET", made.header.Get("Location"), "", 200, ""},
			{"PATCH", "/v1/organizations/initech", `{"slug": "initech2"}`, 200, ""},
			{"GET", "/v1/organizations/initech", "", 200, ""}, // the old slug
			{"PATCH", "/v1/organizations/initech2", `{"color": "#0B3D91"}`, 200, ""},
			{"PATCH", "/v1/organizations/initech2", `{"color": "#ffcc00"}`, 422, "invalid"},
			{"PATCH", "/v1/organizations/initech2", `{"color": ""}`, 200, ""},
			{"PUT", "/v1/organizations/initech2/logo", string(managetest.Logo(48, 48, color.Black)), 200, ""},
			{"PUT", "/v1/organizations/initech2/logo", string(managetest.Logo(513, 1, color.Black)), 422, "invalid"},
			{"PUT", "/v1/organizations/initech2/logo", "<svg/>", 422, "invalid"},
			{"PUT", "/v1/organizations/initech2/logo", "", 400, "malformed"},
			{"PUT", "/v1/organizations/initech2/logo", strings.Repeat("x", 64<<10+1), 413, "too_large"},
			{"PUT", "/v1/organizations/nothing/logo", string(managetest.Logo(48, 48, color.Black)), 404, "not_found"},
			{"DELETE", "/v1/organizations/initech2/logo", "", 204, ""},
			{"DELETE", "/v1/organizations/initech2/logo", "", 204, ""},
			{"POST", "/v1/organizations", `{"slug": "initech", "name": "Other"}`, 409, "slug_taken"},
			{"DELETE", "/v1/organizations/initech2", "", 204, ""},
			{"DELETE", "/v1/organizations/initech2", "", 404, "not_found"},

			{"GET", acme + "/members?email=owner@acme.test", "", 200, ""},
			{"GET", acme + "/members/" + n.user, "", 200, ""},
			{"PATCH", acme + "/members/" + n.user, `{"role": "member"}`, 409, "last_owner"},
			{"DELETE", acme + "/members/" + n.user, "", 409, "last_owner"},
			{"GET", acme + "/members/" + n.invitation, "", 404, "not_found"},

			{"GET", acme + "/invitations", "", 200, ""},
			{"GET", acme + "/invitations/" + n.invitation, "", 200, ""},
			{"POST", acme + "/invitations", `{"email": "x@acme.test", "role": "admin", "expires_at": "2020-01-01T00:00:00Z"}`, 422, "invalid"},
			{"POST", acme + "/invitations", `{"email": "x@acme.test", "send": true}`, 422, "invalid"},
			{"POST", acme + "/invitations/" + n.invitation + "/resend", "", 200, ""},
			{"POST", acme + "/invitations/" + n.invitation + "/resend", `{"send": false}`, 429, "rate_limited"},
			{"DELETE", acme + "/invitations/" + n.invitation, "", 204, ""},
			{"POST", acme + "/invitations/" + n.invitation + "/resend", "", 409, "conflict"},

			{"GET", acme + "/domains", "", 200, ""},
			{"POST", acme + "/domains", `{"domain": "bücher.example"}`, 201, ""},
			{"POST", acme + "/domains", `{"domain": "com"}`, 422, "invalid"},
			{"PATCH", acme + "/domains/acme.test", `{"join": "request", "discoverable": true}`, 200, ""},
			{"POST", acme + "/domains/acme.test/verify", "", 409, "conflict"}, // no name server answers
			{"POST", acme + "/domains/acme.test/verify", `{"take_over": true}`, 422, "invalid"},
			{"POST", acme + "/domains/acme.test/verify", `{"by_hand": true}`, 200, ""},
			{"DELETE", acme + "/domains/acme.test", "", 204, ""},
			{"GET", acme + "/domains/acme.test", "", 404, "not_found"},

			{"GET", acme + "/connections", "", 200, ""},
			{"GET", acme + "/connections/" + n.connection, "", 200, ""},
			{"PATCH", acme + "/connections/" + n.connection, `{"status": "active"}`, 409, "not_tested"},
			{"PATCH", acme, `{"sso": "required"}`, 409, "conflict"},
			{"POST", acme + "/connections/" + n.connection + "/test", "", 200, ""},
			{"PATCH", acme + "/connections/" + n.connection, `{"status": "disabled"}`, 200, ""},
			{"DELETE", acme + "/connections/" + n.connection, "", 204, ""},

			{"GET", "/v1/requests?organization=acme", "", 200, ""},
			{"GET", "/v1/requests/" + n.request, "", 200, ""},
			{"PATCH", "/v1/requests/" + n.request, `{"state": "waiting"}`, 422, "invalid"},
			{"PATCH", "/v1/requests/" + n.request, `{"state": "declined"}`, 200, ""},

			{"GET", "/v1/people?email=owner@acme.test", "", 200, ""},
			{"GET", "/v1/people/" + n.user, "", 200, ""},
			{"GET", "/v1/people/" + n.user + "/sessions?limit=1", "", 200, ""},
			{"DELETE", "/v1/people/" + n.user + "/sessions/" + n.session, "", 204, ""},
			{"DELETE", "/v1/people/" + n.user + "/sessions/" + n.session, "", 204, ""},
			{"DELETE", "/v1/people/" + n.user + "/sessions", "", 204, ""},
			{"PATCH", "/v1/people/" + n.user, `{"disabled": true}`, 200, ""},
			{"PATCH", "/v1/people/" + n.user, `{}`, 200, ""},
			{"GET", "/v1/explain?email=owner@acme.test&host=acme.example.localhost", "", 200, ""},
			{"GET", "/v1/explain?email=new@acme.test&redirect=/x", "", 200, ""},
			{"GET", "/v1/explain", "", 422, "invalid"},
			{"GET", "/v1/explain?email=a@acme.test&host=else.test", "", 422, "invalid"},
			{"GET", "/v1/receipts/abcdefghijklmnop", "", 404, "not_found"},
			{"DELETE", "/v1/people/" + n.user, "", 409, "last_owner"},
			{"DELETE", "/v1/people/" + n.user + "?with_organizations=true", "", 204, ""},
			{"GET", acme, "", 404, "not_found"},
			{"GET", "/v1/audit?limit=200", "", 200, ""},
		} {
			w.want(c.method, c.path, c.body, c.status, c.reason)
		}
	})
}

// What is refused before an operation, and the headers of every answer.
func TestTheFormOfRequestsAndAnswers(t *testing.T) {
	onEachAPI(t, func(t *testing.T, w *apiWorld) {
		w.fill("acme")
		const acme = "/v1/organizations/acme"
		reader := w.newToken("", "organizations:read")
		secret := strings.Repeat("s", 5000)
		for _, c := range []struct {
			name, token, method, path, body string
			status                          int
			reason, text                    string // text is in the body
			headers                         []string
		}{
			{"no token", "", "GET", acme, "", 401, "unauthorized", "orglogin tokens create", nil},
			{"another token", "olg_" + strings.Repeat("a", 43), "GET", acme, "", 401, "unauthorized", "unknown, expired or revoked", nil},
			{"a token of another form", "secret", "GET", acme, "", 401, "unauthorized", "", nil},
			{"a token in the query", "", "GET", acme + "?access_token=" + w.token, "", 401, "unauthorized", "", nil},
			{"another scheme", "", "GET", acme, "", 401, "unauthorized", "", []string{"Authorization: Basic " + w.token}},
			{"no scope", reader, "PATCH", acme, `{"name": "X"}`, 403, "insufficient_scope", "organizations:write", nil},
			{"no such path", w.token, "GET", "/v2", "", 404, "not_found", "/openapi.json", nil},
			{"no such method", w.token, "PUT", acme, "{}", 405, "method_not_allowed", "PATCH", nil},
			{"not JSON", w.token, "PATCH", acme, `{`, 400, "malformed", "", nil},
			{"no body", w.token, "PATCH", acme, ``, 400, "malformed", "", nil},
			{"a name twice", w.token, "PATCH", acme, `{"name": "a", "name": "b"}`, 400, "malformed", "twice", nil},
			{"a form", w.token, "PATCH", acme, `name=x`, 415, "unsupported_media_type", "", []string{"Content-Type: application/x-www-form-urlencoded"}},
			{"a merge patch", w.token, "PATCH", acme, `{"name": "Acme 2"}`, 200, "", "Acme 2", []string{"Content-Type: application/merge-patch+json"}},
			{"too large", w.token, "PATCH", acme, `{"name": "` + strings.Repeat("a", 70_000) + `"}`, 413, "too_large", "65536", nil},
			{"null", w.token, "PATCH", acme, `{"name": null}`, 422, "invalid", `"name":"name"`, nil},
			{"an unknown member", w.token, "PATCH", acme, `{"nam": "x"}`, 422, "invalid", `"name":"nam"`, nil},
			{"a member in another case", w.token, "PATCH", acme, `{"Name": "x"}`, 422, "invalid", `"name":"Name"`, nil},
			{"every field at once", w.token, "PATCH", acme, `{"slug": "-", "name": "", "subdomain_status": "x", "sso": "y"}`, 422, "invalid", `"slug"`, nil},
			{"no field", w.token, "POST", "/v1/organizations", `{}`, 422, "invalid", `"slug"`, nil},
			{"a secret", w.token, "POST", acme + "/connections", `{"client_secret": "` + secret + `", "issuer": 1}`, 422, "invalid", `"issuer"`, nil},
			{"an unknown parameter", w.token, "GET", acme + "?x=1", "", 422, "invalid", `"x"`, nil},
			{"a page that is too long", w.token, "GET", "/v1/organizations?limit=201", "", 422, "invalid", `"limit"`, nil},
			{"an after of another list", w.token, "GET", "/v1/organizations?after=WyJhIiwiYiJd", "", 422, "invalid", `"after"`, nil},
			{"a bad key", w.token, "POST", "/v1/organizations", `{}`, 422, "invalid", `Idempotency-Key`, []string{"Idempotency-Key: a b"}},
			{"an old version", w.token, "PATCH", acme, `{"name": "X"}`, 412, "precondition_failed", "", []string{`If-Match: "old"`}},
			{"the document", "", "GET", "/openapi.json", "", 200, "", `"3.1.0"`, nil},
		} {
			a := w.askAs(c.token, c.method, c.path, c.body, c.headers...)
			if a.status != c.status || a.problem().Reason != c.reason || !strings.Contains(string(a.body), c.text) || strings.Contains(string(a.body), "sss") {
				t.Errorf("%s: got %d %s, want %d %s %s", c.name, a.status, a.body, c.status, c.reason, c.text)
			}
			if (a.status == 401 || a.status == 403) && !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Bearer ") {
				t.Errorf("%s: WWW-Authenticate is %q", c.name, a.header.Get("WWW-Authenticate"))
			}
			if a.status >= 400 && a.header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("%s: Content-Type is %q", c.name, a.header.Get("Content-Type"))
			}
			if a.header.Get("Cache-Control") != "no-store" || a.header.Get("X-Content-Type-Options") != "nosniff" || len(a.header.Get("X-Request-Id")) != 16 {
				t.Errorf("%s: the headers are %v", c.name, a.header)
			}
		}
		all := w.ask("PATCH", acme, `{"slug": "-", "name": "", "subdomain_status": "x", "sso": "y"}`).problem().Errors
		if len(all) != 4 {
			t.Errorf("got %v", all)
		}
	})
}

// A version is named by its ETag, and what was read may be changed only as it was read.
func TestVersionsOfAThing(t *testing.T) {
	onEachAPI(t, func(t *testing.T, w *apiWorld) {
		n := w.fill("acme")
		const acme = "/v1/organizations/acme"
		for _, path := range []string{
			acme, acme + "/members/" + n.user, acme + "/invitations/" + n.invitation, acme + "/domains/acme.test",
			acme + "/connections/" + n.connection, "/v1/requests/" + n.request, acme + "/members",
		} {
			etag := w.want("GET", path, "", 200, "").header.Get("ETag")
			if a := w.ask("GET", path, "", "If-None-Match: "+etag); a.status != 304 || len(a.body) > 0 || a.header.Get("ETag") != etag {
				t.Errorf("%s: got %d %s", path, a.status, a.body)
			}
		}
		for path, body := range map[string]string{
			acme: `{"name": "Other"}`, acme + "/members/" + n.user: `{"role": "owner", "active": true}`, acme + "/domains/acme.test": `{"join": "request"}`,
			acme + "/connections/" + n.connection: `{"name": "Other"}`, "/v1/requests/" + n.request: `{"state": "declined"}`, "/v1/people/" + n.user: `{"disabled": true}`,
		} {
			etag := w.want("GET", path, "", 200, "").header.Get("ETag")
			changed := w.want("PATCH", path, body, 200, "", "If-Match: "+etag)
			if after := w.want("GET", path, "", 200, "").header.Get("ETag"); after != changed.header.Get("ETag") {
				t.Errorf("%s: the answer to PATCH has the ETag %s, and GET %s", path, changed.header.Get("ETag"), after)
			}
			if changed.header.Get("ETag") != etag {
				w.want("PATCH", path, body, 412, "precondition_failed", "If-Match: "+etag)
				w.want("DELETE", path, "", map[bool]int{true: 405, false: 412}[strings.Contains(path, "requests")],
					map[bool]string{true: "method_not_allowed", false: "precondition_failed"}[strings.Contains(path, "requests")], "If-Match: "+etag)
			}
		}
	})
}
