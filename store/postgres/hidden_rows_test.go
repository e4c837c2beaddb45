package postgres_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"orglogin/store"
	"orglogin/store/postgres"
	"orglogin/store/postgres/pgtest"
)

// A policy that hides rows is a failure. It is never an answer: a person whose
// profile is hidden is not deleted, and one whose session is hidden is not signed out.
func TestRowsThatAPolicyHidesAreNotTakenForMissing(t *testing.T) {
	type asked struct {
		s       *postgres.Store
		user    string
		session store.Session
	}
	snapshot := func(t *testing.T, a asked) error {
		_, err := a.s.AccessSnapshot(t.Context(), store.AccessQuery{UserID: a.user})
		return err
	}
	session := func(t *testing.T, a asked) error {
		_, err := a.s.Session(t.Context(), a.user, a.session.SecretHash)
		return err
	}
	end := func(t *testing.T, a asked) error {
		return a.s.EndSession(t.Context(), a.user, a.session.ID, time.Now().Add(time.Second))
	}
	endAll := func(t *testing.T, a asked) error {
		_, err := a.s.EndSessions(t.Context(), a.user, time.Now().Add(time.Second))
		return err
	}
	login := func(t *testing.T, a asked) error {
		_, err := a.s.CompleteLogin(t.Context(), arrival(ann))
		return err
	}
	invited := func(t *testing.T, a asked) error {
		l := arrival(ann)
		l.Invitation = store.HashToken(bobsToken)
		_, err := a.s.CompleteLogin(t.Context(), l)
		return err
	}
	accept := func(t *testing.T, a asked) error {
		_, err := a.s.AcceptInvitation(t.Context(), a.user, store.HashToken(bobsToken), time.Now())
		return err
	}
	joining := func(t *testing.T, a asked) error {
		id := identity("new")
		id.Email = "new@joining.test"
		_, err := a.s.CompleteLogin(t.Context(), arrival(id))
		return err
	}
	invitation := func(t *testing.T, a asked) error {
		_, err := a.s.Invitation(t.Context(), store.HashToken(bobsToken))
		return err
	}
	organization := func(t *testing.T, a asked) error {
		_, err := a.s.OrganizationBySlug(t.Context(), "acme")
		return err
	}
	type question func(t *testing.T, a asked) error
	service := ` AS RESTRICTIVE TO orglogin_service USING (false)`
	everybody := ` AS RESTRICTIVE USING (false)`
	for name, c := range map[string]struct {
		policy string
		fails  map[string]question
	}{
		"profiles, from the service": {`ON orglogin.profiles` + service, map[string]question{
			"snapshot": snapshot, "login": login,
		}},
		"profiles, from everybody": {`ON orglogin.profiles` + everybody, map[string]question{
			"snapshot": snapshot, "login": login, "accept": accept,
		}},
		"memberships, from the service": {`ON orglogin.memberships` + service, map[string]question{
			"snapshot": snapshot, "login": login,
		}},
		"memberships, from everybody": {`ON orglogin.memberships` + everybody, map[string]question{
			"snapshot": snapshot, "login": login,
		}},
		"organizations, from everybody": {`ON orglogin.organizations` + everybody, map[string]question{
			"snapshot": snapshot, "organization": organization, "invitation": invitation,
		}},
		"sessions, from the service": {`ON orglogin.sessions` + service, map[string]question{
			"session": session, "end": end, "end all": endAll,
		}},
		"sessions, from everybody": {`ON orglogin.sessions` + everybody, map[string]question{
			"session": session, "end": end, "end all": endAll,
		}},
		"sessions, from UPDATE": {`ON orglogin.sessions AS RESTRICTIVE FOR UPDATE TO orglogin_service USING (false)`, map[string]question{
			"end": end, "end all": endAll,
		}},
		"removed members, from everybody": {`ON orglogin.removed_members` + everybody, map[string]question{
			"login that joins": joining,
		}},
		"invitations, from everybody": {`ON orglogin.invitations` + everybody, map[string]question{
			"invitation": invitation, "login": invited, "accept": accept,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			db := pgtest.New(t)
			people(t, db)
			execute(t, db.Owner, domainsOfPeople)
			a := asked{s: open(t, db.Runtime)}
			l := arrival(ann)
			done, err := a.s.CompleteLogin(t.Context(), l)
			if err != nil {
				t.Fatal(err)
			}
			a.user, a.session = done.Snapshot.Profile.ID, l.Session
			execute(t, db.Superuser, `CREATE POLICY hide `+c.policy)
			for what, ask := range c.fails {
				if err := ask(t, a); err == nil || errors.Is(err, store.ErrNotFound) {
					t.Errorf("%s: got %v", what, err)
				}
			}
			if n := list(t, db.Superuser, `SELECT subject FROM orglogin.identities WHERE subject = 'ann'`); len(n) != 1 {
				t.Error("the identity was unbound")
			}
			if n := list(t, db.Superuser, `SELECT id::text FROM orglogin.sessions WHERE id = '`+l.Session.ID+`' AND ended_at IS NULL`); len(n) != 1 {
				t.Error("the session has ended")
			}
		})
	}
	t.Run("and what is missing is missing", func(t *testing.T) {
		db := pgtest.New(t)
		people(t, db)
		a := asked{s: open(t, db.Runtime), user: store.NewID(), session: arrival(ann).Session}
		for what, ask := range map[string]question{"snapshot": snapshot, "session": session, "accept": accept} {
			if err := ask(t, a); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s: got %v", what, err)
			}
		}
		for what, ask := range map[string]question{"end": end, "end all": endAll} {
			if err := ask(t, a); err != nil {
				t.Errorf("%s: got %v", what, err)
			}
		}
		done := arrive(t, a.s, cleo)
		if len(done.Snapshot.Memberships) != 0 {
			t.Errorf("got %+v", done.Snapshot.Memberships)
		}
	})
}

// With the reference dropped, as over an operator's own tables, the row of the
// identity stays behind.
func TestAnIdentityWhoseProfileWasDeletedIsUnboundByTheNextLogin(t *testing.T) {
	db := pgtest.New(t)
	people(t, db)
	s, e := open(t, db.Runtime), examiner(t, db, db.Runtime)
	before := arrive(t, s, ann).Snapshot.Profile.ID
	execute(t, db.Owner, `ALTER TABLE orglogin.identities DROP CONSTRAINT identities_profile_fkey; DELETE FROM orglogin.profiles WHERE email = 'ann@people.test'`)
	link := ""
	for p, err := range e.Failures(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if p.UserID == before {
			link = p.Link.Name
		}
	}
	if link != "profile" {
		t.Errorf("doctor --all names the link %q", link)
	}
	done := arrive(t, s, ann)
	if done.Refused != "" || !done.FirstLogin || done.Snapshot.Profile.ID == before {
		t.Errorf("got %+v", done)
	}
	if again := arrive(t, s, ann); again.Snapshot.Profile.ID != done.Snapshot.Profile.ID {
		t.Errorf("the second login got %+v", again.Snapshot.Profile)
	}
}

// TRUNCATE deletes memberships too.
func TestTruncatedMembershipsAreRemovals(t *testing.T) {
	db := pgtest.New(t)
	people(t, db)
	arrive(t, open(t, db.Runtime), bob)
	token := "a-token-that-offers-umbra-to-bob"
	err := openOperator(t, db.Owner).Import(t.Context(), store.ImportFile{Invitations: []store.ImportInvitation{
		{Organization: "umbra", Email: bob.Email, Token: token, ExpiresAt: time.Now().Add(time.Hour)},
	}}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	execute(t, db.Owner, `TRUNCATE orglogin.memberships`)
	if got := strings.Join(list(t, db.Owner, `SELECT email FROM orglogin.invitations WHERE revoked`), " "); got != bob.Email {
		t.Errorf("revoked are %q", got)
	}
	if n := len(list(t, db.Owner, `SELECT profile_id::text FROM orglogin.removed_members`)); n != 2 {
		t.Errorf("%d removals are recorded, want those of Ann and Bob", n)
	}
	execute(t, db.Owner, `TRUNCATE orglogin.profiles CASCADE`)
}
