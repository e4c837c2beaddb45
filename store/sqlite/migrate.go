package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"

	"orglogin/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrate brings the file at path to this version, and makes it, readable by
// its owner alone, when it is not there. Several at once are safe, in one
// process or many: one migrates, the others wait and find it done. A file of a
// newer version is refused with [store.ErrBehind] and left alone.
func Migrate(ctx context.Context, path string) (err error) {
	if err := checkPath(path); err != nil {
		return err
	}
	if err := create(path); err != nil {
		return err
	}
	// Before anything is read: the first to open a new file turns it to WAL, and
	// SQLite does not wait for readers meanwhile (sqlite3_busy_handler).
	unlock, err := lock(ctx, path+".migrate-lock")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	db, err := sql.Open("sqlite", dsn(path)+"&_txlock=immediate")
	if err != nil {
		return fmt.Errorf("opening the database: %w", err)
	}
	db.SetMaxOpenConns(1)
	defer func() { err = errors.Join(err, db.Close()) }()
	if done, err := current(ctx, db); done || err != nil {
		return err
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("reading the migrations: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("reading the migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrating %s: %w", path, err)
	}
	return nil
}

// current reports whether there is nothing to migrate.
func current(ctx context.Context, db *sql.DB) (bool, error) {
	have, err := version(ctx, db)
	if err != nil {
		return false, err
	}
	want := latest()
	if have > want {
		return false, versionError{have: have, want: want}
	}
	return have == want, nil
}

// create makes an empty file of mode 0600, which SQLite gives to its -wal and
// -shm too. A file that is there is never opened here: closing it would drop
// the locks that this process holds on it (https://sqlite.org/howtocorrupt.html, 2.2).
func create(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("making the database: %w", err)
	}
	return file.Close()
}

// lock holds the file at path, which is an empty SQLite database because
// SQLite's locks are the ones that work everywhere; goose takes none here.
func lock(ctx context.Context, path string) (unlock func() error, err error) {
	if err := create(path); err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", uri(path)+"?mode=rw&_txlock=exclusive&_pragma=busy_timeout(60000)")
	if err != nil {
		return nil, fmt.Errorf("locking the migration: %w", err)
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("locking the migration: %w", err), db.Close())
	}
	return func() error { return errors.Join(tx.Rollback(), db.Close()) }, nil
}

// version is that of the schema in the file, 0 for an empty one.
func version(ctx context.Context, db *sql.DB) (int64, error) {
	var tables int
	err := db.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'goose_db_version'`).Scan(&tables)
	if err != nil {
		return 0, fmt.Errorf("reading the schema version: %w", err)
	}
	if tables == 0 {
		return 0, nil
	}
	var have int64
	err = db.QueryRowContext(ctx, `SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`).Scan(&have)
	if err != nil {
		return 0, fmt.Errorf("reading the schema version: %w", err)
	}
	return have, nil
}

// latest is the version that this program brings, from the names of its migrations.
func latest() int64 {
	entries, err := migrations.ReadDir("migrations")
	if err != nil {
		panic(err) // embedded: cannot happen
	}
	var last int64
	for _, e := range entries {
		number, _, _ := strings.Cut(e.Name(), "_")
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			panic(err) // a test reads them all
		}
		last = max(last, n)
	}
	return last
}

// versionError is a schema that is not of this version; it is [store.ErrBehind].
type versionError struct{ have, want int64 }

func (e versionError) Error() string {
	if e.have > e.want {
		return fmt.Sprintf("the database schema is at version %d, ahead of this program's %d: run the newer orglogin that migrated it", e.have, e.want)
	}
	return fmt.Sprintf("the database schema is at version %d, behind this program's %d: run orglogin migrate", e.have, e.want)
}

func (e versionError) Is(target error) bool { return target == store.ErrBehind }
