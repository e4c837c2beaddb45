package postgres_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"orglogin/store/postgres/pgtest"
)

// The slug that an organization leaves is no other organization's, whatever the snapshot
// of who asks for it, and whether they ask before the rename commits or after.
func TestNobodyTakesASlugThatIsBeingLeft(t *testing.T) {
	leavings := []struct{ name, slug, leave string }{
		{"a rename", "acme", `UPDATE orglogin.organizations SET slug = 'apex' WHERE slug = 'acme'`},
		{"an old slug by hand", "ajax", `INSERT INTO orglogin.organization_slugs (slug, organization_id) SELECT 'ajax', id FROM orglogin.organizations WHERE slug = 'acme'`},
	}
	takings := []struct{ name, take string }{
		{"a new organization", `INSERT INTO orglogin.organizations (name, slug) VALUES ('Thief', '%s')`},
		{"another's rename", `UPDATE orglogin.organizations SET slug = '%s' WHERE slug = 'umbra'`},
	}
	levels := map[string]string{"READ COMMITTED": "23505", "REPEATABLE READ": "40001", "SERIALIZABLE": "40001"}
	for _, left := range leavings {
		for _, taking := range takings {
			take := fmt.Sprintf(taking.take, left.slug)
			for level, code := range levels {
				for when, waits := range map[string]bool{"meanwhile": true, "afterwards": false} {
					t.Run(left.name+", "+taking.name+" "+when+", "+level, func(t *testing.T) {
						db := pgtest.New(t)
						people(t, db)
						err := race(t, db, level, left.leave, take, waits)
						var pg *pgconn.PgError
						if !errors.As(err, &pg) || pg.Code != code {
							t.Errorf("got %v, want %s", err, code)
						}
						if took := list(t, db.Owner, `SELECT name FROM orglogin.organizations WHERE slug = $1`, left.slug); len(took) > 0 {
							t.Errorf("%v took it", took)
						}
						if led := list(t, db.Owner, `SELECT o.name FROM orglogin.organization_slugs AS h
JOIN orglogin.organizations AS o ON o.id = h.organization_id WHERE h.slug = $1`, left.slug); !slices.Equal(led, []string{"Acme"}) {
							t.Errorf("it leads to %v", led)
						}
						// A second try reports why not.
						_, err = connect(t, db.Owner).Exec(t.Context(), take)
						if !errors.As(err, &pg) || pg.ConstraintName != "organization_slugs_pkey" || !strings.Contains(pg.Message, "another organization's") {
							t.Errorf("again: got %v", err)
						}
					})
				}
			}
		}
	}
}

// race has one transaction see the world, another leave a slug, and the first
// take it: while the other has still to commit, or after it has.
func race(t *testing.T, db pgtest.Database, level, leave, take string, waits bool) error {
	t.Helper()
	leaver, taker := connect(t, db.Owner), connect(t, db.Owner)
	run := func(conn *pgx.Conn, sql string) {
		t.Helper()
		if _, err := conn.PgConn().Exec(t.Context(), sql).ReadAll(); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	run(taker, `BEGIN ISOLATION LEVEL `+level+`; SELECT count(*) FROM orglogin.organizations`)
	run(leaver, `BEGIN; `+leave)
	if !waits {
		run(leaver, `COMMIT`)
	}
	taken := make(chan error, 1)
	go func() {
		_, err := taker.PgConn().Exec(t.Context(), take+`; COMMIT`).ReadAll()
		taken <- err
	}()
	if waits {
		awaitLock(t, db, taker.PgConn().PID())
		run(leaver, `COMMIT`)
	}
	select {
	case err := <-taken:
		return err
	case <-time.After(time.Minute):
		t.Fatal("it waits for ever")
		return nil
	}
}

// awaitLock waits until that backend waits for another.
func awaitLock(t *testing.T, db pgtest.Database, pid uint32) {
	t.Helper()
	conn := connect(t, db.Superuser)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		var waiting bool
		err := conn.QueryRow(t.Context(), `SELECT cardinality(pg_blocking_pids($1)) > 0`, pid).Scan(&waiting)
		switch {
		case err != nil:
			t.Fatal(err)
		case waiting:
			return
		case time.Now().After(deadline):
			t.Fatal("it does not wait")
		}
	}
}

// What was no theft goes on as before, at every level.
func TestASlugIsLeftAndTakenBack(t *testing.T) {
	for _, level := range []string{"READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"} {
		t.Run(level, func(t *testing.T) {
			db := pgtest.New(t)
			people(t, db)
			const to = `UPDATE orglogin.organizations SET slug = 'apex' WHERE slug = 'acme'; `
			const back = `UPDATE orglogin.organizations SET slug = 'acme' WHERE slug = 'apex'; `
			begin := `BEGIN ISOLATION LEVEL ` + level + `; `
			for _, step := range []struct{ name, sql, history string }{
				{"left", begin + to + `COMMIT`, "acme"},
				{"taken back", begin + back + `COMMIT`, "apex"},
				{"to and fro at once", begin + to + back + to + back + `COMMIT`, "apex"},
				{"freed and taken by another at once", begin + `DELETE FROM orglogin.organization_slugs;
UPDATE orglogin.organizations SET slug = 'apex' WHERE slug = 'umbra'; COMMIT`, "umbra"},
				{"a new organization", begin + `INSERT INTO orglogin.organizations (name, slug) VALUES ('New', 'new'); COMMIT`, "umbra"},
			} {
				execute(t, db.Owner, step.sql)
				if got := list(t, db.Owner, `SELECT coalesce(string_agg(slug, ' ' ORDER BY slug), '') FROM orglogin.organization_slugs`); got[0] != step.history {
					t.Errorf("%s: the history is %q, want %q", step.name, got[0], step.history)
				}
			}
		})
	}
}

// Nor does it matter that an instance saw a slug kept that was freed since.
func TestASlugFreedSinceTheSnapshotIsFree(t *testing.T) {
	db := pgtest.New(t)
	people(t, db)
	execute(t, db.Owner, `UPDATE orglogin.organizations SET slug = 'apex' WHERE slug = 'acme'`)
	err := race(t, db, "REPEATABLE READ", `DELETE FROM orglogin.organization_slugs WHERE slug = 'acme'`,
		`INSERT INTO orglogin.organizations (name, slug) VALUES ('Heir', 'acme')`, false)
	if err != nil {
		t.Error(err)
	}
}
