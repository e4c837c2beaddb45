package postgres

import "github.com/jackc/pgx/v5/pgxpool"

// Pool lets tests see the connections that the store leaves behind.
func (s *Store) Pool() *pgxpool.Pool { return s.pool }

// Sweep runs at once what runs every ten minutes.
var Sweep = (*Store).sweep
