package postgres

import (
	"context"
	"fmt"
	"strings"

	"orglogin/store"
)

// CheckAPI reports whether the role of the API can do what the API does, and nothing more.
func CheckAPI(ctx context.Context, c Config) store.Check {
	check := store.Check{Name: "api_role"}
	s, err := connect(ctx, c)
	if err != nil {
		check.Detail, check.Fix = err.Error(), "check the address in ORGLOGIN_API_DATABASE_URL"
		return check
	}
	defer s.pool.Close()
	r, err := s.readRole(ctx)
	if err != nil {
		check.Detail, check.Fix = err.Error(), "check the address in ORGLOGIN_API_DATABASE_URL"
		return check
	}
	if why := r.unbound(); why != "" {
		check.Detail, check.Fix = fmt.Sprintf("the role %s of API_DATABASE_URL %s", quoted(r.Name), why), "write in ORGLOGIN_API_DATABASE_URL a role that owns nothing"
		return check
	}
	if !r.Admin {
		check.Detail, check.Fix = fmt.Sprintf("the role %s of API_DATABASE_URL does not inherit from orglogin_admin", quoted(r.Name)), runMigrate+" with this ORGLOGIN_API_DATABASE_URL"
		return check
	}
	bare, err := s.tablesWithoutAdmin(ctx)
	switch {
	case err != nil:
		check.Detail, check.Fix = err.Error(), runMigrate
	case bare != "":
		check.Detail = "no policy lets orglogin_admin see the rows of " + bare
		check.Fix = "as the owner, for each: CREATE POLICY admin ON orglogin.TABLE TO orglogin_admin USING (true) WITH CHECK (true);"
	default:
		check.OK, check.Detail = true, quoted(r.Name)+" owns nothing and is let in by the policies of orglogin_admin"
	}
	return check
}

// tablesWithoutAdmin names the tables that have no policy for the group of the API.
func (s *Store) tablesWithoutAdmin(ctx context.Context) (string, error) {
	var names []string
	err := s.run(ctx, operation{op: "policies of the API", as: noPerson, queue: func(b *batch) {
		b.one(b.Queue(`
SELECT coalesce(array_agg(c.relname::text ORDER BY c.relname), '{}')
FROM pg_catalog.pg_class AS c
WHERE c.relnamespace = to_regnamespace('orglogin')
	AND c.relkind IN ('r', 'p')
	AND c.relrowsecurity
	AND NOT EXISTS (
		SELECT FROM pg_catalog.pg_policy AS p
		WHERE p.polrelid = c.oid AND 'orglogin_admin'::regrole = ANY (p.polroles)
	)`), &names)
	}})
	return strings.Join(names, ", "), err
}
