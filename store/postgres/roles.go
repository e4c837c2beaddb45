package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"orglogin/store"
)

// Ping implements store.Store.
func (s *Store) Ping(ctx context.Context) error {
	var version, oldest int64
	err := s.run(ctx, operation{op: "ping", as: noPerson, queue: func(b *batch) {
		b.one(b.Queue(selectVersion), &version, &oldest)
	}})
	if hasCode(err, codeUndefinedTable, codeUndefinedSchema) {
		return fmt.Errorf("%w: there is none yet; run orglogin migrate", store.ErrBehind)
	}
	if hasCode(err, codeNoPrivilege) {
		return fmt.Errorf("%w or not granted to this role: run orglogin migrate with this DATABASE_URL: %w", store.ErrBehind, err)
	}
	if err != nil {
		return err
	}
	switch want := newestMigration(); {
	case version < want:
		return fmt.Errorf("%w: it is at %d, this program wants %d; run orglogin migrate", store.ErrBehind, version, want)
	case oldest > want:
		return fmt.Errorf("postgres: the database schema is at %d, too far ahead of this program, which knows %d: it takes programs that know %d; start the newer version", version, want, oldest)
	}
	return nil
}

const selectVersion = `
SELECT
	coalesce(max(v.version_id), 0),
	coalesce(max(v.oldest_program), 0)
FROM orglogin.schema_versions AS v
WHERE v.is_applied`

// role is what the connection's own role could do past row-level security.
type role struct {
	Name      string
	Superuser bool
	Bypass    bool
	MakeRoles bool
	Owns      bool // is, or may become, the owner of the tables or of the functions
	Service   bool // has the privileges of orglogin_service
	Admin     bool // has the privileges of orglogin_admin
	Server    int  // version of the server, as 150014 for 15.14
}

const selectRole = `
SELECT
	r.rolname::text,
	r.rolsuper,
	r.rolbypassrls,
	r.rolcreaterole,
	EXISTS (
		SELECT FROM pg_catalog.pg_class AS c
		WHERE c.relnamespace = to_regnamespace('orglogin')
			AND c.relkind IN ('r', 'p')
			AND pg_has_role(r.oid, c.relowner, 'MEMBER')
	) OR EXISTS (
		SELECT FROM pg_catalog.pg_proc AS f
		WHERE f.pronamespace = to_regnamespace('api')
			AND f.prosecdef
			AND pg_has_role(r.oid, f.proowner, 'MEMBER')
	),
	EXISTS (
		SELECT FROM pg_catalog.pg_roles AS g
		WHERE g.rolname = 'orglogin_service' AND pg_has_role(r.oid, g.oid, 'USAGE')
	),
	EXISTS (
		SELECT FROM pg_catalog.pg_roles AS g
		WHERE g.rolname = 'orglogin_admin' AND pg_has_role(r.oid, g.oid, 'USAGE')
	),
	current_setting('server_version_num')::integer
FROM pg_catalog.pg_roles AS r
WHERE r.rolname = current_user`

func (s *Store) readRole(ctx context.Context) (role, error) {
	var r role
	err := s.run(ctx, operation{op: "role", as: noPerson, queue: func(b *batch) {
		b.one(b.Queue(selectRole), &r.Name, &r.Superuser, &r.Bypass, &r.MakeRoles, &r.Owns, &r.Service, &r.Admin, &r.Server)
	}})
	return r, err
}

// unbound says why row-level security would not bind the role, and how to
// fix that; empty when it does.
func (r role) unbound() string {
	switch {
	case r.Superuser:
		return "is a superuser, whom no policy binds; connect as a plain role"
	case r.Bypass:
		return "has BYPASSRLS, so no policy binds it: ALTER ROLE " + quoted(r.Name) + " NOBYPASSRLS"
	case r.Owns:
		return "owns the tables or functions of the schema, or is a member of the role that does; connect as a role that owns nothing"
	case r.MakeRoles:
		return "has CREATEROLE and could give itself any other role: ALTER ROLE " + quoted(r.Name) + " NOCREATEROLE"
	}
	return ""
}

// checkBound refuses a role, that of a variable, that row-level security does not bind.
func (s *Store) checkBound(ctx context.Context, variable string) (role, error) {
	r, err := s.readRole(ctx)
	if err != nil {
		return r, err
	}
	if why := r.unbound(); why != "" {
		return r, fmt.Errorf("postgres: the role %s of %s %s", quoted(r.Name), variable, why)
	}
	return r, nil
}

// checkAPI refuses a role that the API must not run as, or cannot.
func (s *Store) checkAPI(ctx context.Context) error {
	r, err := s.checkBound(ctx, "API_DATABASE_URL")
	if err != nil {
		return err
	}
	if !r.Admin {
		return fmt.Errorf("postgres: the role %s of API_DATABASE_URL does not inherit from orglogin_admin: run orglogin migrate with this API_DATABASE_URL", quoted(r.Name))
	}
	return s.Ping(ctx)
}

// checkRuntime refuses a role that the service must not run as.
func (s *Store) checkRuntime(ctx context.Context) error {
	r, err := s.checkBound(ctx, "DATABASE_URL")
	if err != nil {
		return err
	}
	if !secure(r.Server) {
		s.logger.WarnContext(ctx, "this version of PostgreSQL has known holes in row-level security; "+updateServer, "server", r.Server)
	}
	return s.Ping(ctx)
}

// sweepForever deletes what has outlived its keeping, every ten minutes.
func (s *Store) sweepForever(ctx context.Context) {
	tick := time.NewTicker(10 * time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := s.sweep(ctx); err != nil && ctx.Err() == nil {
			s.logger.WarnContext(ctx, "sweeping the database", "error", err)
		}
	}
}

func (s *Store) sweep(ctx context.Context) error {
	return s.run(ctx, operation{op: "sweep", as: noPerson, late: true, queue: func(b *batch) {
		b.Queue(`SELECT api.sweep()`)
	}})
}

func quoted(name string) string { return pgx.Identifier{name}.Sanitize() }
