package cache

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
)

// message is a change as it is published in Redis.
type message struct {
	From   string // the instance; empty from a command
	Change Change
}

func (k *keyring) encode(m message) []byte {
	body, _ := json.Marshal(m) // strings alone: it cannot fail
	return k.sign(body)
}

func (s *Store) message(c Change) []byte { return s.remote.encode(message{From: s.id, Change: c}) }

// publish reports a change to the other instances, soon.
func (s *Store) publish(c Change) {
	if s.remote != nil {
		s.publisher.add(s.message(c))
	}
}

// silence is how long a subscription may be silent before it is pinged.
const silence = 3 * time.Second

// subscribe forgets what other instances report, until the connection is lost.
func (s *Store) subscribe(ctx context.Context) error {
	subscription := s.remote.client.Subscribe(ctx, s.remote.channel())
	defer subscription.Close()
	stop := context.AfterFunc(ctx, func() { subscription.Close() })
	defer stop()
	pinged := false
	for {
		got, err := subscription.ReceiveTimeout(ctx, silence)
		var slow interface{ Timeout() bool }
		switch {
		case err == nil:
			pinged = false
		case errors.As(err, &slow) && slow.Timeout() && !pinged:
			pinged = true
			if err := subscription.Ping(ctx); err != nil {
				return err
			}
			continue
		default:
			return err
		}
		switch got := got.(type) {
		case *redis.Subscription:
			s.ForgetAll() // earlier messages were not received
		case *redis.Message:
			s.receive([]byte(got.Payload))
		}
	}
}

// receive forgets what another instance or a command has reported. Anything else
// on the channel is ignored.
func (s *Store) receive(raw []byte) {
	body, ok := s.remote.verify(raw)
	var m message
	if !ok || json.Unmarshal(body, &m) != nil || m.From == s.id {
		return
	}
	s.Forget(m.Change)
}
