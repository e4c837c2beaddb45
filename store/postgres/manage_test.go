package postgres_test

import (
	"testing"

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
				return managetest.Opened{Owner: openOperator(t, db.Owner), Manage: openOperator(t, url(db)).Manage()}
			})
		})
	}
}
