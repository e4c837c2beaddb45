package operate

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/database"
	"orglogin/redirect"
	"orglogin/store"
	"orglogin/store/manage"
	"orglogin/store/postgres/pgtest"
)

const (
	pending = "the-token-that-is-pending"
	expired = "the-token-that-has-expired"
)

var testSite = redirect.Site{
	Public:     redirect.Origin{Scheme: "https", Host: "login.example.com"},
	App:        redirect.Origin{Scheme: "https", Host: "app.example.com"},
	BaseDomain: "example.com", DashboardPath: "/dashboard", FallbackPath: "/clients",
}

// onEach runs a test on both databases, migrated as an operator does and with
// one organization, one member and two invitations imported.
func onEach(t *testing.T, test func(t *testing.T, d config.Database)) {
	pg := pgtest.Empty(t)
	for name, d := range map[string]config.Database{
		"SQLite":     {URL: "sqlite:" + filepath.Join(t.TempDir(), "orglogin.db")},
		"PostgreSQL": {URL: pg.Runtime, AdminURL: pg.Owner},
	} {
		t.Run("on "+name, func(t *testing.T) {
			if _, err := database.Migrate(t.Context(), d); err != nil {
				t.Fatal(err)
			}
			operator := openOperator(t, d)
			now := time.Now()
			if err := operator.Import(t.Context(), store.ImportFile{
				Organizations: []store.ImportOrganization{{Slug: "acme", Name: "Acme", SubdomainStatus: store.Verified}},
				Users:         []store.ImportUser{{Email: "ann@acme.test", Name: "Ann", Issuer: "https://op.test", Subject: "ann"}},
				Memberships:   []store.ImportMembership{{Organization: "acme", Email: "ann@acme.test"}},
				Invitations: []store.ImportInvitation{
					{Organization: "acme", Email: "new@acme.test", Token: pending, ExpiresAt: now.Add(time.Hour)},
					{Organization: "acme", Email: "new@acme.test", Token: expired, ExpiresAt: now.Add(-time.Hour)},
				},
			}); err != nil {
				t.Fatal(err)
			}
			test(t, d)
		})
	}
}

func openOperator(t *testing.T, d config.Database) *Operator {
	t.Helper()
	o, err := Open(t.Context(), d, config.Reserved(testSite), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := o.Close(); err != nil {
			t.Error(err)
		}
	})
	return o
}

func openExplainer(t *testing.T, d config.Database, signup store.Signup) *Explainer {
	t.Helper()
	e, err := OpenExplainer(t.Context(), d, testSite, signup, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// arrive completes a login as the service does, and decides.
func arrive(t *testing.T, db store.Store, signup store.Signup, identity store.Identity, req redirect.Request) redirect.Decision {
	t.Helper()
	now := time.Now()
	login := store.Login{
		Identity: identity, Signup: signup, Slugs: testSite.AccessQuery(req).Slugs, Invitation: testSite.AccessQuery(req).Invitation,
		Session: store.Session{
			ID: store.NewID(), SecretHash: store.HashToken(store.NewID()), BrowserHash: store.HashToken(store.NewID()),
			CreatedAt: now, LastSeenAt: now, ExpiresAt: now.Add(time.Hour),
		},
		Now: now,
	}
	done, err := db.CompleteLogin(t.Context(), login)
	if err != nil {
		t.Fatal(err)
	}
	if done.Refused != "" {
		return redirect.Decision{Outcome: redirect.Page, Status: 403, Reason: done.Refused}
	}
	req.Session = &store.Session{UserID: done.Snapshot.Profile.ID, Connections: []store.SessionConnection{{ConnectionID: store.DefaultConnection}}}
	return redirect.Decide(testSite, req, done.Snapshot, now)
}

// TestExplainSaysWhatALoginDoes holds explain against the login itself: first
// it is asked, then the person arrives.
func TestExplainSaysWhatALoginDoes(t *testing.T) {
	onEach(t, func(t *testing.T, d config.Database) {
		service, err := database.Open(t.Context(), d, database.Options{Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		defer service.Close()
		for _, test := range []struct {
			name   string
			email  string
			signup store.Signup
			ask    Login
		}{
			{"a member", "ann", store.SignupOrganization, Login{}},
			{"a member with a redirect", "ann", store.SignupOrganization, Login{Redirect: "https://acme.example.com/a?b=c"}},
			{"a member with a path", "ann", store.SignupOrganization, Login{Redirect: "/a"}},
			{"a member with another person's invitation", "ann", store.SignupOrganization, Login{Invitation: pending}},
			{"a member at their host", "ann", store.SignupOrganization, Login{Host: "acme.example.com"}},
			{"a member at a host without an organization", "ann", store.SignupOrganization, Login{Host: "unknown.example.com"}},
			{"a newcomer who may not come", "closed", store.SignupClosed, Login{}},
			{"a newcomer whose invitation does not let them in", "new", store.SignupClosed, Login{Invitation: expired}},
			{"a newcomer who gets a profile", "profile", store.SignupProfile, Login{}},
			{"a newcomer who gets an organization", "organization", store.SignupOrganization, Login{}},
			{"a newcomer with a path", "path", store.SignupOrganization, Login{Redirect: "/a"}},
			{"a newcomer with a redirect to the app", "app", store.SignupOrganization, Login{Redirect: "https://app.example.com/x"}},
			{"a newcomer with a redirect to an organization", "tenant", store.SignupOrganization, Login{Redirect: "https://acme.example.com/x"}},
			{"a newcomer with an unknown invitation", "unknown", store.SignupOrganization, Login{Invitation: "an-unknown-invitation-token"}},
			{"a newcomer with an expired invitation", "gone", store.SignupOrganization, Login{Invitation: expired}},
			{"a newcomer with another person's invitation", "other", store.SignupOrganization, Login{Invitation: pending}},
			{"a newcomer who is invited, where others may not come", "new", store.SignupClosed, Login{Invitation: pending}},
			{"a member who opens the old link", "new", store.SignupClosed, Login{Invitation: pending}},
		} {
			t.Run(test.name, func(t *testing.T) {
				test.ask.Email = test.email + "@acme.test"
				explained, err := openExplainer(t, d, test.signup).Explain(t.Context(), test.ask)
				if err != nil || len(explained) != 1 {
					t.Fatalf("%d decisions, %v", len(explained), err)
				}
				req := redirect.Request{Invitation: test.ask.Invitation}
				req.Organization, _, _ = strings.Cut(test.ask.Host, ".")
				if test.ask.Redirect != "" {
					req.Redirect = []string{test.ask.Redirect}
				}
				did := arrive(t, service, test.signup, store.Identity{
					Issuer: "https://op.test", Subject: test.email, Email: test.ask.Email, EmailVerified: true, Name: "Ann",
				}, req)
				type outcome struct {
					Outcome     redirect.Outcome
					Status      int
					URL         string
					Reason      store.Reason
					RefusedWith store.Reason
				}
				said := explained[0].Decision
				if d := cmp.Diff(
					outcome{did.Outcome, did.Status, did.URL, did.Reason, did.RefusedRedirect},
					outcome{said.Outcome, said.Status, said.URL, said.Reason, said.RefusedRedirect},
				); d != "" {
					t.Errorf("-login +explain\n%s", d)
				}
			})
		}
	})
}

func TestExplainWhenALookupFails(t *testing.T) {
	onEach(t, func(t *testing.T, d config.Database) {
		for _, email := range []string{"ann@acme.test", "unknown@acme.test"} {
			t.Run("the decision for "+email+" is a 503 page, and an error", func(t *testing.T) {
				away, err := database.Open(t.Context(), d, database.Options{Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
				if err != nil {
					t.Fatal(err)
				}
				if err := away.Close(); err != nil {
					t.Fatal(err)
				}
				e := &Explainer{site: testSite, operator: openOperator(t, d), service: away, signup: store.SignupOrganization}
				explained, err := e.Explain(t.Context(), Login{Email: email, Redirect: "https://acme.example.com/"})
				if err == nil || len(explained) != 1 {
					t.Fatalf("%d decisions, error %v", len(explained), err)
				}
				var text bytes.Buffer
				if err := explained[0].WriteText(&text); err != nil {
					t.Fatal(err)
				}
				if !strings.Contains(text.String(), "\n503 page, lookup_failed\n") {
					t.Errorf("got\n%s", text.String())
				}
			})
		}
	})
}

func TestOperatorOnBoth(t *testing.T) {
	onEach(t, func(t *testing.T, d config.Database) {
		o := openOperator(t, d)
		service, err := database.Open(t.Context(), d, database.Options{Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		defer service.Close()
		ann := store.Identity{Issuer: "https://op.test", Subject: "ann", Email: "ann@acme.test", EmailVerified: true}

		t.Run("an invitation's link brings the person in", func(t *testing.T) {
			m, err := o.Manage(ManagerConfig{Site: testSite})
			if err != nil {
				t.Fatal(err)
			}
			made, err := m.CreateInvitation(t.Context(), manage.Caller{Name: manage.Command}, "acme", manage.NewInvitation{Email: "Guest@acme.test", Role: "admin"})
			if err != nil {
				t.Fatal(err)
			}
			token, ok := strings.CutPrefix(made.Link, "https://login.example.com/login?invitation=")
			if !ok || len(token) != 32 {
				t.Fatalf("the link is %q", made.Link)
			}
			guest := store.Identity{Issuer: "https://op.test", Subject: "guest", Email: "guest@acme.test", EmailVerified: true}
			got := arrive(t, service, store.SignupClosed, guest, redirect.Request{Invitation: token})
			if got.URL != "https://acme.example.com/dashboard" {
				t.Errorf("it leads to %+v", got)
			}
		})
		t.Run("sessions are listed and ended", func(t *testing.T) {
			for range 2 {
				arrive(t, service, store.SignupClosed, ann, redirect.Request{})
			}
			people, err := o.Sessions(t.Context(), "ANN@acme.test")
			if err != nil || len(people) != 1 || len(people[0].Sessions) != 2 {
				t.Fatalf("got %+v, %v", people, err)
			}
			if n, err := o.EndSessions(t.Context(), "ann@acme.test"); n != 2 || err != nil {
				t.Errorf("%d are ended, %v", n, err)
			}
			if n, err := o.EndSessions(t.Context(), "ann@acme.test"); n != 0 || err != nil {
				t.Errorf("%d more are ended, %v", n, err)
			}
		})
		t.Run("a receipt is found whoever it belongs to", func(t *testing.T) {
			d := arrive(t, service, store.SignupClosed, ann, redirect.Request{})
			d.Receipt = store.NewReceiptID()
			text, err := json.Marshal(d)
			if err != nil {
				t.Fatal(err)
			}
			people, err := o.Sessions(t.Context(), ann.Email)
			if err != nil {
				t.Fatal(err)
			}
			receipt := store.Receipt{ID: d.Receipt, UserID: people[0].Profile.ID, At: time.Now(), Decision: text}
			if err := service.SaveReceipt(t.Context(), receipt); err != nil {
				t.Fatal(err)
			}
			var printed bytes.Buffer
			found, err := o.Receipt(t.Context(), d.Receipt)
			if err != nil {
				t.Fatal(err)
			}
			if err := found.WriteJSON(&printed); err != nil {
				t.Fatal(err)
			}
			var got redirect.Decision
			if err := json.Unmarshal(printed.Bytes(), &got); err != nil || got.Receipt != d.Receipt || got.URL != d.URL {
				t.Errorf("got %s, %v", printed.String(), err)
			}
		})
	})
}

// The runtime role sees no row past the claims: to answer from what it sees
// would be to say that no person has the address.
func TestTheRuntimeRoleIsNoOperator(t *testing.T) {
	db := pgtest.New(t)
	d := config.Database{URL: db.Runtime, AdminURL: db.Runtime}
	e, err := OpenExplainer(t.Context(), d, testSite, store.SignupOrganization, slog.New(slog.DiscardHandler))
	if !errors.Is(err, database.ErrNotOwner) {
		t.Errorf("got %v, %v", e, err)
	}
}
