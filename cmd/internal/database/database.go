// Package database opens the database of a configuration as the service or as its owner, and
// migrates it.
package database

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"orglogin/cmd/internal/config"
	"orglogin/store"
	"orglogin/store/postgres"
	"orglogin/store/sqlite"
)

// storeOptions are what a store needs beside its address.
type Options struct {
	Reserved []string // labels that are no organization's: see [Reserved]
	Now      func() time.Time
	Logger   *slog.Logger
}

// openStore opens the database as the service and asks for its version.
func Open(ctx context.Context, d config.Database, o Options) (store.Store, error) {
	var db store.Store
	var err error
	if d.Path != "" {
		db, err = sqlite.Open(ctx, sqlite.Config{Path: d.Path, Reserved: o.Reserved, Now: o.Now, Logger: o.Logger})
	} else {
		db, err = postgres.Open(ctx, postgres.Config{URL: d.URL, Reserved: o.Reserved, Now: o.Now, Logger: o.Logger})
	}
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	return checked(ctx, db)
}

// openOperatorStore opens the database as its owner and asks for its version.
// A role that may not do what an operator does is refused before a command starts.
func OpenOwner(ctx context.Context, d config.Database, o Options) (store.OperatorStore, error) {
	var db store.OperatorStore
	var err error
	if d.Path != "" {
		db, err = sqlite.Open(ctx, sqlite.Config{Path: d.Path, Reserved: o.Reserved, Now: o.Now, Logger: o.Logger})
	} else {
		db, err = postgres.OpenOperator(ctx, postgres.Config{URL: d.AdminURL, Reserved: o.Reserved, Now: o.Now, Logger: o.Logger})
	}
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	db, err = checked(ctx, db)
	if err != nil || d.Path != "" {
		return db, err
	}
	// Only the owner's role may ask who has an address. The driver's error tells
	// that by its code, and the store keeps it.
	_, err = db.Profiles(ctx, "nobody@example.invalid")
	if state, ok := errors.AsType[sqlState](err); ok && state.SQLState() == insufficientPrivilege {
		return nil, JoinClose(ErrNotOwner, db)
	}
	if err != nil {
		return nil, JoinClose(fmt.Errorf("open the database: %w", err), db)
	}
	return db, nil
}

// sqlState is an error of PostgreSQL.
type sqlState interface {
	error
	SQLState() string
}

const insufficientPrivilege = "42501" // PostgreSQL, appendix A

var ErrNotOwner = errors.New("this command works past row-level security, which the role of " + config.Prefix +
	"DATABASE_URL may not: write the owner's URL in " + config.Prefix + "DATABASE_ADMIN_URL")

// checked closes a database that does not answer or is behind.
func checked[S store.Store](ctx context.Context, db S) (S, error) {
	if err := db.Ping(ctx); err != nil {
		var none S
		return none, JoinClose(fmt.Errorf("ask the database for its version: %w", err), db)
	}
	return db, nil
}

func JoinClose(err error, c io.Closer) error { return errors.Join(err, c.Close()) }

// Migrate brings the database to the version of this program. It is safe when
// several do it at once. It returns the functions of the database that the operator
// has replaced, which it leaves as they are.
func Migrate(ctx context.Context, d config.Database) (replaced []string, err error) {
	if d.Path != "" {
		return nil, sqlite.Migrate(ctx, d.Path)
	}
	return postgres.Migrate(ctx, d.AdminURL, d.URL)
}
