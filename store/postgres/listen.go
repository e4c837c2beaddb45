package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Change is one thing that changed in the database, by whatever hand. Of any
// other kind, such as everything: anything may have changed.
type Change struct {
	Kind   string   `json:"kind"`  // organization, membership, profile, session
	ID     string   `json:"id"`    // of the organization, the profile or the session; of a membership's organization
	UserID string   `json:"user"`  // profile that a membership, profile or session is about
	Slugs  []string `json:"slugs"` // of an organization: the current one, and before it the one just left
}

// listenPause is how long to wait before a lost connection is made anew, and
// how often a silent one is asked whether it still lives.
const (
	listenPause = time.Second
	listenCheck = 30 * time.Second
)

// Listen calls changed for every change until ctx ends, whose error it
// returns. It makes a lost connection anew; connected is called each time that
// it listens, the first included: what changed before that moment nobody was
// told, so whoever remembers anything must forget it there. It needs a
// connection of its own, which no transaction pooler gives.
func (s *Store) Listen(ctx context.Context, changed func(Change), connected func()) error {
	for {
		err := s.listen(ctx, changed, connected)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		s.logger.WarnContext(ctx, "listening for changes in the database", "error", err)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(listenPause):
		}
	}
}

func (s *Store) listen(ctx context.Context, changed func(Change), connected func()) error {
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
		silent := err != nil && waiting.Err() != nil && ctx.Err() == nil
		cancel()
		if silent {
			// Nobody spoke: perhaps because a firewall has dropped us.
			asking, cancel := context.WithTimeout(ctx, s.timeout)
			err = conn.Ping(asking)
			cancel()
			if err == nil {
				continue
			}
		}
		if err != nil {
			return fmt.Errorf("postgres: listen: %w", err)
		}
		var c Change
		if json.Unmarshal([]byte(n.Payload), &c) == nil && c.Kind != "" {
			changed(c)
		}
	}
}
