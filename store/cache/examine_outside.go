package cache

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"
)

// Refused is what an instance does in Redis and Redis does not let us do. Its
// text names the command and what Redis says of it.
type Refused struct {
	Command string
	Err     error // of Redis
}

func (r *Refused) Error() string { return "refuses " + r.Command + ": " + r.Err.Error() }

func (r *Refused) Unwrap() error { return r.Err }

// Examine does in Redis once what an instance does there: it looks a value up,
// puts one there, deletes it, and speaks and listens on the channel, where
// nobody heeds what it says. The error is [*Refused] where Redis answers and does
// not let us; any other means that it did not answer.
func (o Outside) Examine(ctx context.Context) error {
	return o.with(ctx, func(ctx context.Context, client redis.UniversalClient) error {
		if err := client.Ping(ctx).Err(); err != nil {
			return err
		}
		for _, secret := range o.Secrets {
			e, err := newEnvelope(secret, o.Environment)
			if err != nil {
				return err
			}
			if err := e.examine(ctx, client); err != nil {
				return err
			}
		}
		return nil
	})
}

func (e *envelope) examine(ctx context.Context, client redis.UniversalClient) error {
	key, channel := e.key("doctor", ""), e.changes()
	for _, try := range []struct {
		command string
		do      func() error
	}{
		{"SET", func() error { return client.Set(ctx, key, "1", probeEvery).Err() }},
		{"EVAL", func() error {
			return lookScript.Run(ctx, client, []string{key}, "", leaseTime.Milliseconds(), maxValue).Err()
		}},
		{"EVAL", func() error {
			return client.Eval(ctx, fillScript, []string{key}, "1", "1", probeEvery.Milliseconds()).Err()
		}},
		{"UNLINK", func() error { return client.Unlink(ctx, key).Err() }},
		{"PUBLISH", func() error { return client.Publish(ctx, channel, "").Err() }},
		{"SUBSCRIBE", func() error {
			s := client.Subscribe(ctx, channel)
			_, err := s.ReceiveTimeout(ctx, outsideBudget)
			return errors.Join(err, s.Close())
		}},
	} {
		err := try.do()
		var said redis.Error
		switch {
		case err == nil, errors.Is(err, redis.Nil):
		case errors.As(err, &said):
			return &Refused{Command: try.command, Err: said}
		default:
			return fmt.Errorf("%s: %w", try.command, err)
		}
	}
	return nil
}
