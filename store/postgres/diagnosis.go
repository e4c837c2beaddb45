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
func (e *Examiner) explain(ctx context.Context, name string, truth, service, own reading, ownErr error) (detail, mend string, err error) {
	switch {
	case strings.HasPrefix(service.seen, "failed: "):
		return "the service's own question fails", "run orglogin doctor without --email, which checks the functions that it asks", nil
	case !truth.holds:
		detail, mend = store.Missing(name, truth.seen)
		return detail, mend, nil
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
