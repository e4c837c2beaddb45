package postgres

import (
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Pool lets tests see the connections that the store leaves behind.
func (s *Store) Pool() *pgxpool.Pool { return s.pool }

// Sweep runs at once what runs every ten minutes.
var Sweep = (*Store).sweep

// SetTimeout changes how long each question may take, so that a test can be
// impatient where it means to and patient everywhere else.
func (s *Store) SetTimeout(d time.Duration) { s.timeout = d }

// WantedObjects are the functions and triggers that doctor expects, and the
// number of grants and policies.
func WantedObjects() (functions, triggers []string, grants, policies int) {
	w := wantedObjects()
	for _, f := range w.functions {
		functions = append(functions, f.object)
	}
	for _, t := range w.triggers {
		triggers = append(triggers, t.object+" "+t.name)
	}
	return functions, triggers, len(w.grants), len(w.policies)
}

// RecordFunctions records every function that an operator may replace as one that
// migrate created.
func RecordFunctions(t testing.TB, url string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	for _, f := range wantedObjects().functions {
		schema, name, _ := strings.Cut(f.object, ".")
		if !f.overridable {
			continue
		}
		if _, err := conn.Exec(t.Context(), recordFunction, schema, name); err != nil {
			t.Fatal(err)
		}
	}
}
