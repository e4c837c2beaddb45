package postgres_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"orglogin/store"
	"orglogin/store/postgres/pgtest"
)

// The chain is made past the policies, by a function. What a login tells of the
// person is not: a policy that hides something hides it from the login too.
func TestALoginTellsWhatThePersonsOwnClaimsShow(t *testing.T) {
	for name, c := range map[string]struct {
		policy string
		wrong  func(done store.Completed, err error) bool
	}{
		"an organization that is hidden beside another one is left out": {
			`CREATE POLICY hide ON orglogin.organizations AS RESTRICTIVE FOR SELECT TO orglogin_service USING (slug <> 'acme');
				INSERT INTO orglogin.memberships (profile_id, organization_id, role)
				SELECT p.id, o.id, 'member' FROM orglogin.profiles AS p, orglogin.organizations AS o
				WHERE p.email = 'ann@people.test' AND o.slug = 'umbra'`,
			func(done store.Completed, err error) bool {
				return err != nil || len(done.Snapshot.Memberships) != 1 || done.Snapshot.Memberships[0].Organization.Slug != "umbra"
			},
		},
		"an only organization that is hidden is a failure, and not a person without organizations": {
			`CREATE POLICY hide ON orglogin.organizations AS RESTRICTIVE FOR SELECT TO orglogin_service USING (slug <> 'acme')`,
			func(done store.Completed, err error) bool {
				return err == nil || errors.Is(err, store.ErrNotFound) || !strings.Contains(err.Error(), "orglogin doctor")
			},
		},
		"a place shown to the person alone is reported": {
			`CREATE POLICY hide ON orglogin.organizations AS RESTRICTIVE FOR SELECT TO orglogin_service
				USING ((SELECT auth.uid()) = (SELECT i.profile_id FROM orglogin.identities AS i WHERE i.subject = 'ann'))`,
			func(done store.Completed, err error) bool { return err != nil || len(done.Snapshot.Memberships) != 1 },
		},
		"a profile that is hidden is a failure, and not a person without places": {
			`CREATE POLICY hide ON orglogin.profiles AS RESTRICTIVE FOR SELECT TO orglogin_service USING (false)`,
			func(done store.Completed, err error) bool {
				return err == nil || errors.Is(err, store.ErrNotFound) || !strings.Contains(err.Error(), "orglogin doctor")
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			db := pgtest.New(t)
			people(t, db)
			s := open(t, db.Runtime)
			execute(t, db.Owner, c.policy)
			if done, err := s.CompleteLogin(t.Context(), arrival(ann)); c.wrong(done, err) {
				t.Errorf("got %+v, %v", done.Snapshot, err)
			}
		})
	}
}

// Receipts of several people are one statement, each under its person's claims.
func TestReceiptsOfManyAreSavedAllOrNone(t *testing.T) {
	db := pgtest.New(t)
	people(t, db)
	s := open(t, db.Runtime)
	receipt := func(userID string) store.Receipt {
		return store.Receipt{ID: store.NewReceiptID(), UserID: userID, At: time.Now(), Decision: []byte(`{}`)}
	}
	a, b := arrive(t, s, ann).Snapshot.Profile.ID, arrive(t, s, bob).Snapshot.Profile.ID
	stored := func(r store.Receipt) bool {
		_, err := s.Receipt(t.Context(), r.UserID, r.ID)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			t.Fatal(err)
		}
		return err == nil
	}
	all := []store.Receipt{receipt(a), receipt(b), receipt(a)}
	if err := s.SaveReceipts(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	for i, r := range all {
		if !stored(r) {
			t.Errorf("the receipt %d is not stored", i)
		}
	}
	for name, c := range map[string]struct {
		last store.Receipt
		want error
	}{
		"one of an unknown person": {receipt(store.NewID()), store.ErrNotFound},
		"one that exists":          {all[0], store.ErrConflict},
		"one that is no JSON":      {store.Receipt{ID: store.NewReceiptID(), UserID: a, At: time.Now(), Decision: []byte(`{`)}, nil},
		"one that is not a UUID":   {store.Receipt{ID: store.NewReceiptID(), UserID: "ann", At: time.Now(), Decision: []byte(`{}`)}, nil},
	} {
		first := receipt(b)
		if err := s.SaveReceipts(t.Context(), []store.Receipt{first, c.last}); err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: got %v", name, err)
		}
		if stored(first) {
			t.Errorf("%s: the one before it was stored", name)
		}
	}
	// A policy that hides the rows of one person holds for hers alone.
	execute(t, db.Owner, `CREATE POLICY no ON orglogin.receipts AS RESTRICTIVE FOR INSERT TO orglogin_service WITH CHECK ((SELECT auth.uid()) <> '`+a+`')`)
	if err := s.SaveReceipts(t.Context(), []store.Receipt{receipt(b), receipt(b)}); err != nil {
		t.Error(err)
	}
	if err := s.SaveReceipts(t.Context(), []store.Receipt{receipt(b), receipt(a)}); err == nil {
		t.Error("a receipt was stored past its person's policy")
	}
}
