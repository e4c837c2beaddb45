package cache

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
)

// Outside stands in Redis where the instances do, without being one: it is of
// those who change the database beside them, and of those who ask whether Redis
// lets the instances work.
type Outside struct {
	Redis []string // URLs, as [OpenRedis] takes them
	// Secrets are those that an instance may run on: while they are changed the
	// instances do not all have the same.
	Secrets     [][]byte
	Environment string // as in [Config]
}

// outsideBudget is how long an outsider waits for one answer of Redis: nobody's
// login waits for it.
const outsideBudget = 2 * time.Second

// SessionsOf is the change that sessions of a person have ended.
func SessionsOf(userID string) Change { return Change{Kind: ofKindSession, UserID: userID} }

// Tell tells the instances what has changed, those too that no listener of the
// database reaches. It returns when Redis has taken it.
func (o Outside) Tell(ctx context.Context, now time.Time, changes ...Change) error {
	return o.with(ctx, func(ctx context.Context, client redis.UniversalClient) error {
		_, err := client.Pipelined(ctx, func(p redis.Pipeliner) error {
			for _, secret := range o.Secrets {
				e, err := newEnvelope(secret, o.Environment)
				if err != nil {
					return err
				}
				channel := e.changes()
				for _, c := range changes {
					body, _ := json.Marshal(message{Change: c}) // strings; From is no instance
					p.Publish(ctx, channel, e.seal(channel, kindMessage, now, body))
				}
			}
			return nil
		})
		return err
	})
}

func (o Outside) with(ctx context.Context, do func(ctx context.Context, client redis.UniversalClient) error) error {
	client, err := openRedis(o.Redis, outsideBudget)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 2*outsideBudget)
	defer cancel()
	return errors.Join(do(ctx, client), client.Close())
}

// changes is the channel on which changes are told.
func (e *envelope) changes() string { return e.key("changes", "") }
