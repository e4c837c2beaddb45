package main

import (
	"encoding/json"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"orglogin/handlers/signin/fakeidp"
)

// isReport checks the report that was printed, which checks it has and which of
// them passed: report FAILED NAME OK...
// With -person it is the one report of an array.
func isReport(ts *testscript.TestScript, neg bool, args []string) {
	want := 3
	text := ts.ReadFile("stdout")
	if len(args) > 0 && args[0] == "-person" {
		var all []json.RawMessage
		ts.Check(json.Unmarshal([]byte(text), &all))
		if len(all) != 1 {
			ts.Fatalf("not one report: %s", text)
		}
		args, text, want = args[1:], string(all[0]), 4
	}
	if neg || len(args)%2 != 1 {
		ts.Fatalf("usage: report [-person] FAILED NAME OK...")
	}
	var got map[string]any
	ts.Check(json.Unmarshal([]byte(text), &got))
	_, person := got["user_id"]
	if len(got) != want || person != (want == 4) || got["failed"] != args[0] || got["ok"] != (args[0] == "") {
		ts.Fatalf("not the %d members with failed %q: %s", want, args[0], text)
	}
	checks, ok := got["checks"].([]any)
	if !ok {
		ts.Fatalf("no checks: %s", text)
	}
	var found []string
	for _, c := range checks {
		check, _ := c.(map[string]any)
		var members []string
		for member := range check {
			members = append(members, member)
		}
		slices.Sort(members)
		name, _ := check["name"].(string)
		ok, isBool := check["ok"].(bool)
		if strings.Join(members, " ") != "detail fix name ok own_claims service" || !isBool || (check["fix"] == "") != ok {
			ts.Fatalf("the check is %v", check)
		}
		found = append(found, name, strconv.FormatBool(ok))
	}
	if !slices.Equal(found, args[1:]) {
		ts.Fatalf("the checks are %q", found)
	}
}

// provider starts an OpenID provider and configures it as the issuer: provider
func provider(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: provider")
	}
	server, issuer := startProvider()
	ts.Defer(server.Close)
	ts.Setenv("ORGLOGIN_OIDC_ISSUER", issuer)
}

// startProvider starts an OpenID provider and returns its issuer.
func startProvider() (*httptest.Server, string) {
	server := httptest.NewUnstartedServer(nil)
	issuer := "http://" + server.Listener.Addr().String()
	server.Config.Handler = fakeidp.New(fakeidp.Config{Issuer: issuer, ClientID: "client", ClientSecret: "secret"})
	server.Start()
	return server, issuer
}
