package managetest

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"orglogin/store"
	"orglogin/store/manage"
)

// walk reads a list in pages of three, and calls between after each.
func walk[T any](t *testing.T, list func(manage.List) (manage.Page[T], error), key func(T) string, between func(page int)) []string {
	t.Helper()
	var keys []string
	for l, n := (manage.List{Limit: 3}), 1; ; n++ {
		p, err := list(l)
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range p.Items {
			keys = append(keys, key(item))
		}
		if p.Next == nil {
			return keys
		}
		if len(p.Items) != 3 || n > 20 {
			t.Fatalf("page %d has %d items", n, len(p.Items))
		}
		l.After = *p.Next
		between(n)
	}
}

func pages(t *testing.T, db database) {
	var slugs []string
	for n := range 7 {
		slugs = append(slugs, "org"+number(n))
		db.organization(t, slugs[n])
		db.member(t, "org0", "ann"+number(n)+"@acme.test", "member")
	}
	ctx := t.Context()
	got := walk(t, func(l manage.List) (manage.Page[manage.Organization], error) {
		return db.Organizations(ctx, command, l)
	},
		func(o manage.Organization) string { return o.Slug }, func(page int) {
			if page == 1 { // the last one that was listed goes, and one comes before it
				if _, err := db.DeleteOrganization(ctx, command, "org2"); err != nil {
					t.Fatal(err)
				}
				db.organization(t, "first")
			}
		})
	if !slices.Equal(got, slugs) {
		t.Errorf("the organizations are %v, want %v", got, slugs)
	}
	pagesOfPeople(t, db)
	pagesOfThings(t, db)
	for _, l := range []manage.List{{Limit: -1}, {Limit: 201}, {After: "!"}, {After: "W10"}, {After: "WzFd"}} {
		if _, err := db.Organizations(ctx, command, l); reason(err) != "invalid" {
			t.Errorf("%+v: %v", l, err)
		}
	}
	for _, key := range []string{`["2026-11-30T00:00:00Z","x"]`, `["2026-11-30T00:00:00Z",""]`, `["2026-11-30T00:00:00Z","\u0000"]`} {
		l := manage.List{After: base64.RawURLEncoding.EncodeToString([]byte(key))}
		_, members := db.Members(ctx, command, "org0", "", l)
		_, invitations := db.Invitations(ctx, command, "org0", l)
		_, sessions := db.Sessions(ctx, command, store.NewID(), l)
		_, audit := db.Audit(ctx, command, "", l)
		_, tokens := db.Tokens(ctx, command, l)
		for name, err := range map[string]error{"members": members, "invitations": invitations, "sessions": sessions, "audit": audit, "tokens": tokens} {
			if reason(err) != "invalid" {
				t.Errorf("%s after %s: %v", name, key, err)
			}
		}
	}
	if _, err := db.Members(ctx, command, store.NewID(), "", manage.List{}); reason(err) != "not_found" {
		t.Errorf("the members of an organization that is not there: %v", err)
	}
}

// none is called between pages where nothing changes.
func none(int) {}

func pagesOfPeople(t *testing.T, db database) {
	ctx := t.Context()
	if got := walk(t, func(l manage.List) (manage.Page[manage.Member], error) {
		return db.Members(ctx, command, "org0", "", l)
	},
		func(m manage.Member) string { return m.Email }, none); len(got) != 7 || len(slices.Compact(slices.Sorted(slices.Values(got)))) != 7 {
		t.Errorf("the members are %v", got)
	}
	if got := walk(t, func(l manage.List) (manage.Page[manage.Person], error) { return db.People(ctx, command, "", l) },
		func(p manage.Person) string { return p.Email }, none); len(got) != 7 || !slices.IsSorted(got) {
		t.Errorf("the people are %v", got)
	}
	last := time.Now().Add(time.Hour)
	if got := walk(t, func(l manage.List) (manage.Page[manage.AuditEntry], error) {
		return db.Audit(ctx, command, "", l)
	}, func(e manage.AuditEntry) string {
		if e.At.After(last) {
			t.Errorf("%s is out of order", e.At)
		}
		last = e.At
		return e.ID
	}, none); len(got) != 9 {
		t.Errorf("the audit log has %d entries, want 9", len(got))
	}
}

func pagesOfThings(t *testing.T, db database) {
	ctx := t.Context()
	for n := range 4 {
		if _, err := db.CreateInvitation(ctx, command, "org0", manage.NewInvitation{Email: fmt.Sprintf("eve%d@acme.test", n)}); err != nil {
			t.Fatal(err)
		}
		if _, err := db.AddDomain(ctx, command, "org0", fmt.Sprintf("acme%d.test", n)); err != nil {
			t.Fatal(err)
		}
		if _, err := db.CreateToken(ctx, command, manage.NewToken{Name: "token", Scopes: []string{"audit:read"}}); err != nil {
			t.Fatal(err)
		}
	}
	if got := walk(t, func(l manage.List) (manage.Page[manage.Invitation], error) {
		return db.Invitations(ctx, command, "org0", l)
	},
		func(i manage.Invitation) string { return i.ID }, none); len(got) != 4 {
		t.Errorf("the invitations are %v", got)
	}
	if got := walk(t, func(l manage.List) (manage.Page[manage.Domain], error) { return db.Domains(ctx, command, "", l) },
		func(d manage.Domain) string { return d.Domain }, none); len(got) != 4 {
		t.Errorf("the domains are %v", got)
	}
	if got := walk(t, func(l manage.List) (manage.Page[manage.Token], error) { return db.Tokens(ctx, command, l) },
		func(k manage.Token) string { return k.ID }, none); len(got) != 4 {
		t.Errorf("the tokens are %v", got)
	}
	for n := range 4 {
		_, err := db.AddConnection(ctx, command, "org0", manage.NewConnection{Name: "Okta " + number(n), Issuer: "https://op.test", ClientID: "1", ClientSecret: "s"})
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := walk(t, func(l manage.List) (manage.Page[manage.Connection], error) {
		return db.Connections(ctx, command, "org0", l)
	},
		func(k manage.Connection) string { return k.Name }, none); !slices.Equal(got, []string{"Okta 0", "Okta 1", "Okta 2", "Okta 3"}) {
		t.Errorf("the connections are %v", got)
	}
}

// swept waits a day.
func swept(t *testing.T, db database) {
	db.organization(t, "acme")
	token, err := db.CreateToken(t.Context(), command, manage.NewToken{Name: "backend", Scopes: []string{"invitations:write"}})
	if err != nil {
		t.Fatal(err)
	}
	by := manage.Caller{Name: "token " + token.ID, TokenID: token.ID, Once: &manage.Once{Key: "k", Fingerprint: "f"}}
	made, err := db.CreateInvitation(t.Context(), by, "acme", manage.NewInvitation{Email: "ann@acme.test", Send: true})
	if err != nil {
		t.Fatal(err)
	}
	secrets := func() (n int) {
		rows := db.rows(t)
		for _, row := range append(rows["outbox"], rows["idempotent_requests"]...) {
			if len(row) > 0 && strings.Contains(row, tokenOf(made.Link)) {
				n++
			}
		}
		return n
	}
	if secrets() != 2 {
		t.Fatalf("the token is in %d rows, want 2", secrets())
	}
	later := time.Now().Add(25 * time.Hour)
	db.Now = func() time.Time { return later }
	if err := db.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if secrets() != 0 {
		t.Errorf("after a day the token is in %d rows", secrets())
	}
}
