package postgres_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"orglogin/store"
	"orglogin/store/postgres"
	"orglogin/store/postgres/pgtest"
)

// scene is a database with Ann at Acme, Bob at Umbra, and what Bob has: the
// attacker has the runtime role on a raw connection, and perhaps Ann's claims.
type scene struct {
	db          pgtest.Database
	conn        *pgx.Conn // the attacker's
	ann, bob    store.AccessSnapshot
	acme, umbra store.Organization
	bobsSession store.Session
	bobsReceipt string
	anns        map[string]int // rows of each table that Ann may see
}

func newScene(t *testing.T) scene {
	db := pgtest.New(t)
	people(t, db)
	s := open(t, db.Runtime)
	sc := scene{db: db, conn: connect(t, db.Runtime), ann: arrive(t, s, ann).Snapshot}
	login := arrival(bob)
	done, err := s.CompleteLogin(t.Context(), login)
	if err != nil {
		t.Fatal(err)
	}
	sc.bob, sc.bobsSession = done.Snapshot, login.Session
	sc.acme, sc.umbra = sc.ann.Memberships[0].Organization, sc.bob.Memberships[0].Organization
	for _, who := range []store.AccessSnapshot{sc.ann, sc.bob} {
		sc.bobsReceipt = store.NewReceiptID()
		place := who.Memberships[0].Organization.ID
		if err := s.SaveReceipt(t.Context(), store.Receipt{ID: sc.bobsReceipt, UserID: who.Profile.ID, At: time.Now(), Decision: []byte(`{}`)}); err != nil {
			t.Fatal(err)
		}
		if err := s.MarkUsed(t.Context(), who.Profile.ID, place, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.TakeFlow(t.Context(), "a-flow", time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	execute(t, db.Owner, `UPDATE orglogin.organizations SET slug = 'umbrella' WHERE slug = 'umbra'`)
	sc.anns = map[string]int{
		"profiles": 1, "identities": 1, "memberships": 1, "organizations": 1, "workspaces": 1, "sessions": 1, "session_connections": 1, "receipts": 1, "last_used": 1,
	}
	return sc
}

// tables are all of the schema but that of its versions.
func (sc scene) tables(t *testing.T) []string {
	all := list(t, sc.db.Owner, `SELECT c.relname::text FROM pg_class AS c
WHERE c.relnamespace = 'orglogin'::regnamespace AND c.relkind = 'r' AND c.relname <> 'schema_versions' ORDER BY 1`)
	if len(all) < 11 {
		t.Fatalf("only the tables %v", all)
	}
	return all
}

// attack runs one statement after preparation in a transaction that is rolled
// back, as the runtime role, and returns how many rows it saw or changed.
func (sc scene) attack(t *testing.T, preparation, statement string) (int64, string, error) {
	t.Helper()
	defer func() {
		if _, err := sc.conn.PgConn().Exec(t.Context(), `ROLLBACK`).ReadAll(); err != nil {
			t.Fatal(err)
		}
	}()
	if _, err := sc.conn.PgConn().Exec(t.Context(), `BEGIN; `+preparation).ReadAll(); err != nil {
		return 0, "", err
	}
	results, err := sc.conn.PgConn().Exec(t.Context(), statement).ReadAll()
	if err != nil {
		return 0, "", err
	}
	last := results[len(results)-1]
	return last.CommandTag.RowsAffected(), fmt.Sprintf("%s", last.Rows), nil
}

func claim(members map[string]any) string {
	b, _ := json.Marshal(members)
	return `SET LOCAL request.jwt.claims = '` + strings.ReplaceAll(string(b), "'", "''") + `'`
}

func TestWithoutAPersonNothingIsSeenOrWritten(t *testing.T) {
	sc := newScene(t)
	settings := map[string]string{
		"no claims at all":                          ``,
		"empty claims":                              `SET LOCAL request.jwt.claims = ''`,
		"claims of JSON null":                       `SET LOCAL request.jwt.claims = 'null'`,
		"claims that are an array":                  `SET LOCAL request.jwt.claims = '["sub"]'`,
		"claims that are no JSON":                   `SET LOCAL request.jwt.claims = '{"sub": '`,
		"claims with a quote in them":               `SET LOCAL request.jwt.claims = '{"sub":"'' OR true --"}'`,
		"claims without a sub":                      claim(map[string]any{"role": "authenticated"}),
		"a sub that is no UUID":                     claim(map[string]any{"sub": "113259384751029384756"}),
		"a sub that is null":                        claim(map[string]any{"sub": nil}),
		"a sub with SQL":                            claim(map[string]any{"sub": "' OR 'a'='a"}),
		"a sub without a profile":                   claim(map[string]any{"sub": store.NewID()}),
		"an organization without a person":          claim(map[string]any{"org_id": sc.umbra.ID, "role": "authenticated"}),
		"an organization and the role of a king":    claim(map[string]any{"org_id": sc.umbra.ID, "role": "service_role"}),
		"settings outside the claims":               `SET LOCAL request.jwt.claim.sub = '` + sc.bob.Profile.ID + `'; SET LOCAL app.org_id = '` + sc.umbra.ID + `'; SET LOCAL app.current_org = '` + sc.umbra.ID + `'`,
		"claims in a setting of a similar name":     `SET LOCAL "request.jwt.claims2" = '{"sub":"` + sc.bob.Profile.ID + `"}'`,
		"row-level security switched off, as asked": `SET LOCAL row_security = off`,
	}
	for name, setting := range settings {
		t.Run(name, func(t *testing.T) {
			for _, table := range sc.tables(t) {
				if n, rows, err := sc.attack(t, setting, `SELECT * FROM orglogin.`+table); err == nil && n > 0 {
					t.Errorf("%s: saw %d rows: %s", table, n, rows)
				}
				if n, _, err := sc.attack(t, setting, `DELETE FROM orglogin.`+table); err == nil && n > 0 {
					t.Errorf("%s: deleted %d rows", table, n)
				}
			}
			for _, call := range []string{
				`SELECT * FROM api.get_profile()`,
				`SELECT * FROM api.get_memberships()`,
				`SELECT * FROM api.get_invitations(now())`,
				`SELECT * FROM api.get_subdomain_info_for_redirect('` + sc.umbra.ID + `')`,
				`UPDATE orglogin.sessions SET ended_at = now()`,
				`UPDATE orglogin.last_used SET used_at = now()`,
				`INSERT INTO orglogin.receipts VALUES ('aaaaaaaaaaaaaaaa', '` + sc.bob.Profile.ID + `', now(), '{}')`,
				`INSERT INTO orglogin.last_used VALUES ('` + sc.bob.Profile.ID + `', '` + sc.acme.ID + `', now())`,
			} {
				if n, rows, err := sc.attack(t, setting, call); err == nil && n > 0 {
					t.Errorf("%s: %d rows: %s", call, n, rows)
				}
			}
			if n, _, err := sc.attack(t, setting, `SELECT 1 WHERE api.accept_invitation('\x00', now()) IS NOT NULL`); err == nil && n > 0 {
				t.Error("claims of no person were accepted")
			}
		})
	}
}

// Ann's claims show Ann's rows and no other, whatever is asked (L5).
func TestUnderOnePersonsClaims(t *testing.T) {
	sc := newScene(t)
	anns := claim(map[string]any{"sub": sc.ann.Profile.ID, "role": "authenticated"})
	t.Run("exactly the own rows are seen", func(t *testing.T) {
		for _, table := range sc.tables(t) {
			n, rows, err := sc.attack(t, anns, `SELECT * FROM orglogin.`+table)
			if want := int64(sc.anns[table]); n != want || err != nil && want > 0 {
				t.Errorf("%s: saw %d rows, want %d (%v): %s", table, n, want, err, rows)
			}
			if strings.Contains(strings.ToLower(rows), "umbr") || strings.Contains(rows, sc.bob.Profile.ID) {
				t.Errorf("%s: saw %s", table, rows)
			}
		}
	})
	hash := fmt.Sprintf(`'\x%x'`, store.HashToken(bobsToken))
	bob, umbra, acme, session := `'`+sc.bob.Profile.ID+`'`, `'`+sc.umbra.ID+`'`, `'`+sc.acme.ID+`'`, `'`+sc.bobsSession.ID+`'`
	ann := `'` + sc.ann.Profile.ID + `'`
	refused := map[string]string{
		"another's profile by id":                     `SELECT * FROM orglogin.profiles WHERE id = ` + bob,
		"another organization by id":                  `SELECT * FROM orglogin.organizations WHERE id = ` + umbra,
		"another's membership by join":                `SELECT * FROM orglogin.memberships AS m JOIN orglogin.organizations AS o ON true WHERE o.id = ` + umbra,
		"another's session by its secret":             `SELECT * FROM orglogin.sessions WHERE secret_hash = '\x` + fmt.Sprintf("%x", sc.bobsSession.SecretHash) + `'`,
		"a row through a function in the condition":   `SELECT * FROM orglogin.profiles WHERE id <> ` + ann + ` AND pg_sleep(0) IS NOT NULL`,
		"the subdomain of a foreign id":               `SELECT * FROM api.get_subdomain_info_for_redirect(` + umbra + `)`,
		"the subdomain of the own, without its claim": `SELECT * FROM api.get_subdomain_info_for_redirect(` + acme + `)`,
		"a count":                           `SELECT 1 FROM orglogin.organizations HAVING count(*) > 1`,
		"ending another's session":          `UPDATE orglogin.sessions SET ended_at = now() WHERE id = ` + session,
		"touching another's session":        `UPDATE orglogin.sessions SET last_seen_at = now() WHERE id = ` + session,
		"taking a session over":             `UPDATE orglogin.sessions SET profile_id = ` + ann + ` WHERE id = ` + session,
		"giving the own session away":       `UPDATE orglogin.sessions SET profile_id = ` + bob,
		"making a session":                  `INSERT INTO orglogin.sessions SELECT gen_random_uuid(), ` + bob + `, '\x01', '\x02', now(), now(), now() + interval '1 day'`,
		"waking an ended session":           `UPDATE orglogin.sessions SET ended_at = now(); UPDATE orglogin.sessions SET ended_at = NULL`,
		"a longer session":                  `UPDATE orglogin.sessions SET expires_at = 'infinity'`,
		"joining an organization":           `INSERT INTO orglogin.memberships VALUES (` + ann + `, ` + umbra + `, 'owner')`,
		"a better role":                     `UPDATE orglogin.memberships SET role = 'owner'`,
		"another name":                      `UPDATE orglogin.profiles SET email = 'bob@people.test'`,
		"verifying a subdomain":             `UPDATE orglogin.organizations SET subdomain_status = 'verified'`,
		"a receipt for another":             `INSERT INTO orglogin.receipts VALUES ('aaaaaaaaaaaaaaaa', ` + bob + `, now(), '{}')`,
		"overwriting another's receipt":     `INSERT INTO orglogin.receipts VALUES ('` + sc.bobsReceipt + `', ` + ann + `, now(), '{}') ON CONFLICT (id) DO UPDATE SET decision = '{"mine":1}' RETURNING *`,
		"last used for another":             `INSERT INTO orglogin.last_used VALUES (` + bob + `, ` + acme + `, now()) ON CONFLICT (profile_id) DO UPDATE SET organization_id = ` + acme,
		"moving the own last used":          `UPDATE orglogin.last_used SET profile_id = ` + bob,
		"the invitations":                   `SELECT * FROM orglogin.invitations`,
		"the flows":                         `SELECT * FROM orglogin.flows`,
		"the old slugs":                     `SELECT * FROM orglogin.organization_slugs`,
		"a pending invitation of another":   `SELECT * FROM api.get_invitations(now())`,
		"the profiles of an address":        `SELECT * FROM api.get_profiles_by_email('bob@people.test')`,
		"the inside of accepting":           `SELECT orglogin.accept(NULL, ` + ann + `, now())`,
		"the inside of starting a session":  `SELECT orglogin.start_session(` + bob + `, gen_random_uuid(), '\x01', '\x02', now(), now(), now(), NULL, now())`,
		"becoming the owner":                `SET ROLE owner; SELECT 1`,
		"becoming the functions' owner":     `SET ROLE orglogin_definer; SELECT 1`,
		"becoming a superuser":              `SET SESSION AUTHORIZATION postgres; SELECT 1`,
		"emptying a table":                  `TRUNCATE orglogin.flows; SELECT 1`,
		"locking a table against others":    `LOCK TABLE orglogin.organizations IN ACCESS EXCLUSIVE MODE; SELECT 1`,
		"a trigger":                         `CREATE TRIGGER t AFTER INSERT ON orglogin.sessions EXECUTE FUNCTION orglogin.notify_session(); SELECT 1`,
		"a policy":                          `CREATE POLICY p ON orglogin.profiles USING (true); SELECT 1`,
		"switching the policies off":        `ALTER TABLE orglogin.profiles NO FORCE ROW LEVEL SECURITY; SELECT 1`,
		"a function in api":                 `CREATE FUNCTION api.f() RETURNS int LANGUAGE sql AS 'SELECT 1'; SELECT 1`,
		"a table in orglogin":               `CREATE TABLE orglogin.t (); SELECT 1`,
		"a table in public":                 `CREATE TABLE public.t (); SELECT 1`,
		"a function in auth":                `CREATE OR REPLACE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql AS 'SELECT NULL::uuid'; SELECT 1`,
		"a schema":                          `CREATE SCHEMA evil; SELECT 1`,
		"a login as a person, under claims": `SELECT * FROM api.complete_login(jsonb_populate_record(NULL::orglogin.login, ` + bobsLogin + `))`,
		"a login as a person, under claims, as the service asks it": `SELECT * FROM orglogin.log_in(` + bobsLogin + `)`,
		"a receipt for another, as the service saves many":          `SELECT orglogin.save_receipts(ARRAY['aaaaaaaaaaaaaaaa'], ARRAY[` + bob + `::uuid], ARRAY[now()], ARRAY['{}'])`,
	}
	for name, statement := range refused {
		t.Run(name+" is not to be had", func(t *testing.T) {
			if n, rows, err := sc.attack(t, anns, statement); err == nil && n > 0 {
				t.Errorf("%d rows: %s", n, rows)
			}
		})
	}
	t.Run("an invitation to another's address is not accepted", func(t *testing.T) {
		_, rows, err := sc.attack(t, anns, `SELECT api.accept_invitation(`+hash+`, now())`)
		if err != nil || !strings.Contains(rows, fmt.Sprint([]byte("email_mismatch"))) && !strings.Contains(rows, "email_mismatch") {
			t.Errorf("got %s, %v", rows, err)
		}
	})
}

// bobsLogin is a login of Bob as the argument of orglogin.log_in.
const bobsLogin = `'{"connection": "default", "issuer": "https://op.test", "subject": "bob", "email": "bob@people.test", "email_verified": true,
	"authoritative": true, "name": "", "picture": "", "signup": "profile", "session_id": "11111111-1111-4111-8111-111111111111", "secret_hash": "\\x01",
	"browser_hash": "\\x02", "created_at": "2030-01-01T00:00:00Z", "last_seen_at": "2030-01-01T00:00:00Z", "expires_at": "2030-01-02T00:00:00Z",
	"now": "2030-01-01T00:00:00Z"}'`

// The claim for an organization narrows and never widens.
func TestTheClaimOfAnOrganization(t *testing.T) {
	sc := newScene(t)
	execute(t, sc.db.Owner, `INSERT INTO orglogin.memberships
SELECT p.id, o.id, 'member', false FROM orglogin.profiles AS p, orglogin.organizations AS o WHERE p.email = 'ann@people.test' AND o.slug = 'umbrella'`)
	subdomain := func(org string) string {
		return `SELECT * FROM api.get_subdomain_info_for_redirect('` + org + `')`
	}
	cases := []struct {
		name, org, statement string
		rows                 int64
	}{
		{"the own organization answers its subdomain", sc.acme.ID, subdomain(sc.acme.ID), 1},
		{"the own organization's claim, in upper case, is the same", strings.ToUpper(sc.acme.ID), subdomain(sc.acme.ID), 1},
		{"one that the person has left does not", sc.umbra.ID, subdomain(sc.umbra.ID), 0},
		{"the own claim does not answer for another id", sc.acme.ID, subdomain(sc.umbra.ID), 0},
		{"another's claim does not answer for the own id", sc.umbra.ID, subdomain(sc.acme.ID), 0},
		{"the claim of another organization shows none", sc.umbra.ID, `SELECT * FROM orglogin.organizations`, 0},
		{"nor a workspace", sc.umbra.ID, `SELECT * FROM orglogin.workspaces`, 0},
		{"the own claim shows the own", sc.acme.ID, `SELECT * FROM orglogin.organizations`, 1},
		{"a claim with quotes shows none", `' OR '1'='1`, `SELECT * FROM orglogin.organizations`, 0},
		{"a claim with quotes answers no subdomain", `' OR '1'='1`, subdomain(sc.acme.ID), 0},
		{"a claim that is no UUID answers no subdomain", `acme`, subdomain(sc.acme.ID), 0},
		{"an empty claim shows none", ``, `SELECT * FROM orglogin.organizations`, 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			claims := claim(map[string]any{"sub": sc.ann.Profile.ID, "role": "authenticated", "org_id": c.org})
			if n, rows, err := sc.attack(t, claims, c.statement); err != nil || n != c.rows {
				t.Errorf("got %d rows, want %d (%v): %s", n, c.rows, err, rows)
			}
		})
	}
	t.Run("a disabled person has no subdomain", func(t *testing.T) {
		execute(t, sc.db.Owner, `UPDATE orglogin.profiles SET disabled = true WHERE email = 'ann@people.test'`)
		claims := claim(map[string]any{"sub": sc.ann.Profile.ID, "role": "authenticated", "org_id": sc.acme.ID})
		if n, _, err := sc.attack(t, claims, subdomain(sc.acme.ID)); err != nil || n != 0 {
			t.Errorf("got %d rows, %v", n, err)
		}
	})
}

// What is planted where names are looked up changes no answer: every name in
// the functions is qualified, and their search_path is fixed.
func TestPlantedObjectsAreNotUsed(t *testing.T) {
	sc := newScene(t)
	// The runtime role may create in a schema on its path, and in pg_temp.
	execute(t, sc.db.Superuser, `CREATE SCHEMA planted; GRANT ALL ON SCHEMA planted TO runtime; GRANT TEMPORARY ON DATABASE `+sc.db.Name+` TO runtime`)
	var plants []string
	for _, where := range []string{"pg_temp", "planted"} {
		for _, table := range sc.tables(t) {
			plants = append(plants, `CREATE TABLE `+where+`.`+table+` (id uuid, slug text, subdomain_status text, name text, profile_id uuid, organization_id uuid, active boolean, email text, token_hash bytea, issuer text, subject text)`)
		}
		plants = append(plants,
			`INSERT INTO `+where+`.organizations VALUES ('`+sc.umbra.ID+`', 'evil', 'verified', 'Evil')`,
			`CREATE FUNCTION `+where+`.set_config(text, text, boolean) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE 'planted'; END $$`,
			`CREATE FUNCTION `+where+`.to_jsonb(anyelement) RETURNS jsonb LANGUAGE plpgsql AS $$ BEGIN RAISE 'planted'; END $$`,
			`CREATE FUNCTION `+where+`.uid() RETURNS uuid LANGUAGE sql AS $$ SELECT '`+sc.bob.Profile.ID+`'::uuid $$`,
			`CREATE FUNCTION `+where+`.eq(text, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'planted'; END $$`,
			`CREATE OPERATOR `+where+`.= (LEFTARG = text, RIGHTARG = text, FUNCTION = `+where+`.eq)`,
		)
	}
	path := `SET LOCAL search_path = planted, pg_temp, pg_catalog`
	claims := claim(map[string]any{"sub": sc.ann.Profile.ID, "role": "authenticated", "org_id": sc.acme.ID})
	preparation := strings.Join(plants, "; ") + "; " + path + "; " + claims
	for statement, want := range map[string]string{
		`SELECT slug FROM api.get_organization_by_slug('umbrella')`:                                      "umbrella",
		`SELECT slug FROM api.get_organization_by_slug('umbra')`:                                         "umbrella",
		`SELECT slug FROM api.get_subdomain_info_for_redirect('` + sc.acme.ID + `')`:                     "acme",
		`SELECT api.accept_invitation('\x` + fmt.Sprintf("%x", store.HashToken(bobsToken)) + `', now())`: "email_mismatch",
	} {
		conn := connect(t, sc.db.Runtime)
		if _, err := conn.PgConn().Exec(t.Context(), `BEGIN; `+preparation).ReadAll(); err != nil {
			t.Fatal(err)
		}
		var got string
		if err := conn.QueryRow(t.Context(), statement, pgx.QueryExecModeExec).Scan(&got); err != nil || got != want {
			t.Errorf("%s: got %q, %v", statement, got, err)
		}
		_ = conn.Close(t.Context())
	}
	t.Run("the store's own statements are not moved by the role's search_path", func(t *testing.T) {
		execute(t, sc.db.Runtime, strings.ReplaceAll(strings.Join(plants[len(plants)/2:], "; "), "pg_temp", "planted"))
		execute(t, sc.db.Superuser, `ALTER ROLE runtime IN DATABASE `+sc.db.Name+` SET search_path = planted, pg_catalog`)
		s := open(t, sc.db.Runtime)
		got, err := s.AccessSnapshot(t.Context(), store.AccessQuery{UserID: sc.ann.Profile.ID, Slugs: []string{"umbra"}})
		if err != nil || len(got.Memberships) != 1 || got.Organizations["umbra"].Slug != "umbrella" {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}

// Whatever becomes of a question, its claims do not outlive it (L4).
func TestAConnectionCarriesNoClaims(t *testing.T) {
	sc := newScene(t)
	config := patient(sc.db.Runtime + "?pool_max_conns=1")
	s, err := postgres.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	asks := map[string]func() error{
		"an answer": func() error {
			_, err := s.AccessSnapshot(t.Context(), store.AccessQuery{UserID: sc.ann.Profile.ID})
			return err
		},
		"a login": func() error { _, err := s.CompleteLogin(t.Context(), arrival(bob)); return err },
		"nothing": func() error { _, err := s.Receipt(t.Context(), sc.ann.Profile.ID, store.NewReceiptID()); return err },
		"an error": func() error {
			l := arrival(bob)
			l.Session = sc.bobsSession
			_, err := s.CompleteLogin(t.Context(), l)
			return err
		},
		"a deferred": func() error { return s.TouchSession(t.Context(), sc.ann.Profile.ID, store.NewID(), time.Now()) },
		"a cancelled": func() error {
			_, err := s.AccessSnapshot(cancelled, store.AccessQuery{UserID: sc.ann.Profile.ID})
			return err
		},
		"one out of time": func() error {
			short, cancel := context.WithTimeout(t.Context(), 100*time.Microsecond)
			defer cancel()
			_, err := s.AccessSnapshot(short, store.AccessQuery{UserID: sc.ann.Profile.ID})
			return err
		},
	}
	for name, ask := range asks {
		err := ask()
		var claims, late string
		if err := s.Pool().QueryRow(t.Context(), `SELECT coalesce(current_setting('request.jwt.claims', true), ''), current_setting('synchronous_commit')`).Scan(&claims, &late); err != nil {
			t.Fatal(err)
		}
		if claims != "" || late != "on" {
			t.Errorf("after %s (%v) the connection carries %q, synchronous_commit %s", name, err, claims, late)
		}
	}
}
