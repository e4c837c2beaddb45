package postgres_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"orglogin/store"
)

// plants makes objects in pg_temp for every name that a function might look up: a
// domain for each base type and for each table, with a check that reports the role
// that it runs as; casts and operators of these types; and functions of common names.
const plants = `
CREATE FUNCTION pg_temp.planted(anyelement) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	RAISE NOTICE 'planted code ran as %', current_user;
	RETURN true;
END
$$;
DO $$
DECLARE
	t record;
BEGIN
	FOR t IN
		SELECT typname FROM pg_catalog.pg_type
		WHERE typnamespace = 'pg_catalog'::regnamespace AND typtype = 'b' AND typelem = 0 AND typname !~ '^(_|pg_)'
	LOOP
		EXECUTE format('CREATE DOMAIN pg_temp.%1$I AS pg_catalog.%1$I CHECK (pg_temp.planted(VALUE))', t.typname);
	END LOOP;
	FOR t IN SELECT relname FROM pg_catalog.pg_class WHERE relnamespace = to_regnamespace('orglogin') AND relkind IN ('r', 'c') LOOP
		EXECUTE format('CREATE DOMAIN pg_temp.%1$I AS orglogin.%1$I CHECK (pg_temp.planted(VALUE))', t.relname);
	END LOOP;
END
$$;
CREATE TYPE pg_temp.any_argument AS (value pg_catalog.text);
CREATE FUNCTION pg_temp.to_text(pg_temp.any_argument) RETURNS pg_catalog.text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_temp.planted(1);
	RETURN ($1).value;
END
$$;
CREATE CAST (pg_temp.any_argument AS pg_catalog.text) WITH FUNCTION pg_temp.to_text(pg_temp.any_argument) AS IMPLICIT;
CREATE FUNCTION pg_temp.same(pg_catalog.text, pg_catalog.text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RETURN pg_temp.planted(1); END $$;
CREATE FUNCTION pg_temp.same(pg_catalog.uuid, pg_catalog.uuid) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RETURN pg_temp.planted(1); END $$;
CREATE OPERATOR pg_temp.= (LEFTARG = pg_catalog.text, RIGHTARG = pg_catalog.text, FUNCTION = pg_temp.same);
CREATE OPERATOR pg_temp.= (LEFTARG = pg_catalog.uuid, RIGHTARG = pg_catalog.uuid, FUNCTION = pg_temp.same);
CREATE FUNCTION pg_temp.lower(pg_catalog.text) RETURNS pg_catalog.text LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_temp.planted(1); RETURN $1; END $$;
CREATE FUNCTION pg_temp.now() RETURNS pg_catalog.timestamptz LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_temp.planted(1); RETURN pg_catalog.now(); END $$`

// ranAs runs a statement as the runtime role with everything planted, in a
// transaction that is rolled back, and returns the roles that planted code ran as.
func (sc scene) ranAs(t *testing.T, claims, statement string) ([]string, error) {
	t.Helper()
	config, err := pgx.ParseConfig(sc.db.Runtime)
	if err != nil {
		t.Fatal(err)
	}
	var roles []string
	config.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) {
		if role, ok := strings.CutPrefix(n.Message, "planted code ran as "); ok && !slices.Contains(roles, role) {
			roles = append(roles, role)
		}
	}
	conn, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	for _, sql := range []string{plants, `BEGIN`, claims} {
		if _, err := conn.PgConn().Exec(t.Context(), sql).ReadAll(); err != nil {
			t.Fatal(err)
		}
	}
	roles = nil
	_, err = conn.PgConn().Exec(t.Context(), statement+`; ROLLBACK`).ReadAll()
	return roles, err
}

// A role with TEMPORARY can plant a type in pg_temp. No function that it may call
// runs the code of such a type as another role.
func TestNoPlantedTypeRunsAsAnotherRole(t *testing.T) {
	sc := newScene(t)
	execute(t, sc.db.Superuser, `GRANT TEMPORARY ON DATABASE `+sc.db.Name+` TO runtime`)
	anns := claim(map[string]any{"sub": sc.ann.Profile.ID, "role": "authenticated", "org_id": sc.acme.ID})
	bobs := claim(map[string]any{"sub": sc.bob.Profile.ID})
	execute(t, sc.db.Owner, `
INSERT INTO orglogin.organization_domains (organization_id, domain, status, token, join_mode, discoverable, next_check_at)
VALUES ('`+sc.acme.ID+`', 'people.test', 'verified', 'token', 'request', true, '-infinity'),
	('`+sc.acme.ID+`', 'joining.test', 'verified', 'token', 'auto', true, '-infinity')`)
	noPerson := claim(map[string]any{"role": "authenticated"})
	hash := fmt.Sprintf(`'\x%x'::bytea`, store.HashToken(bobsToken))
	login := func(subject, domain string) string {
		return fmt.Sprintf(`'{"connection": "default", "issuer": "https://op.test", "subject": "%[1]s", "email": "%[1]s@%[4]s", "email_verified": true,
			"authoritative": true, "name": "N", "picture": "", "signup": "organization", "organization_name": "O", "organization_slug": "%[1]s-org",
			"invitation": "\\x%[2]x", "session_id": "%[3]s", "secret_hash": "\\x01", "browser_hash": "\\x02", "created_at": "2030-01-01T00:00:00Z",
			"last_seen_at": "2030-01-01T00:00:00Z", "expires_at": "2030-01-02T00:00:00Z", "now": "2030-01-01T00:00:00Z", "slugs": ["acme"]}'`,
			subject, store.HashToken(bobsToken), store.NewID(), domain)
	}
	argument := func(subject, domain string) string {
		return `pg_catalog.jsonb_populate_record(NULL::orglogin.login, ` + login(subject, domain) + `)`
	}
	type call struct{ claims, statement string }
	calls := map[string][]call{
		"api.get_profile":                     {{anns, `SELECT * FROM api.get_profile()`}},
		"api.get_memberships":                 {{anns, `SELECT * FROM api.get_memberships()`}},
		"api.get_organization_by_slug":        {{noPerson, `SELECT * FROM api.get_organization_by_slug('umbra')`}, {noPerson, `SELECT * FROM api.get_organization_by_slug(ROW('umbra')::pg_temp.any_argument)`}},
		"api.get_subdomain_info_for_redirect": {{anns, `SELECT * FROM api.get_subdomain_info_for_redirect('` + sc.acme.ID + `')`}},
		"api.get_invitation":                  {{noPerson, `SELECT * FROM api.get_invitation(` + hash + `)`}},
		"api.get_invitations":                 {{anns, `SELECT * FROM api.get_invitations(now())`}},
		"api.accept_invitation":               {{anns, `SELECT api.accept_invitation('\x00'::bytea, now())`}, {bobs, `SELECT api.accept_invitation(` + hash + `, now())`}},
		"api.take_flow":                       {{noPerson, `SELECT api.take_flow('a', now())`}, {noPerson, `SELECT api.take_flow(ROW('b')::pg_temp.any_argument, now())`}},
		"api.sweep":                           {{noPerson, `SELECT api.sweep()`}},
		"api.get_connection":                  {{noPerson, `SELECT * FROM api.get_connection('c-aaaaaaaaaaaaaaaa')`}},
		"api.get_organization_connections":    {{noPerson, `SELECT * FROM api.get_organization_connections('` + sc.acme.ID + `')`}},
		"api.take_connection_test":            {{noPerson, `SELECT * FROM api.take_connection_test('c-aaaaaaaaaaaaaaaa', ` + hash + `, now())`}},
		"api.finish_connection_test":          {{noPerson, `SELECT * FROM api.finish_connection_test('c-aaaaaaaaaaaaaaaa', 1)`}},
		"api.discover_connection":             {{noPerson, `SELECT api.discover_connection('joining.test')`}, {noPerson, `SELECT api.discover_connection(ROW('joining.test')::pg_temp.any_argument)`}},
		"api.take_due_domains":                {{noPerson, `SELECT * FROM api.take_due_domains('infinity', 10)`}},
		"api.record_domain_check":             {{noPerson, `SELECT * FROM api.record_domain_check('` + sc.acme.ID + `', 'people.test', 'missing', 'N', '7 days', now())`}},
		"api.get_join_offers":                 {{bobs, `SELECT * FROM api.get_join_offers('` + sc.bobsSession.ID + `', now())`}},
		"api.request_join":                    {{bobs, `SELECT api.request_join('` + sc.bobsSession.ID + `', 'acme', 5, now())`}},
		"api.examine_own":                     {{anns, `SELECT * FROM api.examine_own()`}},
		"api.complete_login":                  {{noPerson, `SELECT * FROM api.complete_login(` + argument("bob", "people.test") + `)`}, {noPerson, `SELECT * FROM api.complete_login(` + argument("new", "joining.test") + `)`}},
		"orglogin.log_in":                     {{``, `SELECT * FROM orglogin.log_in(` + login("bob", "people.test") + `)`}, {``, `SELECT * FROM orglogin.log_in(` + login("new", "people.test") + `)`}},
		"orglogin.read_access_snapshot":       {{anns, `SELECT * FROM orglogin.read_access_snapshot('{acme,umbra}', ` + hash + `)`}},
		"api.profile_exists":                  {{anns, `SELECT api.profile_exists()`}, {claim(map[string]any{"sub": store.NewID()}), `SELECT api.profile_exists()`}},
		"api.count_memberships":               {{anns, `SELECT api.count_memberships()`}, {claim(map[string]any{"sub": store.NewID()}), `SELECT api.count_memberships()`}},
		"api.count_sessions":                  {{anns, `SELECT api.count_sessions('\x01'::bytea, NULL, now())`}, {anns, `SELECT api.count_sessions(NULL, NULL, now())`}},
		"orglogin.account_tables":             {{anns, `SELECT * FROM orglogin.account_tables()`}},
		"orglogin.read_profile":               {{anns, `SELECT * FROM orglogin.read_profile('` + sc.ann.Profile.ID + `')`}},
		"orglogin.read_memberships":           {{anns, `SELECT * FROM orglogin.read_memberships('` + sc.ann.Profile.ID + `')`}},
		"orglogin.read_organization":          {{anns, `SELECT * FROM orglogin.read_organization('` + sc.acme.ID + `')`}},
		"orglogin.examine_account":            {{anns, `SELECT * FROM orglogin.examine_account('` + sc.ann.Profile.ID + `')`}},
		"orglogin.confirm_missing":            {{anns, `SELECT orglogin.confirm_missing('orglogin.profiles')`}},
		"orglogin.read_session_connections":   {{anns, `SELECT orglogin.read_session_connections('` + store.NewID() + `')`}},
		"orglogin.save_receipts":              {{``, `SELECT orglogin.save_receipts('{aaaaaaaaaaaaaaaa}', '{` + sc.ann.Profile.ID + `}', ARRAY[now()], '{"{}"}')`}},
		"auth.uid":                            {{anns, `SELECT auth.uid()`}},
		"auth.jwt":                            {{anns, `SELECT auth.jwt()`}},
		"statements on the tables": {
			{anns, `UPDATE orglogin.sessions SET ended_at = now()`},
			{anns, `SELECT * FROM orglogin.organizations, orglogin.workspaces, orglogin.last_used`},
		},
	}
	for _, name := range list(t, sc.db.Owner, `SELECT p.pronamespace::regnamespace || '.' || p.proname FROM pg_proc AS p
WHERE p.pronamespace IN ('api'::regnamespace, 'orglogin'::regnamespace, 'auth'::regnamespace)
	AND has_function_privilege('runtime', p.oid, 'EXECUTE')`) {
		if len(calls[name]) == 0 {
			t.Errorf("the test does not call %s", name)
		}
	}
	ran := func(t *testing.T, check func(error)) (all []string) {
		for name, statements := range calls {
			for _, c := range statements {
				roles, err := sc.ranAs(t, c.claims, c.statement)
				if err != nil {
					check(fmt.Errorf("%s: %w", c.statement, err))
				}
				for _, role := range roles {
					if role != "runtime" {
						all = append(all, name+" as "+role)
					}
				}
			}
		}
		return all
	}
	if found := ran(t, func(err error) { t.Error(err) }); len(found) > 0 {
		t.Errorf("planted code ran in %s", strings.Join(found, ", "))
	}
	t.Run("and the check finds the fault of an empty search_path", func(t *testing.T) {
		execute(t, sc.db.Superuser, `DO $$
DECLARE
	f regprocedure;
BEGIN
	FOR f IN SELECT p.oid FROM pg_proc AS p WHERE p.pronamespace IN ('api'::regnamespace, 'orglogin'::regnamespace) LOOP
		EXECUTE format('ALTER FUNCTION %s SET search_path = ''''', f);
	END LOOP;
END
$$`)
		// A planted type may break the function after its code has run.
		if found := ran(t, func(error) {}); len(found) < 3 {
			t.Errorf("it found only %s", strings.Join(found, ", "))
		}
	})
}
