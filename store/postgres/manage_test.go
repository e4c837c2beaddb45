package postgres_test

import (
	"testing"

	"orglogin/store/manage"
	"orglogin/store/manage/managetest"
	"orglogin/store/postgres/pgtest"
)

func TestManaging(t *testing.T) {
	for name, url := range map[string]func(pgtest.Database) string{
		"as the owner": func(db pgtest.Database) string { return db.Owner },
		"as the API":   func(db pgtest.Database) string { return db.API },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			managetest.Run(t, func(t *testing.T) managetest.Opened {
				db := pgtest.New(t)
				owner := openOperator(t, db.Owner)
				return managetest.Opened{
					Owner:  &underTest{Store: owner, Operator: owner, db: pool(t, db.Owner)},
					Manage: openOperator(t, url(db)).Manage(),
					Kill: func(tx manage.Tx) error {
						_, err := tx.Exec(`SELECT pg_terminate_backend(pg_backend_pid())`)
						return err
					},
				}
			})
		})
	}
}
