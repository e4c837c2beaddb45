package cache

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// Commands is how a command uses the Redis of the instances: it reports what it
// has changed in the database, and checks whether Redis lets the instances work.
type Commands struct {
	Redis []string // URLs, as [OpenRedis] takes them
	// Secrets are those that an instance may use: during a rotation the
	// instances do not all have the same.
	Secrets     [][]byte
	Environment string // as in [Config]
}

// commandBudget is how long a command waits for one answer of Redis: no login
// waits for it.
const commandBudget = 2 * time.Second

// SessionsOf is the change that sessions of a person have ended.
func SessionsOf(userID string) Change { return Change{Kind: kindSession, UserID: userID} }

// Publish reports to the instances what has changed. It returns when Redis has
// taken it.
func (c Commands) Publish(ctx context.Context, changes ...Change) error {
	return c.with(ctx, func(ctx context.Context, client redis.UniversalClient, keys []*keyring) error {
		_, err := client.Pipelined(ctx, func(p redis.Pipeliner) error {
			for _, k := range keys {
				for _, change := range changes {
					p.Publish(ctx, k.channel(), k.encode(message{Change: change}))
				}
			}
			return nil
		})
		return err
	})
}

// Refused is a command of an instance that Redis does not allow. Its text names
// the command and the answer of Redis.
type Refused struct {
	Command string
	Err     error // of Redis
}

func (r *Refused) Error() string { return "refuses " + r.Command + ": " + r.Err.Error() }

func (r *Refused) Unwrap() error { return r.Err }

// Check does in Redis once what an instance does there: it takes a flow, counts
// for a limit, publishes a message that the instances ignore, and subscribes.
// The error is [*Refused] where Redis answers and does not allow it; any other
// means that it did not answer.
func (c Commands) Check(ctx context.Context) error {
	return c.with(ctx, func(ctx context.Context, client redis.UniversalClient, keys []*keyring) error {
		if err := client.Ping(ctx).Err(); err != nil {
			return err
		}
		for _, k := range keys {
			if err := k.check(ctx, client); err != nil {
				return err
			}
		}
		return nil
	})
}

func (k *keyring) check(ctx context.Context, client redis.UniversalClient) error {
	key, channel := k.key("doctor", ""), k.channel()
	for _, step := range []struct {
		command string
		do      func() error
	}{
		{"SET", func() error { return client.SetNX(ctx, key, "1", probeEvery).Err() }},
		{"EVAL", func() error { return limitScript.Run(ctx, client, []string{key}, 1, 1).Err() }}, // by its hash
		{"EVAL", func() error { return limitScript.Eval(ctx, client, []string{key}, 1, 1).Err() }},
		{"PUBLISH", func() error { return client.Publish(ctx, channel, "").Err() }},
		{"SUBSCRIBE", func() error {
			s := client.Subscribe(ctx, channel)
			_, err := s.ReceiveTimeout(ctx, commandBudget)
			return errors.Join(err, s.Close())
		}},
	} {
		err := step.do()
		var answer redis.Error
		switch {
		case err == nil, errors.Is(err, redis.Nil):
		case errors.As(err, &answer):
			return &Refused{Command: step.command, Err: answer}
		default:
			return fmt.Errorf("%s: %w", step.command, err)
		}
	}
	return nil
}

func (c Commands) with(ctx context.Context, do func(context.Context, redis.UniversalClient, []*keyring) error) error {
	var keys []*keyring
	for _, secret := range c.Secrets {
		k, err := newKeyring(secret, c.Environment)
		if err != nil {
			return err
		}
		keys = append(keys, k)
	}
	client, err := openRedis(c.Redis, commandBudget)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 2*commandBudget)
	defer cancel()
	return errors.Join(do(ctx, client, keys), client.Close())
}
