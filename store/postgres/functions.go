package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// installFunctions creates the functions of this version that are missing. Of
// those that an operator may replace, it brings each that it created itself to this
// version, and returns the names of those that the operator has replaced.
func installFunctions(ctx context.Context, conn *pgx.Conn) (replaced []string, err error) {
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		// A function may call one that is created after it.
		if _, err := tx.Exec(ctx, `SET LOCAL check_function_bodies = off; SET LOCAL search_path = pg_catalog, pg_temp`); err != nil {
			return err
		}
		replaced = nil
		for _, f := range wantedObjects().functions {
			own, err := installFunction(ctx, tx, f)
			if err != nil {
				return fmt.Errorf("%s: %w", f.object, err)
			}
			if own {
				replaced = append(replaced, f.object)
			}
		}
		_, err = tx.Conn().PgConn().Exec(ctx, grantsFile).ReadAll()
		return err
	})
	return replaced, err
}

// selectFunction reads whether a function exists, whether its definition is the one
// that migrate created last, and whether its body is another than $3. The columns of
// the hash survive a dump and an upgrade of the server.
const selectFunction = `
WITH installed AS (
	SELECT
		p.prosrc,
		` + functionHash + ` AS hash
	FROM pg_catalog.pg_proc AS p
	WHERE p.pronamespace = to_regnamespace($1::text)
		AND p.proname = $2::text
)
SELECT
	EXISTS (SELECT FROM installed),
	EXISTS (SELECT FROM installed AS i JOIN orglogin.shipped_functions AS s ON s.hash = i.hash WHERE s.name = $1 || '.' || $2),
	EXISTS (SELECT FROM installed AS i WHERE i.prosrc <> $3::text)`

const functionHash = `encode(sha256(convert_to(concat_ws(chr(10),
	p.prosrc, p.prosecdef, p.provolatile, p.proconfig, pg_get_function_arguments(p.oid), pg_get_function_result(p.oid)), 'UTF8')), 'hex')`

const recordFunction = `
INSERT INTO orglogin.shipped_functions (name, hash)
SELECT $1 || '.' || $2, ` + functionHash + `
FROM pg_catalog.pg_proc AS p
WHERE p.pronamespace = to_regnamespace($1::text)
	AND p.proname = $2::text
ON CONFLICT ON CONSTRAINT shipped_functions_pkey DO UPDATE SET hash = excluded.hash`

// installFunction creates one function, or brings it to this version; own says that
// it exists and is the operator's.
func installFunction(ctx context.Context, tx pgx.Tx, f function) (own bool, err error) {
	var exists, shipped, differs bool
	schema, name, _ := strings.Cut(f.object, ".")
	if err := tx.QueryRow(ctx, selectFunction, schema, name, f.body).Scan(&exists, &shipped, &differs); err != nil {
		return false, err
	}
	if exists && (!f.overridable || !shipped || !differs) {
		return f.overridable && !shipped, nil
	}
	if _, err := tx.Exec(ctx, f.text); err != nil {
		return false, err
	}
	if f.overridable {
		_, err = tx.Exec(ctx, recordFunction, schema, name)
	}
	return false, err
}
