package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"orglogin/store"
)

// checkTriggers checks that every trigger of this version exists and is
// enabled, and that an operator's own tables notify of every change too.
func (e *Examiner) checkTriggers(ctx context.Context) (store.Check, error) {
	var tables, names, texts []string
	for _, t := range wantedObjects().triggers {
		tables, names, texts = append(tables, t.object), append(names, t.name), append(texts, t.text)
	}
	return e.faults(ctx, "triggers", "every trigger exists and is enabled", `
WITH wanted (tbl, name, text) AS (
	SELECT * FROM unnest($1::text[], $2::text[], $3::text[])
), own (tbl) AS (
	SELECT c.oid
	FROM pg_catalog.pg_class AS c
	WHERE c.oid IN (SELECT to_regclass(x) FROM unnest($4::text[]) AS x) AND c.relkind IN ('r', 'p')
)
SELECT 'trigger ' || w.name || ' on ' || w.tbl || ' is missing, so a change does not reach the instances', '`+asOwner+` ' || w.text
FROM wanted AS w
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_trigger AS t WHERE t.tgrelid = to_regclass(w.tbl) AND t.tgname = w.name)
UNION ALL
SELECT 'trigger ' || t.tgname || ' on ' || t.tgrelid::regclass || ' is disabled, so a change does not reach the instances',
	'`+asOwner+` ALTER TABLE ' || t.tgrelid::regclass || ' ENABLE TRIGGER ' || quote_ident(t.tgname) || ';'
FROM pg_catalog.pg_trigger AS t
JOIN pg_catalog.pg_proc AS f ON f.oid = t.tgfoid
WHERE f.pronamespace = to_regnamespace('orglogin') AND NOT t.tgisinternal AND t.tgenabled NOT IN ('O', 'A')
UNION ALL
SELECT o.tbl::regclass || ' has no trigger that calls orglogin.notify_… for ' || v.event || ', so a change does not reach the instances', '`+supplyAgain+`'
FROM own AS o
CROSS JOIN (VALUES ('DELETE', 8), ('UPDATE', 16), ('TRUNCATE', 32)) AS v (event, bit)
WHERE NOT EXISTS (
	SELECT FROM pg_catalog.pg_trigger AS t
	JOIN pg_catalog.pg_proc AS f ON f.oid = t.tgfoid
	WHERE t.tgrelid = o.tbl AND f.pronamespace = to_regnamespace('orglogin') AND f.proname LIKE 'notify%' AND t.tgtype & v.bit > 0
)`, tables, names, texts, e.ownTables(ctx))
}

// ownTables are the operator's own tables that people and organizations are
// read from; none where they are ours or cannot be read.
func (e *Examiner) ownTables(ctx context.Context) []string {
	tables, err := e.texts(ctx, selectOwnTables)
	if err != nil {
		return nil
	}
	return tables
}

const selectOwnTables = `
SELECT DISTINCT x.name
FROM orglogin.account_tables() AS t
CROSS JOIN LATERAL unnest(ARRAY[t.profiles, t.memberships, t.organizations]) AS x (name)
WHERE x.name NOT LIKE 'orglogin.%'
ORDER BY x.name`

// supplyAgain is the fix of what an operator made for tables of their own.
const supplyAgain = `run: psql "$ORGLOGIN_DATABASE_ADMIN_URL" -1 -v ON_ERROR_STOP=1 -f foreign.sql`

// checkGrants checks what the two roles may use.
func (e *Examiner) checkGrants(ctx context.Context) (store.Check, error) {
	var roles, objects, privileges, texts []string
	for _, g := range wantedObjects().grants {
		for _, p := range privilegePattern.FindAllString(g.body, -1) {
			roles, objects = append(roles, g.name), append(objects, g.object)
			privileges, texts = append(privileges, p), append(texts, "GRANT "+p+" ON "+g.object+" TO "+g.name+";")
		}
	}
	return e.faults(ctx, "grants", "both roles may use what they need", `
WITH wanted (role, object, privilege, text) AS (
	SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
)
SELECT w.role || ' has no ' || w.privilege || ' on ' || w.object, '`+asOwner+` ' || w.text
FROM wanted AS w
WHERE CASE
	WHEN w.object LIKE 'SCHEMA %' THEN NOT has_schema_privilege(w.role, substr(w.object, 8), w.privilege)
	WHEN w.privilege LIKE '%(%' THEN NOT has_any_column_privilege(w.role, w.object, split_part(w.privilege, ' ', 1))
	ELSE NOT has_table_privilege(w.role, w.object, w.privilege)
END`, roles, objects, privileges, texts)
}

// checkLogin reads one real person as a login does, under that person's claims.
func (e *Examiner) checkLogin(ctx context.Context) (store.Check, error) {
	c := store.Check{Name: "sign-in", OK: true, Detail: "no one can sign in yet: there is no complete account"}
	page, err := e.people(ctx, "")
	if hasCode(err, codeNoPrivilege) && e.service.user() == e.owner.user() {
		c.Detail = "not checked: that needs the owner's URL in ORGLOGIN_DATABASE_ADMIN_URL"
		return c, nil
	}
	if err != nil {
		c.OK, c.Detail = false, "people cannot be listed: "+err.Error()
		c.Fix, err = e.fixOfFailure(ctx, "")
		return c, err
	}
	for _, p := range page {
		links, err := e.Chain(ctx, p.UserID)
		if err != nil {
			return c, err
		}
		i := slices.IndexFunc(links, func(l store.Link) bool { return !l.OK })
		if i < 0 {
			c.Detail = "the service reads the whole account of profile " + p.UserID
			return c, nil
		}
		// Another person's account may be complete; a row that exists and is not
		// read fails for everyone.
		if l := links[i]; strings.HasPrefix(l.Detail, rowExists) || strings.HasPrefix(l.Detail, lookupFails) {
			return store.Check{Name: "sign-in", Detail: fmt.Sprintf("profile %s: %s: %s", p.UserID, l.Name, l.Detail), Fix: l.Fix}, nil
		}
	}
	return c, nil
}

// user is the role that the store connects as.
func (s *Store) user() string { return s.pool.Config().ConnConfig.User }
