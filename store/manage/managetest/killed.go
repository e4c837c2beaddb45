package managetest

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"testing"

	"orglogin/store"
	"orglogin/store/manage"
)

// killing ends the connection instead of running the statement with a number.
type killing struct {
	manage.Database
	kill  func(manage.Tx) error
	at    int // 1 for the first statement
	count int
}

func (d *killing) Write(ctx context.Context, do func(manage.Tx) error) error {
	return d.Database.Write(ctx, func(tx manage.Tx) error {
		return do(&killingTx{Tx: tx, d: d})
	})
}

type killingTx struct {
	manage.Tx
	d *killing
}

func (t *killingTx) next() error {
	if t.d.count++; t.d.count != t.d.at {
		return nil
	}
	return errors.Join(errKilled, t.d.kill(t.Tx))
}

var errKilled = errors.New("killed by the test")

func (t *killingTx) Exec(query string, args ...any) (int64, error) {
	if err := t.next(); err != nil {
		return 0, err
	}
	return t.Tx.Exec(query, args...)
}

func (t *killingTx) Query(query string, args []any, each func(func(...any) error) error) error {
	if err := t.next(); err != nil {
		return err
	}
	return t.Tx.Query(query, args, each)
}

// killed runs each operation again and again, each time killed one statement later, until it succeeds. Until then
// no row has changed, that of the audit log included.
func killed(t *testing.T, db database) {
	db.organization(t, "acme")
	db.member(t, "acme", "bob@acme.test", "owner")
	ann := db.member(t, "acme", "ann@acme.test", "owner")
	invitation, err := db.CreateInvitation(t.Context(), command, "acme", manage.NewInvitation{Email: "eve@acme.test"})
	if err != nil {
		t.Fatal(err)
	}
	token, err := db.CreateToken(t.Context(), command, manage.NewToken{Name: "backend", Scopes: []string{"organizations:write"}})
	if err != nil {
		t.Fatal(err)
	}
	name, inactive, auto, required := "Acme again", false, store.JoinAuto, store.SSOOptional
	by := manage.Caller{Name: "token " + token.ID, TokenID: token.ID}
	for _, op := range []struct {
		name string
		do   func() error
	}{
		{"create an organization once", func() error {
			by.Once = &manage.Once{Key: "k", Fingerprint: "f"}
			return second(db.CreateOrganization(t.Context(), by, manage.NewOrganization{Slug: "globex", Name: "Globex"}))
		}},
		{"update an organization", func() error {
			return second(db.UpdateOrganization(t.Context(), command, "acme", manage.OrganizationChange{Name: &name, SSO: &required}))
		}},
		{"invite", func() error {
			return second(db.CreateInvitation(t.Context(), command, "acme", manage.NewInvitation{Email: "joe@acme.test", Send: true}))
		}},
		{"resend", func() error { return second(db.ResendInvitation(t.Context(), command, "acme", invitation.ID, true)) }},
		{"revoke", func() error { return second(db.RevokeInvitation(t.Context(), command, "acme", invitation.ID)) }},
		{"add a domain", func() error { return second(db.AddDomain(t.Context(), command, "acme", "acme.test")) }},
		{"verify a domain by hand", func() error {
			return second(db.VerifyDomainByHand(t.Context(), command, "acme", "acme.test", manage.ByHand{TakeOver: true}))
		}},
		{"update a domain", func() error {
			return second(db.UpdateDomain(t.Context(), command, "acme", "acme.test", manage.DomainChange{Join: &auto}))
		}},
		{"deactivate a member", func() error {
			return second(db.UpdateMember(t.Context(), command, "acme", ann.ProfileID, manage.MemberChange{Active: &inactive}))
		}},
		{"disable a person", func() error { return second(db.SetDisabled(t.Context(), command, ann.ProfileID, true)) }},
		{"delete a person", func() error { return second(db.DeletePerson(t.Context(), command, ann.ProfileID, true)) }},
		{"delete an organization", func() error { return second(db.DeleteOrganization(t.Context(), command, "acme")) }},
	} {
		t.Run(op.name, func(t *testing.T) { killedUntilDone(t, db, op.do) })
	}
}

func killedUntilDone(t *testing.T, db database, do func() error) {
	whole := db.Database
	defer func() { db.Database = whole }()
	before := db.rows(t)
	for at := 1; ; at++ {
		db.Database = &killing{Database: whole, kill: db.kill, at: at}
		err := do()
		if err == nil {
			if at < 4 {
				t.Errorf("it was done in %d statements, which cannot be", at-1)
			}
			return
		}
		if !errors.Is(err, errKilled) {
			t.Fatalf("at statement %d: %v", at, err)
		}
		if after := db.rows(t); !maps.EqualFunc(before, after, slices.Equal) {
			t.Fatalf("killed at statement %d it left something behind", at)
		}
		if at > 100 {
			t.Fatal("it does not end")
		}
	}
}

func (d database) rows(t *testing.T) map[string][]string {
	t.Helper()
	rows, err := d.owner.Rows(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// number is n in a name.
func number(n int) string { return strconv.Itoa(n) }
