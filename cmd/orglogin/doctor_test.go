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

// isReport checks the report that was printed, the names of its checks and
// whether each is well: report BROKEN NAME OK...
func isReport(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args)%2 != 1 {
		ts.Fatalf("usage: report BROKEN NAME OK...")
	}
	text := ts.ReadFile("stdout")
	var got map[string]any
	ts.Check(json.Unmarshal([]byte(text), &got))
	if len(got) != 3 || got["broken"] != args[0] || got["sound"] != (args[0] == "") {
		ts.Fatalf("not the three members with broken %q: %s", args[0], text)
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
		if strings.Join(members, " ") != "detail mend name ok own_claims service" || !isBool || (check["mend"] == "") != ok {
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
	server := httptest.NewUnstartedServer(nil)
	issuer := "http://" + server.Listener.Addr().String()
	server.Config.Handler = fakeidp.New(fakeidp.Config{Issuer: issuer, ClientID: "client", ClientSecret: "secret"})
	server.Start()
	ts.Defer(server.Close)
	ts.Setenv("ORGLOGIN_OIDC_ISSUER", issuer)
}
