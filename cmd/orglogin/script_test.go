package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"orglogin/cmd/internal/domains/dnstest"
	"orglogin/redirect"
	"orglogin/store"
	"orglogin/store/manage"
	"orglogin/store/sqlite"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"orglogin": main})
}

// TestScripts runs testdata/*.txtar: the program as an operator meets it, each
// script in a directory of its own with a site, but no database, configured.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("COLUMNS", "400")
			env.Setenv("GORACE", "atexit_sleep_ms=0") // or each of a hundred programs ends with a second of sleep
			env.Setenv("ORGLOGIN_PUBLIC_URL", "https://login.example.com")
			env.Setenv("ORGLOGIN_APP_URL", "https://app.example.com")
			env.Setenv("ORGLOGIN_BASE_DOMAIN", "example.com")
			env.Values[dnsRecords] = &dnstest.Records{}
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits":    exits,
			"id":       connectionID,
			"keep":     keep,
			"tested":   tested,
			"login":    login,
			"json":     isJSON,
			"answerer": answerer,
			"report":   isReport,
			"provider": provider,
			"dns":      startDNS,
			"record":   setRecord,

			"joinrequest": joinRequest,
		},
	})
}

// exits runs a program that must end with a status: exits STATUS PROGRAM ARG...
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS PROGRAM ARG...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	status := 0
	err = ts.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		status = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if status != want {
		ts.Fatalf("exit status %d, not %d", status, want)
	}
}

// connectionID keeps the id of the connection that was just added as $ID.
func connectionID(ts *testscript.TestScript, _ bool, _ []string) {
	id := regexp.MustCompile(`c-[a-z2-7]{16}`).FindString(ts.ReadFile("stdout"))
	if id == "" {
		ts.Fatalf("no id of a connection was printed")
	}
	ts.Setenv("ID", id)
}

// keep sets a variable to what a pattern finds in the output: keep NAME PATTERN
func keep(ts *testscript.TestScript, _ bool, args []string) {
	found := regexp.MustCompile(args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if len(found) != 2 {
		ts.Fatalf("the output has nothing like %s", args[1])
	}
	ts.Setenv(args[0], found[1])
}

// tested does what a test login by the connection $ID ends with.
func tested(ts *testscript.TestScript, _ bool, _ []string) {
	ctx := context.Background()
	db, err := sqlite.Open(ctx, sqlite.Config{Path: ts.MkAbs("orglogin.db")})
	ts.Check(err)
	defer db.Close()
	connection, err := db.Connection(ctx, ts.Getenv("ID"))
	ts.Check(err)
	ts.Check(db.FinishConnectionTest(ctx, connection.ID, connection.Revision))
}

// login signs a person in and keeps the receipt r of the decision, as the
// service would: login ADDRESS SUBJECT RECEIPT
func login(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: login ADDRESS SUBJECT RECEIPT")
	}
	db, err := sqlite.Open(context.Background(), sqlite.Config{Path: ts.MkAbs("orglogin.db")})
	ts.Check(err)
	defer db.Close()
	ts.Check(signIn(db, args[0], args[1], args[2]))
}

// signIn completes the login of an address and a subject on a database, and
// keeps the decision under a receipt.
func signIn(db store.Store, address, subject, receipt string) error {
	ctx, now := context.Background(), time.Now()
	done, err := db.CompleteLogin(ctx, newLogin(store.Identity{Issuer: "https://op.test", Subject: subject, Email: address, EmailVerified: true}, now))
	if err != nil {
		return err
	}
	site := redirect.Site{
		Public:     redirect.Origin{Scheme: "https", Host: "login.example.com"},
		App:        redirect.Origin{Scheme: "https", Host: "app.example.com"},
		BaseDomain: "example.com", DashboardPath: "/dashboard", FallbackPath: "/clients",
	}
	d := redirect.Decide(site, redirect.Request{Session: &store.Session{
		UserID: done.Snapshot.Profile.ID, Connections: []store.SessionConnection{{ConnectionID: store.DefaultConnection}},
	}}, done.Snapshot, now)
	d.Receipt = receipt
	text, err := json.Marshal(d)
	if err != nil {
		return err
	}
	return db.SaveReceipt(ctx, store.Receipt{ID: receipt, UserID: done.Snapshot.Profile.ID, At: now, Decision: text})
}

func newLogin(i store.Identity, now time.Time) store.Login {
	return store.Login{
		Identity: i,
		Signup:   store.SignupProfile,
		Session: store.Session{
			ID: store.NewID(), SecretHash: store.HashToken(store.NewID()), BrowserHash: store.HashToken(store.NewID()),
			CreatedAt: now, LastSeenAt: now, ExpiresAt: now.Add(time.Hour),
		},
		Now: now,
	}
}

// isJSON checks members of the decision that was printed: json NAME VALUE...
func isJSON(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args)%2 != 0 {
		ts.Fatalf("usage: json NAME VALUE...")
	}
	var got map[string]any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &got))
	for _, name := range []string{"outcome", "status", "url", "step", "reason", "receipt", "trace"} {
		if _, ok := got[name]; !ok {
			ts.Fatalf("no member %q", name)
		}
	}
	trace, ok := got["trace"].([]any)
	if !ok || len(trace) != 4 || len(got) != 7 {
		ts.Fatalf("not the seven members with four steps: %v", got)
	}
	for i := 0; i < len(args); i += 2 {
		value := got[args[i]]
		if n, ok := value.(float64); ok {
			value = strconv.Itoa(int(n))
		}
		if value != args[i+1] {
			ts.Fatalf("%s is %v, not %s", args[i], value, args[i+1])
		}
	}
}

// answerer starts a server that answers every path with a status, and sets
// ADDRESS to where: answerer STATUS
func answerer(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: answerer STATUS")
	}
	status, err := strconv.Atoi(args[0])
	ts.Check(err)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/healthz" {
			status = http.StatusTeapot
		}
		w.WriteHeader(status)
	}))
	ts.Defer(server.Close)
	ts.Setenv("ADDRESS", server.Listener.Addr().String())
}

// startDNS starts a DNS server without records, and sets ORGLOGIN_DNS_RESOLVER.
func startDNS(ts *testscript.TestScript, _ bool, _ []string) {
	address, stop, err := dnstest.Listen(ts.Value(dnsRecords).(*dnstest.Records).Reply)
	ts.Check(err)
	ts.Defer(stop)
	ts.Setenv("ORGLOGIN_DNS_RESOLVER", address)
}

// setRecord sets the record that domains add printed into a file, or removes the one that
// was set last: record [FILE]
func setRecord(ts *testscript.TestScript, _ bool, args []string) {
	records := ts.Value(dnsRecords).(*dnstest.Records)
	if len(args) == 0 {
		records.Set(ts.Getenv("RECORD"), "")
		return
	}
	found := regexp.MustCompile(`(?m)^(\S+) TXT "(.*)"$`).FindStringSubmatch(ts.ReadFile(args[0]))
	if found == nil {
		ts.Fatalf("no record was printed")
	}
	records.Set(found[1], found[2])
	ts.Setenv("RECORD", found[1])
}

// dnsRecords is the key of the records of a script's DNS server.
const dnsRecords = "dns"

// joinRequest signs a person in by a provider that may speak for the address, asks to join an
// organization, and keeps the id of the request as $REQUEST: joinrequest ADDRESS SLUG
func joinRequest(ts *testscript.TestScript, _ bool, args []string) {
	ctx, now := context.Background(), time.Now()
	db, err := sqlite.Open(ctx, sqlite.Config{Path: ts.MkAbs("orglogin.db")})
	ts.Check(err)
	defer db.Close()
	login := newLogin(store.Identity{Issuer: "https://op.test", Subject: "join", Email: args[0], EmailVerified: true, Authoritative: true}, now)
	done, err := db.CompleteLogin(ctx, login)
	ts.Check(err)
	ts.Check(db.RequestJoin(ctx, store.SessionRef{ID: login.Session.ID, UserID: done.Snapshot.Profile.ID}, args[1], now))
	m := &manage.Manager{Database: db.Manage(), Now: time.Now}
	all, err := m.JoinRequests(ctx, manage.Caller{Name: manage.Command}, args[1], manage.List{})
	ts.Check(err)
	ts.Setenv("REQUEST", all.Items[0].ID)
}
