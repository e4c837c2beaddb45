package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"orglogin/store"
)

// explain says what the three readings of one link mean together, and what to
// do: the row is missing, or it is there and hidden, and by which policy.
func (e *Examiner) explain(ctx context.Context, userID, name string, truth, service, own reading, ownErr error) (detail, fix string, err error) {
	switch {
	case strings.HasPrefix(service.seen, "failed: "):
		return "the service's own question fails", "run orglogin doctor without --email, which checks the functions that it asks", nil
	case !truth.holds:
		facts, err := e.facts(ctx, userID)
		if err != nil {
			return "", "", err
		}
		detail, fix = facts.Missing(name, truth.seen, asOwner, "orglogin.")
		return detail, fix, nil
	case ownErr != nil:
		return "the person's claims cannot be read under", "see auth.uid() and auth.jwt() in orglogin doctor without --email", nil
	}
	policies, err := e.policies(ctx, truth.source)
	if err != nil {
		return "", "", err
	}
	hidden := fmt.Sprintf("the row is there (%s); %s is hidden from the person's own claims by row-level security: %s", truth.seen, truth.source, policies)
	switch {
	case service.holds:
		return hidden + ". The service reads past it, through a function that is SECURITY DEFINER", "", nil
	case own.holds:
		return fmt.Sprintf("the row is there (%s) and the person's own claims show it, but the functions of schema api do not answer it", truth.seen),
			"check the functions of schema api that you supplied: api.get_profile, api.get_memberships, api.get_subdomain_info_for_redirect", nil
	}
	return hidden, "let a policy on " + truth.source + " for orglogin_service admit the person's own row (auth.uid()), or supply the function of schema api that reads it as SECURITY DEFINER", nil
}

// How the fix of a check begins: see [store.Check].
const (
	asOwner     = "run as the owner:"
	asSuperuser = "run as a superuser:"
	runMigrate  = "run: orglogin migrate"
)

// facts reads what the fix of a failed link names, as the owner.
func (e *Examiner) facts(ctx context.Context, userID string) (*store.ChainFacts, error) {
	f := &store.ChainFacts{UserID: userID}
	var other store.BoundProfile
	err := e.owner.ask(ctx, question{op: "facts", as: person(userID), queue: func(b *batch) {
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
	err := e.owner.ask(ctx, question{op: "policies", as: nobody, queue: func(b *batch) {
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
