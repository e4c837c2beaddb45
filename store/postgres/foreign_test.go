package postgres_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"orglogin/store"
	"orglogin/store/manage"
	"orglogin/store/manage/managetest"
	"orglogin/store/postgres"
	"orglogin/store/postgres/pgtest"
)

// The ids of the rows that were there before orglogin.
const (
	foreignAnn  = "a0000000-0000-4000-8000-000000000001"
	foreignBob  = "b0000000-0000-4000-8000-000000000002"
	foreignAcme = "c0000000-0000-4000-8000-000000000003"
)

const foreignRows = `
ALTER TABLE public.organizations_projection NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public.user_profiles NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public.user_organizations NO FORCE ROW LEVEL SECURITY;
INSERT INTO public.organizations_projection VALUES
	('` + foreignAcme + `', 'Acme', 'acme', 'verified'),
	('c0000000-0000-4000-8000-000000000004', 'Umbra', 'umbra', 'verified');
INSERT INTO public.user_profiles (id, email, full_name) VALUES ('` + foreignAnn + `', 'Ann@people.test', 'Ann');
INSERT INTO public.user_organizations VALUES ('` + foreignAnn + `', '` + foreignAcme + `', 'owner');
ALTER TABLE public.organizations_projection FORCE ROW LEVEL SECURITY;
ALTER TABLE public.user_profiles FORCE ROW LEVEL SECURITY;
ALTER TABLE public.user_organizations FORCE ROW LEVEL SECURITY`

// foreign is a database with tables of its own, the functions of api over them.
func foreign(t *testing.T) pgtest.Database {
	t.Helper()
	db := pgtest.Empty(t)
	execute(t, db.Superuser, `GRANT CREATE ON SCHEMA public TO owner`)
	for _, file := range []string{"testdata/foreign.sql", "foreign.sql"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if file == "foreign.sql" {
			if _, err := postgres.Migrate(t.Context(), db.Owner, db.Runtime); err != nil {
				t.Fatal(err)
			}
			execute(t, db.Owner, string(text)) // again below: it may be run after every upgrade
		}
		execute(t, db.Owner, string(text))
	}
	execute(t, db.Owner, foreignRows)
	return db
}

func TestOnSomebodyElsesTables(t *testing.T) {
	db := foreign(t)
	s := open(t, db.Runtime)
	e := examiner(t, db, db.Runtime)
	app := scene{db: db, conn: connect(t, db.Runtime)}

	t.Run("the first login binds the profile that was there", func(t *testing.T) {
		done := arrive(t, s, ann)
		if done.Snapshot.Profile.ID != foreignAnn || done.Snapshot.Profile.Name != "ann" || done.FirstLogin {
			t.Errorf("got %+v", done)
		}
	})
	t.Run("the second login finds the verified organization, which the old policy hides", func(t *testing.T) {
		done := arrive(t, s, ann)
		want := store.Organization{ID: foreignAcme, Name: "Acme", Slug: "acme", Status: store.Verified}
		if len(done.Snapshot.Memberships) != 1 || done.Snapshot.Memberships[0] != (store.Membership{Organization: want, Role: "owner"}) {
			t.Errorf("the login got %+v", done.Snapshot.Memberships)
		}
		got, err := s.AccessSnapshot(t.Context(), store.AccessQuery{UserID: foreignAnn, Slugs: []string{"acme", "umbra"}})
		if err != nil || len(got.Memberships) != 1 || got.Memberships[0].Organization != want || len(got.Organizations) != 2 {
			t.Errorf("snapshot got %+v, %v", got, err)
		}
		raw := claim(map[string]any{"sub": foreignAnn, "role": "authenticated"})
		if n, rows, err := app.attack(t, raw, `SELECT * FROM public.organizations_projection`); err != nil || n != 0 {
			t.Errorf("the fixture does not hide it: %s, %v", rows, err)
		}
	})
	t.Run("the app's own token reads its subdomain and no other", func(t *testing.T) {
		token := list(t, db.Superuser, `SELECT public.custom_access_token('`+foreignAnn+`')::text`)[0]
		raw := `SET LOCAL request.jwt.claims = '` + token + `'`
		for org, rows := range map[string]int64{foreignAcme: 1, "c0000000-0000-4000-8000-000000000004": 0} {
			n, _, err := app.attack(t, raw, `SELECT * FROM api.get_subdomain_info_for_redirect('`+org+`')`)
			if err != nil || n != rows {
				t.Errorf("%s: got %d rows, %v", org, n, err)
			}
		}
	})
	t.Run("landing, sessions and receipts hang on the foreign person", func(t *testing.T) {
		login := arrival(ann)
		if _, err := s.CompleteLogin(t.Context(), login); err != nil {
			t.Fatal(err)
		}
		if err := s.MarkUsed(t.Context(), foreignAnn, foreignAcme, time.Now()); err != nil {
			t.Error(err)
		}
		if got, err := s.AccessSnapshot(t.Context(), store.AccessQuery{UserID: foreignAnn}); err != nil || got.LastUsed != foreignAcme {
			t.Errorf("got %+v, %v", got, err)
		}
		if _, err := s.Session(t.Context(), foreignAnn, login.Session.SecretHash); err != nil {
			t.Error(err)
		}
	})
	t.Run("a person without a profile row is refused, and doctor says so", func(t *testing.T) {
		done, err := s.CompleteLogin(t.Context(), arrival(bob))
		if err != nil || done.Refused != store.SignupIsClosed {
			t.Errorf("got %+v, %v", done, err)
		}
		// Bound once, and the profile lost since.
		execute(t, db.Owner, `INSERT INTO orglogin.identities VALUES ('default', 'https://op.test', 'bob', '`+foreignBob+`')`)
		if got := firstFailure(t, e, foreignBob); got.Name != "profile" || !strings.Contains(got.Detail, "the profile was deleted") {
			t.Errorf("got %+v", got)
		}
		found := false
		for p, err := range e.Failures(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			found = found || p.UserID == foreignBob
		}
		if !found {
			t.Error("doctor --all does not see it")
		}
		if done, err := s.CompleteLogin(t.Context(), arrival(bob)); err != nil || done.Refused != store.SignupIsClosed {
			t.Errorf("got %+v, %v", done, err)
		}
	})
	t.Run("a profile that was deleted and made again is bound by the next login", func(t *testing.T) {
		execute(t, db.Superuser, `INSERT INTO public.user_profiles (id, email) VALUES ('`+foreignBob+`', 'bob@people.test')`)
		arrive(t, s, bob)
		const again = "b0000000-0000-4000-8000-000000000009"
		execute(t, db.Superuser, `DELETE FROM public.user_profiles WHERE id = '`+foreignBob+`';
			INSERT INTO public.user_profiles (id, email) VALUES ('`+again+`', 'bob@people.test')`)
		if done := arrive(t, s, bob); done.Snapshot.Profile.ID != again {
			t.Errorf("got %+v", done.Snapshot.Profile)
		}
	})
	t.Run("a login that binds a profile waits for who has locked its row", func(t *testing.T) {
		const fay = "f0000000-0000-4000-8000-000000000006"
		execute(t, db.Superuser, `INSERT INTO public.user_profiles (id, email) VALUES ('`+fay+`', 'fay@people.test')`)
		bindsOnlyUnbound(t, db, s, `SELECT FROM public.user_profiles WHERE id = '`+fay+`' FOR UPDATE`, fay)
	})
	t.Run("import says that it is for other tables", func(t *testing.T) {
		o := openOperator(t, db.Owner)
		err := o.Import(t.Context(), store.ImportFile{Users: []store.ImportUser{{Email: "cleo@people.test"}}}, time.Now())
		if !errors.Is(err, store.ErrInvalid) || !strings.Contains(err.Error(), "public.user_profiles") {
			t.Errorf("got %v", err)
		}
		if err := o.Import(t.Context(), store.ImportFile{Invitations: []store.ImportInvitation{
			{Organization: "acme", Email: "cleo@people.test", Token: "a-token-for-cleo-to-come-to-acme", ExpiresAt: time.Now().Add(time.Hour)},
		}}, time.Now()); err != nil {
			t.Error(err)
		}
	})
	t.Run("a membership that is removed from the foreign table revokes invitations and is recorded, however it is removed", func(t *testing.T) {
		operator := openOperator(t, db.Owner)
		const dan = "d0000000-0000-4000-8000-000000000004"
		for way, statement := range map[string]string{
			"UPDATE":            `UPDATE public.user_organizations SET status = 'gone' WHERE user_id = '` + dan + `'`,
			"DELETE":            `DELETE FROM public.user_organizations WHERE user_id = '` + dan + `'`,
			"moved":             `UPDATE public.user_organizations SET user_id = '` + store.NewID() + `' WHERE user_id = '` + dan + `'`,
			"DELETE of profile": `DELETE FROM public.user_profiles WHERE id = '` + dan + `'`,
		} {
			removes(t, db, operator, way, dan, statement)
		}
	})
	t.Run("a domain makes the foreign membership, and not again of who was removed", func(t *testing.T) {
		execute(t, db.Owner, `INSERT INTO orglogin.organization_domains (organization_id, domain, status, token, join_mode)
			VALUES ('`+foreignAcme+`', 'people.test', 'verified', 'token', 'auto')`)
		defer execute(t, db.Owner, `DELETE FROM orglogin.organization_domains`)
		execute(t, db.Superuser, `INSERT INTO public.user_profiles (id, email) VALUES (gen_random_uuid(), 'gil@people.test')`)
		if done := arrive(t, s, identity("gil")); done.Joined != foreignAcme || len(done.Snapshot.Memberships) != 1 || done.Snapshot.Memberships[0].Role != "member" {
			t.Errorf("got %+v", done)
		}
		execute(t, db.Superuser, `DELETE FROM public.user_organizations WHERE role = 'member'`)
		if done := arrive(t, s, identity("gil")); done.Joined != "" || len(done.Snapshot.Memberships) != 0 {
			t.Errorf("got %+v", done)
		}
	})
	t.Run("an invitation makes the foreign membership", func(t *testing.T) {
		token := invite(t, openOperator(t, db.Owner), "umbra", ann.Email, "guest")
		if got, err := s.InvitationsFor(t.Context(), foreignAnn, time.Now()); err != nil || len(got) != 1 || got[0].Organization.Slug != "umbra" {
			t.Errorf("got %+v, %v", got, err)
		}
		if r, err := s.AcceptInvitation(t.Context(), foreignAnn, token, time.Now()); err != nil || r != store.OK {
			t.Errorf("got %s, %v", r, err)
		}
		login := arrival(ann)
		login.Invitation = token
		done, err := s.CompleteLogin(t.Context(), login)
		if err != nil || done.Invitation != store.OK || len(done.Snapshot.Memberships) != 2 {
			t.Errorf("got %+v, %v", done, err)
		}
	})
	t.Run("doctor finds the chain and the database sound, and tells what the old policy hides", func(t *testing.T) {
		links, err := e.Chain(t.Context(), foreignAnn)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range links {
			if !l.OK {
				t.Errorf("got %+v", l)
			}
		}
		if l := links[3]; !strings.Contains(l.Detail, `policy "tenant"`) || !strings.Contains(l.Detail, "get_current_org_id()") || l.OwnClaims != "no row" {
			t.Errorf("got %+v", l)
		}
		checks, err := e.Database(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range checks {
			if !c.OK {
				t.Errorf("got %+v", c)
			}
		}
		if p, err := openOperator(t, db.Owner).Profiles(t.Context(), ann.Email); err != nil || len(p) != 1 || p[0].ID != foreignAnn {
			t.Errorf("got %+v, %v", p, err)
		}
	})
	t.Run("without SECURITY DEFINER the old fault is back, and doctor names the policy", func(t *testing.T) {
		execute(t, db.Superuser, `ALTER FUNCTION api.get_memberships() SECURITY INVOKER; GRANT EXECUTE ON FUNCTION public.get_current_org_id() TO PUBLIC`)
		defer execute(t, db.Superuser, `ALTER FUNCTION api.get_memberships() SECURITY DEFINER`)
		got := firstFailure(t, e, foreignAnn)
		if got.Name != "organization" || !strings.Contains(got.Detail, `policy "tenant"`) || !strings.Contains(got.Detail, "get_current_org_id()") {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("and so does TRUNCATE", func(t *testing.T) {
		removes(t, db, openOperator(t, db.Owner), "TRUNCATE", "d0000000-0000-4000-8000-000000000004", `TRUNCATE public.user_organizations`)
	})
}

// bindsOnlyUnbound binds the profile to another identity in a transaction that has
// locked its row, while Fay's first login waits: the login may not bind it too.
func bindsOnlyUnbound(t *testing.T, db pgtest.Database, s *postgres.Store, lock, profile string) {
	t.Helper()
	conn := connect(t, db.Superuser)
	_, err := conn.PgConn().Exec(t.Context(), `BEGIN; `+lock+`;
		INSERT INTO orglogin.identities (issuer, subject, profile_id) VALUES ('https://other.test', 'fay', '`+profile+`')`).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan store.Completed, 1)
	go func() {
		login := arrival(identity("fay"))
		login.Signup = store.SignupProfile
		done, err := s.CompleteLogin(t.Context(), login)
		if err != nil {
			t.Error(err)
		}
		ended <- done
	}()
	for deadline := time.Now().Add(30 * time.Second); len(list(t, db.Superuser, `SELECT 'waits' FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)
		WHERE NOT l.granted AND a.datname = current_database()`)) == 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) || len(ended) > 0 {
			t.Fatal("the login does not wait for the row")
		}
	}
	if _, err := conn.Exec(t.Context(), `COMMIT`); err != nil {
		t.Fatal(err)
	}
	if done := <-ended; done.Snapshot.Profile.ID == profile {
		t.Errorf("the login bound a profile that has an identity: %+v", done)
	}
}

// removes makes Dan a member of Acme with a pending invitation, and wants the
// statement to revoke it and the removal to be recorded.
func removes(t *testing.T, db pgtest.Database, operator *postgres.Store, way, dan, statement string) {
	t.Helper()
	execute(t, db.Superuser, `DELETE FROM public.user_organizations WHERE user_id = '`+dan+`'; DELETE FROM public.user_profiles WHERE id = '`+dan+`';
		DELETE FROM orglogin.removed_members WHERE profile_id = '`+dan+`';
		INSERT INTO public.user_profiles (id, email) VALUES ('`+dan+`', 'Dan@people.test');
		INSERT INTO public.user_organizations VALUES ('`+dan+`', '`+foreignAcme+`', 'member')`)
	token := invite(t, operator, "acme", "dan@people.test", "owner")
	execute(t, db.Superuser, statement)
	if got, err := operator.Invitation(t.Context(), token); err != nil || !got.Revoked {
		t.Errorf("%s: got %+v, %v", way, got, err)
	}
	recorded := list(t, db.Superuser, `SELECT profile_id::text FROM orglogin.removed_members WHERE profile_id = '`+dan+`'`)
	if deleted := strings.HasSuffix(way, "of profile"); deleted == (len(recorded) > 0) {
		t.Errorf("%s: the removals recorded are %v", way, recorded)
	}
}

// invite makes an invitation and returns the hash of its token.
func invite(t *testing.T, operator *postgres.Store, slug, email, role string) []byte {
	t.Helper()
	m := managetest.NewManager(operator.Manage(), time.Now)
	made, err := m.CreateInvitation(t.Context(), manage.Caller{Name: manage.Command}, slug, manage.NewInvitation{Email: email, Role: role})
	if err != nil {
		t.Fatal(err)
	}
	_, token, _ := strings.Cut(made.Link, "invitation=")
	return store.HashToken(token)
}
