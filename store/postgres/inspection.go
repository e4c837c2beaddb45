package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"orglogin/store"
)

// Database implements store.Examiner.
func (e *Examiner) Database(ctx context.Context) ([]store.Check, error) {
	checks := []store.Check{e.checkConnection(ctx)}
	if !checks[0].OK {
		return checks, nil
	}
	checks = append(checks, e.checkSchema(ctx))
	if !checks[1].OK {
		return checks, nil
	}
	for _, c := range []func(context.Context) (store.Check, error){
		e.checkRole, e.checkClaims, e.checkGrants, e.checkFunctions, e.checkTables, e.checkTriggers, e.checkRights, e.checkLogin, e.checkServer,
	} {
		check, err := c(ctx)
		if err != nil {
			return checks, err
		}
		checks = append(checks, check)
	}
	return checks, nil
}

func (e *Examiner) checkConnection(ctx context.Context) store.Check {
	c := store.Check{Name: "database"}
	for _, s := range []*Store{e.service, e.owner} {
		if _, err := s.readRole(ctx); err != nil {
			c.Detail, c.Fix = err.Error(), "start PostgreSQL, and check the addresses in ORGLOGIN_DATABASE_URL and ORGLOGIN_DATABASE_ADMIN_URL"
			return c
		}
	}
	c.OK, c.Detail = true, "answers both roles"
	return c
}

func (e *Examiner) checkSchema(ctx context.Context) store.Check {
	err := e.service.Ping(ctx)
	switch {
	case hasCode(err, codeNoPrivilege):
		return store.Check{Name: "schema", Detail: err.Error(), Fix: e.fixOfPrivileges(ctx)}
	case errors.Is(err, store.ErrBehind):
		return store.Check{Name: "schema", Detail: err.Error(), Fix: runMigrate}
	case err != nil:
		return store.Check{Name: "schema", Detail: err.Error(), Fix: "start the version of orglogin that brought the schema to this version"}
	}
	return store.Check{Name: "schema", OK: true, Detail: fmt.Sprintf("at version %d", newestMigration())}
}

// fixOfPrivileges lets the role of the service use the schema at all.
func (e *Examiner) fixOfPrivileges(ctx context.Context) string {
	r, err := e.service.readRole(ctx)
	if err == nil && !r.Service {
		return r.inherit()
	}
	if c, err := e.checkGrants(ctx); err == nil && !c.OK {
		return c.Fix
	}
	return runMigrate
}

// bind makes row-level security bind a role.
func (r role) bind() string {
	if r.Owns && !r.Superuser && !r.Bypass {
		return "write in ORGLOGIN_DATABASE_URL a role that owns nothing and is a member of orglogin_service only"
	}
	return asSuperuser + " ALTER ROLE " + quoted(r.Name) + " NOSUPERUSER NOBYPASSRLS NOCREATEROLE;"
}

// inherit gives a role the privileges of orglogin_service.
func (r role) inherit() string {
	option := ""
	if r.Server >= 160000 {
		option = " WITH INHERIT TRUE"
	}
	return asSuperuser + " ALTER ROLE " + quoted(r.Name) + " INHERIT; GRANT orglogin_service TO " + quoted(r.Name) + option + ";"
}

func (e *Examiner) checkRole(ctx context.Context) (store.Check, error) {
	c := store.Check{Name: "role"}
	r, err := e.service.readRole(ctx)
	if err != nil {
		return c, err
	}
	switch why := r.unbound(); {
	case why != "":
		c.Detail, c.Fix = fmt.Sprintf("the role %s of DATABASE_URL %s", quoted(r.Name), why), r.bind()
	case !r.Service:
		c.Detail, c.Fix = fmt.Sprintf("the role %s of DATABASE_URL does not inherit from orglogin_service", quoted(r.Name)), r.inherit()
	default:
		c.OK, c.Detail = true, quoted(r.Name)+" owns nothing and is bound by every policy"
	}
	return c, nil
}

// fixClaims makes the two functions read the claims as every statement sets them.
const fixClaims = asSuperuser + ` CREATE OR REPLACE FUNCTION auth.jwt() RETURNS jsonb LANGUAGE sql STABLE AS ` +
	`$$ SELECT nullif(current_setting('request.jwt.claims', true), '')::jsonb $$; ` +
	`CREATE OR REPLACE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS ` +
	`$$ SELECT (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid $$;`

// checkClaims checks that the database reads claims as we write them.
func (e *Examiner) checkClaims(ctx context.Context) (store.Check, error) {
	c := store.Check{Name: "claims"}
	id := store.NewID()
	var uid, role *string
	err := e.service.run(ctx, operation{op: "claims", as: person(id), queue: func(b *batch) {
		b.one(b.Queue(`SELECT auth.uid()::text, auth.jwt() ->> 'role'`), &uid, &role)
	}})
	switch {
	case err != nil:
		c.Detail, c.Fix = err.Error(), asSuperuser+" GRANT USAGE ON SCHEMA auth TO orglogin_service, orglogin_definer; GRANT EXECUTE ON FUNCTION auth.uid(), auth.jwt() TO orglogin_service, orglogin_definer;"
	case uid == nil || *uid != id || role == nil || *role != noPerson.Role:
		c.Detail, c.Fix = "auth.uid() and auth.jwt() do not answer the sub and role of request.jwt.claims", fixClaims
	default:
		c.OK, c.Detail = true, "auth.uid() and auth.jwt() read request.jwt.claims"
	}
	return c, nil
}

// checkFunctions finds every fault of every function: those of this version, which
// an operator may have replaced, and any other in the two schemas.
func (e *Examiner) checkFunctions(ctx context.Context) (store.Check, error) {
	missing := runMigrate
	if len(e.ownTables(ctx)) > 0 {
		missing += "\n" + supplyAgain // the operator's file replaces what migrate creates, with its grants
	}
	var signatures, results []string
	var modes, definers, services []bool
	for _, f := range wantedObjects().functions {
		signatures, results = append(signatures, f.signature()), append(results, f.result)
		// These two read under the policies or past them, as the operator's tables need.
		modes = append(modes, f.object != "api.get_profile" && f.object != "api.get_memberships")
		definers, services = append(definers, f.definer), append(services, f.service)
	}
	return e.faults(ctx, "functions", "every one of this version exists with its signature, SECURITY DEFINER where it crosses policies, search_path fixed, not for PUBLIC",
		selectFunctionFaults, missing, signatures, results, modes, definers, services)
}

const selectFunctionFaults = `
WITH wanted AS (
	SELECT * FROM unnest($2::text[], $3::text[], $4::boolean[], $5::boolean[], $6::boolean[]) AS w (signature, result, mode, definer, service)
), found AS (
	SELECT w.*, p.oid, p.proowner, p.prosecdef, pg_get_function_result(p.oid) AS returned,
		p.oid IS NULL OR w.result <> replace(pg_get_function_result(p.oid), ' ', '') AS wrong
	FROM wanted AS w
	LEFT JOIN pg_catalog.pg_proc AS p ON p.oid = to_regprocedure(w.signature)
)
SELECT CASE
		WHEN f.oid IS NULL THEN f.signature || ' is missing'
		ELSE f.signature || ' returns ' || f.returned || ', not ' || f.result
	END,
	coalesce((
		SELECT string_agg('` + asOwner + ` DROP FUNCTION ' || p.oid::regprocedure || ';' || chr(10), '')
		FROM pg_catalog.pg_proc AS p
		WHERE p.oid::regprocedure::text LIKE split_part(f.signature, '(', 1) || '(%'
	), '') || $1::text
FROM found AS f WHERE f.wrong
UNION ALL
SELECT f.signature || ' is not SECURITY DEFINER, so policies hide from it what it must answer', 'ALTER FUNCTION ' || f.signature || ' SECURITY DEFINER'
FROM found AS f WHERE f.mode AND f.definer AND NOT f.prosecdef
UNION ALL
SELECT f.signature || ' is SECURITY DEFINER, so it shows its caller what policies hide', 'ALTER FUNCTION ' || f.signature || ' SECURITY INVOKER'
FROM found AS f WHERE f.mode AND NOT f.definer AND f.prosecdef
UNION ALL
SELECT f.oid::regprocedure || ' has ' || coalesce(c.path, 'a mutable search_path') || ', not search_path = pg_catalog, pg_temp',
	'ALTER FUNCTION ' || f.oid::regprocedure || ' SET search_path = pg_catalog, pg_temp'
FROM pg_catalog.pg_proc AS f
LEFT JOIN LATERAL (
	SELECT replace(e, '=', ' = ') AS path
	FROM unnest(f.proconfig) AS e
	WHERE e LIKE 'search_path=%'
) AS c ON true
WHERE f.pronamespace IN (to_regnamespace('api'), to_regnamespace('orglogin'))
	AND c.path IS DISTINCT FROM 'search_path = pg_catalog, pg_temp'
UNION ALL
SELECT f.oid::regprocedure || ' is SECURITY DEFINER and PUBLIC may call it', 'REVOKE EXECUTE ON FUNCTION ' || f.oid::regprocedure || ' FROM PUBLIC'
FROM pg_catalog.pg_proc AS f
WHERE f.pronamespace IN (to_regnamespace('api'), to_regnamespace('orglogin'))
	AND f.prosecdef
	AND EXISTS (SELECT FROM aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) AS a WHERE a.grantee = 0)
UNION ALL
SELECT f.signature || ' may not be called by the service', 'GRANT EXECUTE ON FUNCTION ' || f.signature || ' TO orglogin_service'
FROM found AS f WHERE f.service AND f.oid IS NOT NULL AND NOT has_function_privilege('orglogin_service', f.oid, 'EXECUTE')
UNION ALL
SELECT f.signature || ' belongs to ' || r.rolname || ', whom policies do not bind', '` + asSuperuser + ` ALTER FUNCTION ' || f.signature || ' OWNER TO orglogin_definer;'
FROM found AS f JOIN pg_catalog.pg_roles AS r ON r.oid = f.proowner
WHERE f.prosecdef AND (r.rolsuper OR r.rolbypassrls OR r.rolcanlogin)`

func (e *Examiner) checkTables(ctx context.Context) (store.Check, error) {
	return e.faults(ctx, "row-level security", "enabled and forced on every table of schema orglogin", `
SELECT c.oid::regclass || ' is without forced row-level security', 'ALTER TABLE ' || c.oid::regclass || ' ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY'
FROM pg_catalog.pg_class AS c
WHERE c.relnamespace = to_regnamespace('orglogin')
	AND c.relkind IN ('r', 'p')
	AND NOT (c.relrowsecurity AND c.relforcerowsecurity)`)
}

func (e *Examiner) checkRights(ctx context.Context) (store.Check, error) {
	r, err := e.service.readRole(ctx)
	if err != nil {
		return store.Check{}, err
	}
	return e.faults(ctx, "rights", quoted(r.Name)+" may create nothing", `
SELECT 'it may create in schema ' || n.nspname, 'REVOKE CREATE ON SCHEMA ' || quote_ident(n.nspname) || ' FROM PUBLIC, ' || quote_ident($1::text)
FROM pg_catalog.pg_namespace AS n
WHERE n.nspname !~ '^pg_'
	AND has_schema_privilege($1::text, n.oid, 'CREATE')
UNION ALL
SELECT 'it may truncate or reference ' || c.oid::regclass, 'REVOKE TRUNCATE, REFERENCES, TRIGGER ON ' || c.oid::regclass || ' FROM PUBLIC, orglogin_service, ' || quote_ident($1::text)
FROM pg_catalog.pg_class AS c
WHERE c.relnamespace = to_regnamespace('orglogin')
	AND c.relkind IN ('r', 'p')
	AND has_table_privilege($1::text, c.oid, 'TRUNCATE, REFERENCES, TRIGGER')
UNION ALL
SELECT 'it may make temporary objects (TEMPORARY on the database, granted to ' || a.names || ')',
	'REVOKE TEMPORARY ON DATABASE ' || quote_ident(current_database()) || ' FROM ' || a.names
FROM (
	SELECT string_agg(CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END, ', ') AS names
	FROM pg_catalog.pg_database AS d
	CROSS JOIN aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) AS g
	WHERE d.datname = current_database()
		AND g.privilege_type = 'TEMPORARY'
		AND (g.grantee = 0 OR pg_has_role($1::text::name, g.grantee, 'USAGE'))
) AS a
WHERE a.names IS NOT NULL`, r.Name)
}

// faults runs a query whose every row is a fault and its fix, SQL for the owner
// unless it says otherwise.
func (e *Examiner) faults(ctx context.Context, name, passed, sql string, args ...any) (store.Check, error) {
	var details, fixes []string
	err := e.owner.run(ctx, operation{op: name, as: noPerson, queue: func(b *batch) {
		details, fixes = nil, nil
		b.Queue(sql, args...).Query(func(rows pgx.Rows) error {
			var detail, fix string
			_, err := pgx.ForEachRow(rows, []any{&detail, &fix}, func() error {
				if !strings.HasPrefix(fix, "run") {
					fix = asOwner + " " + fix + ";"
				}
				details, fixes = append(details, detail), append(fixes, fix)
				return nil
			})
			return err
		})
	}})
	if err != nil || len(details) == 0 {
		return store.Check{Name: name, OK: err == nil, Detail: passed}, err
	}
	return store.Check{Name: name, Detail: strings.Join(details, "; "), Fix: strings.Join(slices.Compact(fixes), "\n")}, nil
}

// secure reports whether the version has the repairs of CVE-2024-10976 and
// CVE-2025-8713, by which row-level security leaked.
func secure(server int) bool {
	oldest, known := map[int]int{13: 22, 14: 19, 15: 14, 16: 10, 17: 6}[server/10000]
	return server/10000 >= 18 || known && server%10000 >= oldest
}

const updateServer = "update to the newest minor version, at least 17.6, 16.10, 15.14, 14.19 or 13.22"

func (e *Examiner) checkServer(ctx context.Context) (store.Check, error) {
	r, err := e.service.readRole(ctx)
	c := store.Check{Name: "server", OK: secure(r.Server), Detail: fmt.Sprintf("PostgreSQL %d.%d", r.Server/10000, r.Server%10000)}
	if !c.OK {
		c.Fix = updateServer
	}
	return c, err
}
