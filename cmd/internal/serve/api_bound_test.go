package serve

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"orglogin/store"
	"orglogin/store/manage"
)

// bodies are what the walk sends to each operation that takes a body; %s is the name of the other organization.
var bodies = map[string]string{
	"create-organization": `{"slug": "mine", "name": "Mine"}`,
	"update-organization": `{"name": "Mine"}`,
	"update-member":       `{"role": "admin"}`,
	"create-invitation":   `{"email": "eve@acme.test"}`,
	"resend-invitation":   `{}`,
	"add-domain":          `{"domain": "eve.test"}`,
	"update-domain":       `{"join": "auto"}`,
	"verify-domain":       `{}`,
	"add-connection":      `{"name": "Eve", "issuer": "https://eve.test", "client_id": "1", "client_secret": "s"}`,
	"update-connection":   `{"status": "disabled"}`,
	"update-person":       `{"disabled": true}`,
	"decide-request":      `{"state": "approved"}`,
	"test-connection":     ``,
	"set-logo":            `no picture`,
}

// forbidden are further bodies, which a token of an organization may not send to its own either.
var forbidden = map[string][]string{
	"update-organization": {`{"slug": "eve"}`, `{"subdomain_status": "disabled"}`},
	"verify-domain":       {`{"by_hand": true}`, `{"by_hand": true, "take_over": true, "certain": true}`},
	"add-connection":      {`{"name": "Eve", "issuer": "https://eve.test", "client_id": "1", "client_secret": "s", "private": true}`},
}

// idsOf are the values of a parameter for the things of an organization, in every form, named by the operation.
func (n things) idsOf(o operation, name string) []string {
	switch {
	case name == "organization":
		return []string{n.organization, n.slug, strings.ToUpper(n.organization)}
	case name == "user" || name == "id" && strings.HasPrefix(o.path, "/v1/people/"):
		return []string{n.user}
	case name == "session":
		return []string{n.session}
	case name == "domain":
		return []string{n.domain}
	case name == "id" && strings.Contains(o.path, "/invitations/"):
		return []string{n.invitation}
	case name == "id" && strings.Contains(o.path, "/connections/"):
		return []string{n.connection}
	case name == "id" && strings.HasPrefix(o.path, "/v1/requests/"):
		return []string{n.request}
	case name == "id" && strings.HasPrefix(o.path, "/v1/receipts/"):
		return []string{"abcdefghijklmnop"}
	}
	return nil
}

// unknown is what no organization has.
func unknown() things {
	return things{
		slug: "unknown", organization: store.NewID(), user: store.NewID(), invitation: store.NewID(), domain: "unknown.test",
		connection: "c-aaaaaaaaaaaaaaaa", request: store.NewID(), session: store.NewID(),
	}
}

// Every route of the document, with the ids of another organization in path and query, is answered to a token of one
// organization as with ids that nothing has. A new route is walked because it is in the document.
func TestATokenOfOneOrganizationLearnsNothingOfAnother(t *testing.T) {
	onEachAPI(t, func(t *testing.T, w *apiWorld) {
		own, other := w.fill("acme"), w.fill("globex")
		token := w.newToken("acme", boundScopes()...)
		before := w.dump()
		asked := 0
		for _, o := range w.doc.operations() {
			texts := append([]string{bodies[o.OperationID]}, forbidden[o.OperationID]...)
			if _, ok := bodies[o.OperationID]; !ok && o.RequestBody != nil {
				t.Errorf("%s takes a body, and this test has none for it", o.OperationID)
			}
			for _, body := range texts {
				asked += w.compare(token, o, own, other, body)
			}
		}
		if asked < 60 {
			t.Errorf("only %d requests were compared", asked)
		}
		if after := w.dump(); after != before {
			t.Errorf("something has changed: %s, was %s", after, before)
		}
	})
}

// boundScopes are those that a token of one organization can have.
func boundScopes() []string {
	return slices.DeleteFunc(slices.Clone(manage.Scopes), func(s string) bool {
		return strings.HasPrefix(s, "people") || strings.HasPrefix(s, "sessions") || strings.HasPrefix(s, "explain")
	})
}

// compare asks an operation with one id of the other organization at a time, and with an unknown one in its place.
func (w *apiWorld) compare(token string, o operation, own, other things, body string) (asked int) {
	nothing := unknown()
	for _, p := range o.Parameters {
		if p.In == "header" || other.idsOf(o, p.Name) == nil {
			continue
		}
		for i, id := range other.idsOf(o, p.Name) {
			for _, rest := range []things{own, other} { // the other ids of the path
				asked++
				foreign := w.askAs(token, o.method, fillPath(o, rest, p.Name, id), body)
				none := nothing.idsOf(o, p.Name)[i]
				blind := w.askAs(token, o.method, fillPath(o, rest, p.Name, none), body)
				w.checkSame(o, foreign, blind, id, none)
			}
		}
	}
	return asked
}

func (w *apiWorld) checkSame(o operation, foreign, blind answer, id, none string) {
	w.Helper()
	refused := foreign.problem().Reason == "insufficient_scope" || foreign.problem().Reason == "not_allowed" // whatever the id is
	if foreign.status != http.StatusNotFound && !refused {
		w.Errorf("%s with %s: got %d %s", o.OperationID, id, foreign.status, foreign.body)
	}
	a, b := comparable(foreign, id), comparable(blind, none)
	if a != b {
		w.Errorf("%s answers %s differently from an unknown one:\n%s\n%s", o.OperationID, id, a, b)
	}
}

// comparable is an answer without what differs between any two.
func comparable(a answer, id string) string {
	h := a.header.Clone()
	for _, name := range []string{"Date", "X-Request-Id", "Content-Length"} {
		h.Del(name)
	}
	var p map[string]any
	_ = json.Unmarshal(a.body, &p)
	delete(p, "request_id")
	text, _ := json.Marshal([]any{a.status, h, p})
	return strings.ReplaceAll(string(text), id, "ID")
}

// fillPath is the path of an operation with the ids of n, and one of them replaced; as a query where it is none of the path.
func fillPath(o operation, n things, replaced, by string) string {
	path, query := o.path, url.Values{}
	for _, p := range o.Parameters {
		ids := n.idsOf(o, p.Name)
		if len(ids) == 0 || p.In == "header" {
			continue
		}
		id := ids[0]
		if p.Name == replaced {
			id = by
		}
		if p.In == "path" {
			path = strings.ReplaceAll(path, "{"+p.Name+"}", url.PathEscape(id))
		} else if p.Name == replaced {
			query.Set(p.Name, id)
		}
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return path
}

// dump is everything that the operations show.
func (w *apiWorld) dump() string {
	w.Helper()
	var all strings.Builder
	for _, o := range w.doc.operations() {
		if o.method != http.MethodGet || o.OperationID == "get-receipt" || o.OperationID == "explain" {
			continue
		}
		for _, slug := range []string{"acme", "globex"} {
			path := strings.ReplaceAll(o.path, "{organization}", slug)
			if !strings.Contains(path, "{") {
				all.Write(w.want(http.MethodGet, path, "", http.StatusOK, "").body)
			}
		}
	}
	return all.String()
}

// A list shows a token of one organization what is of that organization alone, and it changes of it what hangs below it.
func TestATokenOfOneOrganizationManagesThatOne(t *testing.T) {
	onEachAPI(t, func(t *testing.T, w *apiWorld) {
		own := w.fill("acme")
		w.fill("globex")
		token := w.newToken("acme", boundScopes()...)
		for _, path := range []string{"/v1/organizations", "/v1/requests", "/v1/audit", "/v1/requests?organization=acme", "/v1/audit?organization=" + own.organization} {
			a := w.askAs(token, http.MethodGet, path, "")
			if a.status != http.StatusOK || strings.Contains(string(a.body), "globex") || !strings.Contains(string(a.body), "acme") {
				t.Errorf("%s: got %d %s", path, a.status, a.body)
			}
		}
		for _, c := range []struct {
			method, path, body string
			status             int
		}{
			{http.MethodPatch, "", `{"name": "Ours"}`, 200},
			{http.MethodPatch, "", `{"slug": "ours"}`, 403},
			{http.MethodPatch, "", `{"name": "Ours", "subdomain_status": "disabled"}`, 403},
			{http.MethodDelete, "", ``, 403},
			{http.MethodPost, "/connections", forbidden["add-connection"][0], 403},
			{http.MethodPost, "/domains/acme.test/verify", `{"by_hand": true}`, 403},
			{http.MethodPost, "/domains", `{"domain": "more.test"}`, 201},
			{http.MethodPost, "/invitations", `{"email": "bob@acme.test"}`, 201},
			{http.MethodPatch, "/members/" + own.user, `{"role": "owner"}`, 200},
		} {
			a := w.askAs(token, c.method, "/v1/organizations/acme"+c.path, c.body)
			if a.status != c.status {
				t.Errorf("%s %s %s: got %d %s, want %d", c.method, c.path, c.body, a.status, a.body, c.status)
			}
		}
		if a := w.askAs(token, http.MethodPost, "/v1/organizations", bodies["create-organization"]); a.status != http.StatusForbidden {
			t.Errorf("it creates: %d %s", a.status, a.body)
		}
		var shown map[string]any
		_ = json.Unmarshal(w.askAs(token, http.MethodGet, "/v1/organizations/acme", "").body, &shown)
		if shown["name_self_chosen"] != true {
			t.Errorf("got %v, of %v", shown, slices.Sorted(maps.Keys(shown)))
		}
	})
}
