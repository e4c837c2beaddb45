package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"orglogin/store"
)

// How a detail begins where the row exists and is not read, and where reading fails.
const (
	rowExists   = "the row exists"
	lookupFails = "the lookup of the service fails"
)

// How the fix of a check begins: see [store.Check].
const (
	asOwner     = "run as the owner:"
	asSuperuser = "run as a superuser:"
	runMigrate  = "run: orglogin migrate"
)

// explain says what the three readings of one link mean together, and how to
// fix it: the row is missing, or it exists and is hidden, and by which policy.
func (e *Examiner) explain(ctx context.Context, userID, name string, truth, service, own reading, ownErr error) (detail, fix string, err error) {
	if failure, failed := strings.CutPrefix(service.seen, failedPrefix); failed {
		fix, err = e.fixOfFailure(ctx, userID)
		return lookupFails + ": " + failure, fix, err
	}
	if !truth.holds {
		deleted := name == "profile" && truth.seen != "disabled"
		if foreign(truth.source) && !deleted {
			detail, fix = missingIn(truth.source, userID, name, truth.seen)
			return detail, fix, nil
		}
		facts, err := e.facts(ctx, userID)
		if err != nil {
			return "", "", err
		}
		detail, fix = facts.Missing(name, truth.seen, asOwner, "orglogin.")
		if tables := e.ownTables(ctx); name == "identity" && facts.Other != nil && len(tables) > 0 {
			fix = "in " + strings.Join(tables, ", ") + ", delete one of the profiles " + userID + " and " + facts.Other.UserID + ", if both are the same person"
		}
		return detail, fix, nil
	}
	if ownErr != nil && !service.holds {
		fix, err = e.fixOfFailure(ctx, userID)
		return lookupFails + ": " + ownErr.Error(), fix, err
	}
	policies, err := e.policies(ctx, truth.source)
	if err != nil {
		return "", "", err
	}
	hidden := fmt.Sprintf("%s (%s); %s is hidden from the person's own claims by row-level security: %s", rowExists, truth.seen, truth.source, policies)
	switch {
	case service.holds:
		return hidden + ". The service reads it through a function that is SECURITY DEFINER", "", nil
	case own.holds:
		fix, err = e.fixOfFunctions(ctx, truth.source)
		return fmt.Sprintf("%s (%s) and the person's own claims show it, but the functions of schema api do not answer it (%s)", rowExists, truth.seen, service.seen), fix, err
	}
	fix, err = e.fixOfHidden(ctx, truth.source)
	return hidden, fix, err
}

// foreign reports whether a table is the operator's own.
func foreign(table string) bool { return !strings.HasPrefix(table, "orglogin.") }

// missingIn is [store.ChainFacts.Missing] for an operator's own table, whose
// columns only the operator knows.
func missingIn(table, userID, link, seen string) (detail, fix string) {
	switch {
	case link == "profile" && seen == "disabled":
		return "the person is disabled in " + table, "in " + table + ", make the row of profile " + userID + " active"
	case link == "membership" && !strings.HasSuffix(seen, " 0 inactive"):
		return "the membership is not active (" + seen + ")", "in " + table + ", make the membership of profile " + userID + " active"
	case link == "subdomain":
		return "no subdomain is verified (" + seen + ")", "in " + table + ", set the subdomain status to verified (" + seen + ")"
	}
	return "the " + link + " row is missing in " + table, "in " + table + ", add the row for profile " + userID
}

// fixOfHidden restores the policies of one of our tables, or says which of the
// operator's own objects to change.
func (e *Examiner) fixOfHidden(ctx context.Context, table string) (string, error) {
	fixes, err := e.texts(ctx, `
SELECT '`+asOwner+` DROP POLICY ' || quote_ident(p.polname) || ' ON ' || p.polrelid::regclass || ';'
FROM pg_catalog.pg_policy AS p
WHERE p.polrelid = to_regclass($1::text)
	AND NOT p.polpermissive
	AND p.polcmd IN ('*', 'r')
UNION ALL
SELECT '`+asOwner+` ALTER FUNCTION ' || f.oid::regprocedure || ' SECURITY DEFINER;'
FROM pg_catalog.pg_proc AS f
WHERE $1::text NOT LIKE 'orglogin.%'
	AND f.oid IN (to_regprocedure('api.get_profile()'), to_regprocedure('api.get_memberships()'))
	AND NOT f.prosecdef
UNION ALL
SELECT '`+asOwner+` CREATE POLICY orglogin ON ' || to_regclass($1::text) || ' TO orglogin_definer USING (true) WITH CHECK (true);'
WHERE $1::text NOT LIKE 'orglogin.%'
	AND NOT EXISTS (
		SELECT FROM pg_catalog.pg_policy AS p
		WHERE p.polrelid = to_regclass($1::text) AND p.polpermissive AND to_regrole('orglogin_definer') = ANY (p.polroles)
	)`, table)
	if err != nil {
		return "", err
	}
	for _, p := range wantedObjects().policies {
		if p.object == table && strings.Contains(p.text, " FOR SELECT ") {
			fixes = append(fixes, asOwner+" DROP POLICY IF EXISTS "+p.name+" ON "+p.object+"; "+p.text)
		}
	}
	if len(fixes) == 0 {
		fixes = []string{"let the policies of " + table + " and the functions of schema api admit the person's own row"}
	}
	return strings.Join(fixes, "\n"), nil
}

// fixOfFunctions goes back to our own functions where an operator replaced them
// and the tables are ours.
func (e *Examiner) fixOfFunctions(ctx context.Context, table string) (string, error) {
	if foreign(table) {
		return supplyAgain, nil
	}
	var names, bodies []string
	for _, f := range wantedObjects().functions {
		if strings.HasPrefix(f.object, "api.get_") {
			names, bodies = append(names, strings.TrimPrefix(f.object, "api.")), append(bodies, f.body)
		}
	}
	fixes, err := e.texts(ctx, `
SELECT '`+asOwner+` DROP FUNCTION ' || f.oid::regprocedure || ';'
FROM unnest($1::text[], $2::text[]) AS w (name, body)
JOIN pg_catalog.pg_proc AS f ON f.pronamespace = to_regnamespace('api') AND f.proname = w.name
WHERE f.prosrc <> w.body`, names, bodies)
	if err != nil || len(fixes) == 0 {
		return "correct what answers api.get_profile, api.get_memberships and api.get_subdomain_info_for_redirect", err
	}
	return strings.Join(append(fixes, runMigrate), "\n"), nil
}

// fixOfFailure finds what makes a lookup fail: a missing privilege or function,
// a policy that raises an error, or a function that was replaced.
func (e *Examiner) fixOfFailure(ctx context.Context, userID string) (string, error) {
	var fixes []string
	for _, check := range []func(context.Context) (store.Check, error){e.checkGrants, e.checkFunctions} {
		c, err := check(ctx)
		if err != nil || c.OK {
			continue
		}
		for fix := range strings.SplitSeq(c.Fix, "\n") {
			if !strings.Contains(fix, " SET search_path ") { // wrong, but no cause of this
				fixes = append(fixes, fix)
			}
		}
	}
	if len(fixes) > 0 {
		return strings.Join(fixes, "\n"), nil
	}
	policies, err := e.ownPolicies(ctx)
	if err != nil {
		return "", err
	}
	for _, p := range policies {
		if e.raises(ctx, userID, p) {
			fixes = append(fixes, asOwner+" DROP POLICY "+quoted(p.name)+" ON "+p.object+";")
		}
	}
	if len(fixes) > 0 {
		return strings.Join(fixes, "\n"), nil
	}
	table := "orglogin.profiles"
	if tables := e.ownTables(ctx); len(tables) > 0 {
		table = tables[0]
	}
	return e.fixOfFunctions(ctx, table)
}

// ownPolicies are the policies that no migration made, on tables that a login reads.
func (e *Examiner) ownPolicies(ctx context.Context) ([]statement, error) {
	var all []statement
	err := e.owner.run(ctx, operation{op: "policies", as: noPerson, queue: func(b *batch) {
		all = nil
		b.Queue(`
SELECT
	p.polname::text,
	p.polrelid::regclass::text,
	pg_get_expr(p.polqual, p.polrelid)
FROM pg_catalog.pg_policy AS p
WHERE p.polqual IS NOT NULL
	AND p.polcmd IN ('*', 'r')
	AND EXISTS (
		SELECT FROM pg_catalog.pg_policy AS d
		WHERE d.polrelid = p.polrelid AND to_regrole('orglogin_definer') = ANY (d.polroles)
	)
ORDER BY 2, 1`).Query(func(rows pgx.Rows) error {
			var s statement
			_, err := pgx.ForEachRow(rows, []any{&s.name, &s.object, &s.body}, func() error {
				if s.body != "true" && !slices.ContainsFunc(wantedObjects().policies, func(w statement) bool { return w.name == s.name && w.object == s.object }) {
					all = append(all, s)
				}
				return nil
			})
			return err
		})
	}})
	return all, err
}

// raises evaluates the condition of a policy for one person, in a transaction
// that may not write.
func (e *Examiner) raises(ctx context.Context, userID string, policy statement) bool {
	ctx, cancel := context.WithTimeout(ctx, e.owner.timeout)
	defer cancel()
	err := pgx.BeginTxFunc(ctx, e.owner.pool, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, setClaims, person(userID).String()); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `SELECT FROM `+policy.object+` WHERE (`+policy.body+`)`)
		return err
	})
	return err != nil
}

// texts runs a query of one column as the owner.
func (e *Examiner) texts(ctx context.Context, sql string, args ...any) (all []string, err error) {
	err = e.owner.run(ctx, operation{op: "diagnosis", as: noPerson, queue: func(b *batch) {
		all = nil
		b.Queue(sql, args...).Query(func(rows pgx.Rows) error {
			var text string
			_, err := pgx.ForEachRow(rows, []any{&text}, func() error {
				all = append(all, text)
				return nil
			})
			return err
		})
	}})
	return all, err
}

// facts reads what the fix of a failed link names, as the owner.
func (e *Examiner) facts(ctx context.Context, userID string) (*store.ChainFacts, error) {
	f := &store.ChainFacts{UserID: userID}
	var other store.BoundProfile
	err := e.owner.run(ctx, operation{op: "facts", as: person(userID), queue: func(b *batch) {
		b.one(b.Queue(`
WITH own (email) AS (SELECT p.email FROM api.get_profile() AS p)
SELECT
	coalesce((SELECT o.email FROM own AS o), ''),
	coalesce(mine.issuer, ''),
	coalesce(mine.subject, ''),
	coalesce(other.profile_id::text, ''),
	coalesce(other.issuer, ''),
	coalesce(other.subject, ''),
	ARRAY(SELECT o.slug FROM orglogin.memberships AS m JOIN orglogin.organizations AS o ON o.id = m.organization_id
		WHERE m.profile_id = $1::uuid AND NOT m.active ORDER BY o.slug),
	ARRAY(SELECT o.slug FROM orglogin.memberships AS m JOIN orglogin.organizations AS o ON o.id = m.organization_id
		WHERE m.profile_id = $1::uuid AND m.active ORDER BY o.slug),
	ARRAY(SELECT o.slug FROM orglogin.memberships AS m JOIN orglogin.organizations AS o ON o.id = m.organization_id
		WHERE m.profile_id = $1::uuid AND m.active AND o.subdomain_status <> 'verified' ORDER BY o.slug)
FROM (SELECT) AS one_row
LEFT JOIN LATERAL (
	SELECT i.issuer, i.subject FROM orglogin.identities AS i
	WHERE i.profile_id = $1::uuid ORDER BY i.issuer, i.subject LIMIT 1
) AS mine ON true
LEFT JOIN LATERAL (
	SELECT i.profile_id, i.issuer, i.subject FROM orglogin.identities AS i
	WHERE i.profile_id IN (SELECT p.id FROM own AS o CROSS JOIN LATERAL api.get_profiles_by_email(o.email) AS p)
		AND i.profile_id <> $1::uuid
	ORDER BY i.created_at LIMIT 1
) AS other ON true`, idOrNull(userID)), &f.Email, &f.Issuer, &f.Subject, &other.UserID, &other.Issuer, &other.Subject,
			&f.Inactive, &f.WithoutWorkspace, &f.Unverified)
	}})
	if other.UserID != "" {
		f.Other = &other
	}
	return f, err
}

// policies describes what lets the service read a table, or keeps it from that.
func (e *Examiner) policies(ctx context.Context, table string) (string, error) {
	var all []string
	err := e.owner.run(ctx, operation{op: "policies", as: noPerson, queue: func(b *batch) {
		all = nil
		b.Queue(`
SELECT
	p.policyname::text,
	p.permissive::text,
	coalesce(p.qual, 'true')
FROM pg_catalog.pg_policies AS p
JOIN pg_catalog.pg_class AS c ON c.oid = to_regclass($1::text)
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = p.schemaname
WHERE p.tablename = c.relname
	AND p.cmd IN ('ALL', 'SELECT')
	AND EXISTS (
		SELECT FROM unnest(p.roles) AS r
		WHERE r = 'public' OR r = 'orglogin_service'
	)
ORDER BY p.permissive DESC, p.policyname`, table).Query(func(rows pgx.Rows) error {
			var name, kind, using string
			_, err := pgx.ForEachRow(rows, []any{&name, &kind, &using}, func() error {
				all = append(all, fmt.Sprintf("policy %s (%s, USING %s)", quoted(name), strings.ToLower(kind), strings.Join(strings.Fields(using), " ")))
				return nil
			})
			return err
		})
	}})
	if err == nil && len(all) == 0 {
		return "no policy lets orglogin_service SELECT from it", nil
	}
	return strings.Join(all, "; "), err
}
