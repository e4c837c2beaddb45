package postgres

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrateLock is the advisory lock under which one process migrates. It is
// our own because goose's polls; it needs a connection that no pooler shares.
const migrateLock = 0x6f72676c6f67696e // "orglogin"

// Migrate brings the database of ownerURL to this version, makes the group
// role with its grants and grants it to the user of runtimeURL, who must
// exist. The owner needs CREATE on the database, and CREATEROLE unless
// orglogin_service, orglogin_definer and orglogin_admin exist and are granted to it WITH
// ADMIN OPTION. Several at once wait for each other; the later ones find nothing to do.
// It returns the names of the functions that the operator has replaced, which it
// leaves as they are.
func Migrate(ctx context.Context, ownerURL, runtimeURL string) (replaced []string, err error) {
	ownerPool, err := parseURL(ownerURL)
	if err != nil {
		return nil, fmt.Errorf("postgres: the owner's URL: %w", err)
	}
	runtimePool, err := parseURL(runtimeURL)
	if err != nil {
		return nil, fmt.Errorf("postgres: the service's URL: %w", err)
	}
	owner, runtime := ownerPool.ConnConfig, runtimePool.ConnConfig
	if owner.User == runtime.User {
		return nil, fmt.Errorf("postgres: DATABASE_URL and DATABASE_ADMIN_URL have one user, %s: the service must not own the tables it reads; give DATABASE_URL a role of its own", quoted(owner.User))
	}
	conn, err := pgx.ConnectConfig(ctx, owner)
	if err != nil {
		return nil, fmt.Errorf("postgres: %w", err)
	}
	defer func() {
		// The lock goes with the connection.
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = conn.Close(closing)
	}()
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1)`, int64(migrateLock)); err != nil {
		return nil, fmt.Errorf("postgres: migrate: %w", err)
	}
	if err := checkExists(ctx, conn, "DATABASE_URL", runtime.User); err != nil {
		return nil, err
	}
	if err := makeRoles(ctx, conn); err != nil {
		return nil, fmt.Errorf("postgres: migrate: roles: %w", err)
	}
	if err := migrateSchema(ctx, *owner); err != nil {
		return nil, fmt.Errorf("postgres: migrate: %w", err)
	}
	if replaced, err = installFunctions(ctx, conn); err != nil {
		return nil, fmt.Errorf("postgres: migrate: functions: %w", err)
	}
	if err := grantRole(ctx, conn, "orglogin_service", runtime.User); err != nil {
		return nil, fmt.Errorf("postgres: migrate: %w", err)
	}
	if err := revokeTemporary(ctx, conn); err != nil {
		return nil, fmt.Errorf("postgres: migrate: %w", err)
	}
	return replaced, nil
}

// GrantAPI lets the user of apiURL do what the API does: it becomes a member of orglogin_admin. The database is migrated.
func GrantAPI(ctx context.Context, ownerURL, apiURL string) error {
	owner, err := parseURL(ownerURL)
	if err != nil {
		return fmt.Errorf("postgres: the owner's URL: %w", err)
	}
	api, err := parseURL(apiURL)
	if err != nil {
		return fmt.Errorf("postgres: the URL of the API: %w", err)
	}
	user := api.ConnConfig.User
	if user == owner.ConnConfig.User {
		return fmt.Errorf("postgres: API_DATABASE_URL and DATABASE_ADMIN_URL have one user, %s: the API must not own the tables; give API_DATABASE_URL a role of its own", quoted(user))
	}
	conn, err := pgx.ConnectConfig(ctx, owner.ConnConfig)
	if err != nil {
		return fmt.Errorf("postgres: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx)) //nolint:errcheck // nothing is pending
	if err := checkExists(ctx, conn, "API_DATABASE_URL", user); err != nil {
		return err
	}
	if err := grantRole(ctx, conn, "orglogin_admin", user); err != nil {
		return fmt.Errorf("postgres: migrate: %w", err)
	}
	return nil
}

// checkExists returns an error that says how to make the user of a variable.
func checkExists(ctx context.Context, conn *pgx.Conn, variable, user string) error {
	var exists bool
	if err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = $1)`, user).Scan(&exists); err != nil {
		return fmt.Errorf("postgres: migrate: %w", err)
	}
	if !exists {
		return fmt.Errorf("postgres: the user of %s does not exist: CREATE ROLE %s LOGIN PASSWORD '…'", variable, quoted(user))
	}
	return nil
}

// revokeTemporary revokes from PUBLIC the privilege to create temporary objects,
// where the owner of the schema also owns the database. A role without it cannot
// create a type in pg_temp, where a function with a careless search_path finds it.
// Where the owner may not revoke it, doctor reports it.
func revokeTemporary(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, `
DO $$
BEGIN
	EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
EXCEPTION WHEN insufficient_privilege THEN
	NULL;
END
$$`)
	return err
}

// makeRoles makes the three group roles, which belong to the whole cluster and
// may be made by a migration of another database at this very moment.
func makeRoles(ctx context.Context, conn *pgx.Conn) error {
	for _, name := range []string{"orglogin_service", "orglogin_definer", "orglogin_admin"} {
		_, err := conn.Exec(ctx, `
DO $$
BEGIN
	IF to_regrole('`+name+`') IS NULL THEN
		CREATE ROLE `+name+` NOLOGIN;
	END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
	NULL;
END
$$`)
		if err != nil {
			return fmt.Errorf("%w (the owner needs CREATEROLE, or the role made for it: CREATE ROLE %s NOLOGIN; GRANT %s TO %s WITH ADMIN OPTION)",
				err, name, name, quoted(conn.Config().User))
		}
	}
	// The owner hands functions over to orglogin_definer, and only a member may.
	return grantRole(ctx, conn, "orglogin_definer", conn.Config().User)
}

// grantRole lets user act with the group's privileges, if it does not yet.
// Being a member is not enough: from version 16 on, whoever makes a role is a
// member who may only administer it.
func grantRole(ctx context.Context, conn *pgx.Conn, group, user string) error {
	var member bool
	for attempt := 1; ; attempt++ {
		err := conn.QueryRow(ctx, `SELECT pg_has_role($1::text::name, $2::text::name, 'USAGE')`, user, group).Scan(&member)
		if err != nil || member {
			return err
		}
		_, err = conn.Exec(ctx, `GRANT `+quoted(group)+` TO `+quoted(user))
		// XX000, "tuple concurrently updated": a migration of another database
		// granted the same role.
		if err == nil || attempt == 5 || !hasCode(err, "XX000", codeUniqueViolation) {
			return err
		}
	}
}

func migrateSchema(ctx context.Context, owner pgx.ConnConfig) error {
	owner.DefaultQueryExecMode = pgx.QueryExecModeExec // each statement runs once
	owner.RuntimeParams = maps.Clone(owner.RuntimeParams)
	owner.RuntimeParams["search_path"] = "pg_catalog, pg_temp" // no name is looked up in a schema where others may create
	db := stdlib.OpenDB(owner)
	defer db.Close()
	if _, err := db.ExecContext(ctx, `CREATE SCHEMA IF NOT EXISTS orglogin`); err != nil {
		return err
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	versions, err := database.NewStore(database.DialectPostgres, "orglogin.schema_versions")
	if err != nil {
		return err
	}
	// No dialect: the store of versions knows its own.
	provider, err := goose.NewProvider("", db, files, goose.WithStore(versions))
	if err != nil {
		return err
	}
	if at, err := provider.GetDBVersion(ctx); err != nil {
		return err
	} else if want := newestMigration(); at > want {
		return fmt.Errorf("the database schema is at %d, ahead of this program, which knows %d", at, want)
	}
	_, err = provider.Up(ctx)
	var partial *goose.PartialError
	if errors.As(err, &partial) {
		return fmt.Errorf("%s: %w", partial.Failed.Source.Path, partial.Err)
	}
	return err
}

// newestMigration is the version that this program wants.
func newestMigration() int64 {
	var newest int64
	names, _ := fs.Glob(migrations, "migrations/*.sql") // the pattern is a constant
	for _, name := range names {
		if v, err := goose.NumericComponent(name); err == nil {
			newest = max(newest, v)
		}
	}
	return newest
}
