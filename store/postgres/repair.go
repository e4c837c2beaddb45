package postgres

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
)

// grantsFile sets the owners and grants of all functions. It may run again.
const grantsFile = "migrations/00007_grants.sql"

// repairFunctions creates the functions of this version that are missing, because
// someone dropped them. A function that exists is left as it is: it may be the
// operator's own.
func repairFunctions(ctx context.Context, conn *pgx.Conn) error {
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		// A function may call one that is created after it.
		if _, err := tx.Exec(ctx, `SET LOCAL check_function_bodies = off; SET LOCAL search_path = pg_catalog, pg_temp`); err != nil {
			return err
		}
		created := 0
		for _, f := range wantedObjects().functions {
			var exists bool
			schema, name, _ := strings.Cut(f.object, ".")
			if err := tx.QueryRow(ctx, `
SELECT EXISTS (
	SELECT FROM pg_catalog.pg_proc AS p
	WHERE p.pronamespace = to_regnamespace($1::text) AND p.proname = $2::text
)`, schema, name).Scan(&exists); err != nil {
				return err
			}
			if exists {
				continue
			}
			if _, err := tx.Exec(ctx, f.text); err != nil {
				return err
			}
			created++
		}
		if created == 0 {
			return nil
		}
		grants, err := migrations.ReadFile(grantsFile)
		if err != nil {
			return err
		}
		_, err = tx.Conn().PgConn().Exec(ctx, string(grants)).ReadAll()
		return err
	})
}
