package postgres

import (
	"time"

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
