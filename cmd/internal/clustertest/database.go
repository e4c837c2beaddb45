package clustertest

import (
	"context"
	"fmt"

	"orglogin/store/postgres"
	"orglogin/store/postgres/pgtest"
)

// NewDatabase makes and migrates a database on a server that has its roles.
func NewDatabase(ctx context.Context, server *pgtest.Server, name string) (pgtest.Database, error) {
	db := server.Database(name)
	if err := server.Exec("postgres", "CREATE DATABASE "+name+" OWNER owner"); err != nil {
		return db, fmt.Errorf("create database: %w", err)
	}
	if _, err := postgres.Migrate(ctx, db.Owner, db.Runtime); err != nil {
		return db, err
	}
	return db, postgres.GrantAPI(ctx, db.Owner, db.API)
}
