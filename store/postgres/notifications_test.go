package postgres_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orglogin/store"
	"orglogin/store/postgres"
	"orglogin/store/postgres/pgtest"
)

// everything makes instances forget all that they remember.
var everything = postgres.Change{Kind: "everything"}

// notified makes a change and returns all that was notified of it, in order. Nothing
// else may change meanwhile.
func (l listener) notified(t *testing.T, url, change string) []postgres.Change {
	t.Helper()
	execute(t, url, change)
	execute(t, url, `NOTIFY orglogin_changes, '{"kind":"end"}'`)
	var all []postgres.Change
	for deadline := time.After(time.Minute); ; {
		select {
		case c := <-l.changes:
			if c.Kind == "end" {
				return all
			}
			all = append(all, c)
		case <-deadline:
			t.Fatal("no notification of the end arrived")
		}
	}
}

// wantNotified is a change and exactly the notifications of it.
type wantNotified struct {
	name, change string
	notified     []postgres.Change
}

func (l listener) wantNotified(t *testing.T, url string, cases []wantNotified) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.notified, l.notified(t, url, c.change)); d != "" {
				t.Errorf("%s: %s", c.change, d)
			}
		})
	}
}

func TestAMovedMembershipIsReportedForBothPeople(t *testing.T) {
	db := pgtest.New(t)
	people(t, db)
	s := open(t, db.Runtime)
	one, other := arrive(t, s, ann).Snapshot, arrive(t, s, bob).Snapshot
	acme, umbra := one.Memberships[0].Organization.ID, other.Memberships[0].Organization.ID
	member := func(organization, user string) postgres.Change {
		return postgres.Change{Kind: "membership", ID: organization, UserID: user}
	}
	listen(t, s).wantNotified(t, db.Owner, []wantNotified{
		{
			"to another person", `UPDATE orglogin.memberships SET profile_id = '` + other.Profile.ID + `' WHERE organization_id = '` + acme + `'`,
			[]postgres.Change{member(acme, one.Profile.ID), member(acme, other.Profile.ID)},
		},
		{
			"to another organization", `DELETE FROM orglogin.memberships WHERE organization_id = '` + umbra + `';
UPDATE orglogin.memberships SET organization_id = '` + umbra + `' WHERE organization_id = '` + acme + `'`,
			[]postgres.Change{member(umbra, other.Profile.ID), member(acme, other.Profile.ID)},
		},
		{
			"one that stays is reported once", `UPDATE orglogin.memberships SET role = 'guest' WHERE organization_id = '` + umbra + `'`,
			[]postgres.Change{member(umbra, other.Profile.ID)},
		},
	})
}

func TestASessionShortenedBySQLIsReported(t *testing.T) {
	db := pgtest.New(t)
	people(t, db)
	s := open(t, db.Runtime)
	login := arrival(ann)
	done, err := s.CompleteLogin(t.Context(), login)
	if err != nil {
		t.Fatal(err)
	}
	user, id := done.Snapshot.Profile.ID, login.Session.ID
	notified := []postgres.Change{{Kind: "session", ID: id, UserID: user}}
	other := arrive(t, s, bob).Snapshot.Profile.ID
	const update = `UPDATE orglogin.sessions SET `
	ofAnn := ` WHERE id = '` + id + `'`
	listen(t, s).wantNotified(t, db.Owner, []wantNotified{
		{"its expiry is set back", update + `expires_at = expires_at - interval '1 minute'` + ofAnn, notified},
		{"it was not seen of late", update + `last_seen_at = last_seen_at - interval '1 minute'` + ofAnn, notified},
		{"its secret is another", update + `secret_hash = sha256('another')` + ofAnn, notified},
		{"it is another person's", update + `profile_id = '` + other + `'` + ofAnn + `; ` + update + `profile_id = '` + user + `'` + ofAnn, []postgres.Change{
			notified[0], {Kind: "session", ID: id, UserID: other},
		}},
		{"what slides forward is not", update + `last_seen_at = last_seen_at + interval '1 hour', expires_at = expires_at + interval '1 hour'`, nil},
		{"it ends", update + `ended_at = now()` + ofAnn, notified},
		{"an ended session is deleted, which no cache accepts", `DELETE FROM orglogin.sessions` + ofAnn, nil},
	})

	t.Run("it is deleted while it lives", func(t *testing.T) {
		live := arrival(ann)
		if _, err := s.CompleteLogin(t.Context(), live); err != nil {
			t.Fatal(err)
		}
		want := []postgres.Change{{Kind: "session", ID: live.Session.ID, UserID: user}}
		if d := cmp.Diff(want, listen(t, s).notified(t, db.Owner, `DELETE FROM orglogin.sessions WHERE id = '`+live.Session.ID+`'`)); d != "" {
			t.Error(d)
		}
	})
	t.Run("what is swept is not", func(t *testing.T) {
		execute(t, db.Owner, update+`expires_at = now() - interval '32 days'`)
		l := listen(t, s)
		if err := postgres.Sweep(s, t.Context()); err != nil {
			t.Fatal(err)
		}
		if left := list(t, db.Owner, `SELECT id::text FROM orglogin.sessions`); len(left) > 0 {
			t.Errorf("left %v", left)
		}
		if notified := l.notified(t, db.Owner, `SELECT`); notified != nil {
			t.Errorf("was notified of %v", notified)
		}
	})
}

func TestATruncatedTableIsReportedAsEverything(t *testing.T) {
	for _, table := range []string{"memberships", "organizations", "profiles", "organization_slugs", "sessions", "identities"} {
		t.Run(table, func(t *testing.T) {
			db := pgtest.New(t)
			people(t, db)
			s := open(t, db.Runtime)
			arrive(t, s, ann)
			if d := cmp.Diff([]postgres.Change{everything}, listen(t, s).notified(t, db.Owner, `TRUNCATE orglogin.`+table+` CASCADE`)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestWhereAnOldSlugLeadsIsReported(t *testing.T) {
	db := pgtest.New(t)
	people(t, db)
	s := open(t, db.Runtime)
	ids := map[string]string{}
	for _, slug := range []string{"acme", "umbra"} {
		o, err := s.OrganizationBySlug(t.Context(), slug)
		if err != nil {
			t.Fatal(err)
		}
		ids[slug] = o.ID
	}
	led := func(to string, slugs ...string) postgres.Change {
		return postgres.Change{Kind: "organization", ID: ids[to], Slugs: slugs}
	}
	fresh := store.NewID()
	ids["fresh"] = fresh
	listen(t, s).wantNotified(t, db.Owner, []wantNotified{
		{
			"put there", `INSERT INTO orglogin.organization_slugs (slug, organization_id) VALUES ('once', '` + ids["acme"] + `')`,
			[]postgres.Change{led("acme", "once")},
		},
		{
			"moved to another organization", `UPDATE orglogin.organization_slugs SET organization_id = '` + ids["umbra"] + `' WHERE slug = 'once'`,
			[]postgres.Change{led("acme", "once"), led("umbra", "once")},
		},
		{
			"spelt otherwise", `UPDATE orglogin.organization_slugs SET slug = 'twice' WHERE slug = 'once'`,
			[]postgres.Change{led("umbra", "once"), led("umbra", "twice")},
		},
		{"left at another time, which leads nowhere else", `UPDATE orglogin.organization_slugs SET left_at = now()`, nil},
		{"deleted", `DELETE FROM orglogin.organization_slugs WHERE slug = 'twice'`, []postgres.Change{led("umbra", "twice")}},
		{
			"a rename is reported once", `UPDATE orglogin.organizations SET slug = 'apex' WHERE slug = 'acme'`,
			[]postgres.Change{led("acme", "acme", "apex")},
		},
		{
			"and so is the way back", `UPDATE orglogin.organizations SET slug = 'acme' WHERE slug = 'apex'`,
			[]postgres.Change{led("acme", "apex", "acme")},
		},
		{
			"and a new organization", `INSERT INTO orglogin.organizations (id, name, slug) VALUES ('` + fresh + `', 'Fresh', 'fresh')`,
			[]postgres.Change{led("fresh", "fresh")},
		},
		{
			"gone with its organization", `UPDATE orglogin.organizations SET slug = 'fresher' WHERE slug = 'fresh';
DELETE FROM orglogin.organizations WHERE slug = 'fresher'`,
			[]postgres.Change{led("fresh", "fresh", "fresher"), led("fresh", "fresher"), led("fresh", "fresh")},
		},
	})
}

func TestListenReportsTablesOfTheOperator(t *testing.T) {
	db := foreign(t)
	execute(t, db.Superuser, `INSERT INTO public.user_profiles (id, email, full_name) VALUES ('`+foreignBob+`', 'bob@people.test', 'Bob')`)
	listen(t, open(t, db.Runtime)).wantNotified(t, db.Superuser, []wantNotified{
		{
			"a membership moved to another person", `UPDATE public.user_organizations SET user_id = '` + foreignBob + `'`,
			[]postgres.Change{{Kind: "membership", ID: foreignAcme, UserID: foreignAnn}, {Kind: "membership", ID: foreignAcme, UserID: foreignBob}},
		},
		{"no membership left", `TRUNCATE public.user_organizations`, []postgres.Change{everything}},
		{"no organization left", `TRUNCATE public.organizations_projection CASCADE`, []postgres.Change{everything}},
		{"no person left", `TRUNCATE public.user_profiles CASCADE`, []postgres.Change{everything}},
	})
}
