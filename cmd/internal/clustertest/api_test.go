package clustertest

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// changeThroughAPI changes through the API of one instance what all of them know.
func (f *fixture) changeThroughAPI(t *testing.T) {
	out, err := f.output(t.Context(), shared.binary, "tokens", "create", "--name", "backend", "--json",
		"--scope", "organizations:write,members:write,people:write,sessions:write")
	if err != nil {
		t.Fatal(err)
	}
	var made struct{ Token string }
	if err := json.Unmarshal([]byte(out), &made); err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", f.Instances[1].API)
	}}}
	defer client.CloseIdleConnections()
	call := func(method, path, body string) []byte {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, "http://api"+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+made.Token)
		r.Header.Set("Content-Type", "application/json")
		res, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode >= http.StatusBadRequest {
			t.Fatalf("%s %s: %d, %v\n%s", method, path, res.StatusCode, err, text)
		}
		return text
	}
	var members struct {
		Items []struct {
			ID string `json:"user_id"`
		}
	}
	bea := f.visitor(t, "bea")
	landed(t, bea.login(f.Instances[0].Addr, "?organization=beta"), f.URL("beta", "/dashboard"))
	f.known(bea, "beta", http.StatusOK)
	if err := json.Unmarshal(call(http.MethodGet, "/v1/organizations/beta/members", ""), &members); err != nil || len(members.Items) != 1 {
		t.Fatalf("the members are %+v, %v", members, err)
	}
	id := members.Items[0].ID

	call(http.MethodPatch, "/v1/organizations/beta", `{"subdomain_status": "disabled"}`)
	f.known(bea, "beta", http.StatusForbidden)
	call(http.MethodPatch, "/v1/organizations/beta", `{"subdomain_status": "verified"}`)
	f.known(bea, "beta", http.StatusOK)
	call(http.MethodPatch, "/v1/organizations/beta/members/"+id, `{"active": false}`)
	f.known(bea, "beta", http.StatusForbidden)
	f.known(bea, "acme", http.StatusOK)
	call(http.MethodPatch, "/v1/organizations/beta/members/"+id, `{"active": true}`)
	f.known(bea, "beta", http.StatusOK)
	call(http.MethodDelete, "/v1/people/"+id+"/sessions", "")
	f.known(bea, "acme", http.StatusUnauthorized)
	landed(t, bea.login(f.Instances[2].Addr, "?organization=beta"), f.URL("beta", "/dashboard"))
	call(http.MethodPatch, "/v1/people/"+id, `{"disabled": true}`)
	f.known(bea, "acme", http.StatusUnauthorized)
	call(http.MethodPatch, "/v1/people/"+id, `{"disabled": false}`)
	f.known(bea, "acme", http.StatusUnauthorized) // the sessions do not come back
}
