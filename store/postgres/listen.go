package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Change is one thing that changed in the database, whoever changed it. Any
// other kind, such as everything: anything may have changed.
type Change struct {
	Kind   string   `json:"kind"`  // organization, membership, profile, session, connection
	ID     string   `json:"id"`    // of the organization, the profile, the session or the connection; of a membership's organization
	UserID string   `json:"user"`  // profile that a membership, profile or session is about
	Slugs  []string `json:"slugs"` // of an organization: the current one, and before it the one just left
}

const (
	// listenCheck is how long the connection may be silent before it is pinged,
	// and pingTimeout how long it then has to answer. A connection that a
	// firewall drops is noticed after both.
	listenCheck = 1500 * time.Millisecond
	pingTimeout = 2 * time.Second
)

// Listen calls changed for every change until ctx ends or the connection is
// lost, and returns why. connected is called once it listens: earlier changes
// were not reported, so that a cache must forget everything then. It needs a
// connection of its own, which no transaction pooler provides. A notification
// that it does not understand is a change of no kind.
func (s *Store) Listen(ctx context.Context, changed func(Change), connected func()) error {
	conn, err := pgx.ConnectConfig(ctx, s.pool.Config().ConnConfig.Copy())
	if err != nil {
		return fmt.Errorf("postgres: listen: %w", err)
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = conn.Close(closing)
	}()
	if _, err := conn.Exec(ctx, `LISTEN orglogin_changes`); err != nil {
		return fmt.Errorf("postgres: listen: %w", err)
	}
	connected()
	for {
		waiting, cancel := context.WithTimeout(ctx, listenCheck)
		n, err := conn.WaitForNotification(waiting)
		silent := err != nil && waiting.Err() != nil
		cancel()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case silent:
			pinging, cancel := context.WithTimeout(ctx, pingTimeout)
			err = conn.Ping(pinging)
			cancel()
		}
		if err != nil {
			return fmt.Errorf("postgres: listen: %w", err)
		}
		if silent {
			continue
		}
		var c Change
		if json.Unmarshal([]byte(n.Payload), &c) != nil {
			c = Change{}
		}
		changed(c)
	}
}
