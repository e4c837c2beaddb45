package clustertest

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// Who signs in with acme's own provider: uma alone by it, bea by the operator's too.
const (
	tenantOnly = "uma"
	tenantBoth = "bea"
)

var connectionID = regexp.MustCompile(`c-[a-z2-7]{16}`)

// connect gives acme a provider and an active connection to it, with the commands and the
// test login that an operator uses, and returns the id.
func (f *fixture) connect(t *testing.T) (id string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	tenant := ProviderOn(l, "http://acme-id.localhost:"+port)
	t.Cleanup(func() { tenant.Close() })
	f.Tenants = append(f.Tenants, tenant)
	run := func(args ...string) string {
		t.Helper()
		out, err := f.output(t.Context(), shared.binary, args...)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	added := run("connections", "add", "--organization", "acme", "--name", "Acme", "--issuer", tenant.Issuer,
		"--client-id", ClientID, "--client-secret", ClientSecret, "--private")
	if id = connectionID.FindString(added); id == "" {
		t.Fatal(added)
	}
	link := strings.TrimSpace(run("connections", "test", id))
	tester := f.visitor(t, tenantOnly)
	first := f.Instances[0].Addr
	callback := tester.begin(first, link[strings.Index(link, "?"):])
	if a := tester.get(first, callback); a.Status != http.StatusOK {
		t.Fatalf("the test login: %d\n%.600s", a.Status, a.Body)
	}
	run("connections", "activate", id)
	run("organizations", "update", "acme", "--sso", "optional")
	f.importing(t, fmt.Sprintf(`{"users": [{"email": %[1]q, "connection": %[2]q, "issuer": %[3]q, "subject": %[4]q}],
		"memberships": [{"organization": "acme", "email": %[1]q}]}`, address(tenantOnly), id, tenant.Issuer, tenantOnly))
	f.sql(t, fmt.Sprintf(`INSERT INTO orglogin.identities (connection, issuer, subject, profile_id)
		SELECT '%s', '%s', subject, profile_id FROM orglogin.identities WHERE connection = 'default' AND subject = '%s'`, id, tenant.Issuer, tenantBoth))
	return id
}

// disableConnection disables acme's connection while logins by it are in progress on three
// instances: they are refused, and whatever the connection opened has ended
// everywhere: a session that it alone had opened is over, another goes on without it.
func (f *fixture) disableConnection(t *testing.T) {
	id := f.connect(t)
	first := f.Instances[0].Addr
	query := "?organization=acme&connection=" + id
	own, both := f.visitor(t, tenantOnly), f.visitor(t, tenantBoth)
	landed(t, own.login(first, query), f.URL("acme", "/dashboard"))
	landed(t, both.login(first, "?organization=acme&connection=default"), f.URL("acme", "/dashboard"))
	landed(t, both.login(first, query), f.URL("acme", "/dashboard"))
	f.known(own, "acme", http.StatusOK)
	f.openedBy(both, id)
	const calls = `orglogin_organization_provider_request_duration_seconds_count{endpoint="token"}`
	if n, err := f.Instances[0].Metric(t.Context(), calls); err != nil || n < 2 {
		t.Errorf("%v calls of the token endpoint are in the metrics, %v", n, err)
	}

	// Half of the logins wait for the provider's answer while the command runs, the
	// other half have not come back from the provider.
	const logins = 12
	all, callbacks := make([]visitor, logins), make([]string, logins)
	for n := range all {
		all[n] = f.visitor(t, tenantOnly)
		callbacks[n] = all[n].begin(f.one(n), query)
	}
	release := f.Tenants[0].hold()
	finish := func(n int) {
		a, err := all[n].Get(context.WithoutCancel(t.Context()), f.one(n), callbacks[n])
		if err != nil || a.Status != http.StatusForbidden {
			t.Errorf("login %d: got %d, %v, want 403", n, a.Status, err)
		}
	}
	asked := f.Tenants[0].Asked("/token")
	var running sync.WaitGroup
	for n := range logins / 2 {
		running.Go(func() { finish(n) })
	}
	eventually(t, "the logins wait", func() bool { return f.Tenants[0].Asked("/token") == asked+logins/2 })
	err := f.command(t.Context(), shared.binary, "connections", "disable", id)
	disabled := time.Now()
	release()
	running.Wait()
	if err != nil {
		t.Fatal(err)
	}
	for n := logins / 2; n < logins; n++ {
		finish(n)
	}
	for _, v := range append(all, own) {
		f.known(v, "acme", http.StatusUnauthorized)
	}
	f.openedBy(both, "default")
	t.Logf("all of it is known %s after the command", time.Since(disabled).Round(time.Millisecond))
	if n := f.count(t, `SELECT count(*) FROM orglogin.session_connections WHERE connection_id = '`+id+`'`); n != 0 {
		t.Errorf("%d sessions remember the connection", n)
	}
}

// hold makes the token endpoint wait for release.
func (p *Provider) hold() (release func()) {
	held := make(chan struct{})
	p.Instead(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/token" {
			<-held
		}
		return false
	})
	return func() { close(held) }
}

// openedBy waits until every instance names this connection as what opens acme for a browser.
func (f *fixture) openedBy(v visitor, connection string) {
	v.t.Helper()
	for _, i := range f.Instances {
		took := eventually(v.t, "opened by "+connection, func() bool {
			a := v.verify(i.Addr, "acme")
			return a.Status == http.StatusOK && a.Header.Get("X-Auth-Connection") == connection
		})
		if took > withinBound {
			v.t.Errorf("opened by %s after %s", connection, took)
		}
	}
}
