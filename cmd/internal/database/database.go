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
	"orglogin/store/manage"
	"orglogin/store/postgres"
	"orglogin/store/sqlite"
)

// Options are what a store needs beside its address.
type Options struct {
	Reserved []string // labels that are no organization's: see [config.Reserved]
	Now      func() time.Time
	Logger   *slog.Logger
	Trace    store.Trace // of statements; nil: none
}

func (o Options) sqlite(d config.Database) sqlite.Config {
	return sqlite.Config{Path: d.Path(), Reserved: o.Reserved, Now: o.Now, Logger: o.Logger, Trace: o.Trace}
}

func (o Options) postgres(url string) postgres.Config {
	return postgres.Config{URL: url, Reserved: o.Reserved, Now: o.Now, Logger: o.Logger, Trace: o.Trace}
}

// Open opens the database as the service and asks for its version.
func Open(ctx context.Context, d config.Database, o Options) (store.Store, error) {
	var db store.Store
	var err error
	if d.Path() != "" {
		db, err = sqlite.Open(ctx, o.sqlite(d))
	} else {
		db, err = postgres.Open(ctx, o.postgres(d.URL))
	}
	return checked(ctx, db, err)
}

// Owner is a database that is open as its owner.
type Owner interface {
	store.OperatorStore
	// Manage is what a [manage.Manager] works on.
	Manage() manage.Database
}

// OpenOwner opens the database as its owner and asks for its version. The error is
// [ErrNotOwner] for a role that may not do what an operator does.
func OpenOwner(ctx context.Context, d config.Database, o Options) (Owner, error) {
	var db Owner
	var err error
	if d.Path() != "" {
		db, err = sqlite.Open(ctx, o.sqlite(d))
	} else {
		db, err = postgres.OpenOperator(ctx, o.postgres(d.AdminURL))
	}
	db, err = checked(ctx, db, err)
	if err != nil || d.Path() != "" {
		return db, err
	}
	// Only the owner's role may ask who has an address. The code of the
	// driver's error says that, and the store keeps it.
	_, err = db.Profiles(ctx, "nobody@example.invalid")
	if state, ok := errors.AsType[sqlState](err); ok && state.SQLState() == insufficientPrivilege {
		return nil, JoinClose(ErrNotOwner, db)
	}
	if err != nil {
		return nil, JoinClose(fmt.Errorf("open the database: %w", err), db)
	}
	return db, nil
}

// OpenAPI opens the database as the role of the HTTP API and asks for its version. On SQLite it is the same file.
func OpenAPI(ctx context.Context, d config.Database, o Options) (Owner, error) {
	var db Owner
	var err error
	if d.Path() != "" {
		db, err = sqlite.Open(ctx, o.sqlite(d))
	} else {
		db, err = postgres.OpenAPI(ctx, o.postgres(d.APIURL))
	}
	return checked(ctx, db, err)
}

// sqlState is an error of PostgreSQL.
type sqlState interface {
	error
	SQLState() string
}

const insufficientPrivilege = "42501" // PostgreSQL, appendix A

// ErrNotOwner says that the role of the commands is not the owner of the database, and what to set.
var ErrNotOwner = errors.New("this command works past row-level security, which the role of " + config.Prefix +
	"DATABASE_URL may not: write the owner's URL in " + config.Prefix + "DATABASE_ADMIN_URL")

// checked returns a database that was opened without an error, answers and is of this version;
// it closes one that is not.
func checked[S store.Store](ctx context.Context, db S, err error) (S, error) {
	var none S
	if err != nil {
		return none, fmt.Errorf("open the database: %w", err)
	}
	if err := db.Ping(ctx); err != nil {
		return none, JoinClose(fmt.Errorf("ask the database for its version: %w", err), db)
	}
	return db, nil
}

// JoinClose closes c and returns err, with the error of closing it.
func JoinClose(err error, c io.Closer) error { return errors.Join(err, c.Close()) }

// Migrate brings the database to the version of this program. It is safe when
// several do it at once. The role of the API, where there is one, is let do what the API does. It returns the functions of the database that the operator
// has replaced, which it leaves as they are.
func Migrate(ctx context.Context, d config.Database) (replaced []string, err error) {
	if d.Path() != "" {
		return nil, sqlite.Migrate(ctx, d.Path())
	}
	replaced, err = postgres.Migrate(ctx, d.AdminURL, d.URL)
	if err == nil && d.APIURL != "" {
		err = postgres.GrantAPI(ctx, d.AdminURL, d.APIURL)
	}
	return replaced, err
}
