package cache

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// publisher publishes messages, many in one round trip, until Redis takes them.
// No request waits for it. Where more wait than are kept, the message that
// anything may have changed takes their place.
type publisher struct {
	remote     *remote
	everything []byte // the message that anything may have changed

	lost  atomic.Bool // a message was not kept
	queue chan []byte
	stop  chan struct{}
	work  sync.WaitGroup
	once  sync.Once
}

const (
	queueLength = 8192
	batchLength = 128
	// republishAfter is how long to wait before messages are published again
	// that Redis did not take, or did not say so in time.
	republishAfter = 200 * time.Millisecond
)

func newPublisher(r *remote, everything []byte) *publisher {
	p := &publisher{remote: r, everything: everything, queue: make(chan []byte, queueLength), stop: make(chan struct{})}
	p.work.Go(p.run)
	return p
}

// add never waits: a full queue loses the message.
func (p *publisher) add(message []byte) {
	select {
	case p.queue <- message:
	default:
		p.lost.Store(true)
	}
}

// close publishes what is queued, once.
func (p *publisher) close() {
	p.once.Do(func() { close(p.stop) })
	p.work.Wait()
}

func (p *publisher) run() {
	for {
		select {
		case first := <-p.queue:
			p.publish(p.batch(first))
		case <-p.stop:
			for len(p.queue) > 0 {
				_ = p.send(p.batch(<-p.queue)) // the last attempt
			}
			return
		}
	}
}

// publish returns when Redis has taken the messages, or at the end.
func (p *publisher) publish(messages [][]byte) {
	for {
		if p.lost.Swap(false) {
			messages = [][]byte{p.everything}
		}
		if p.send(messages) == nil {
			return
		}
		select {
		case <-time.After(republishAfter):
		case <-p.stop:
			return
		}
	}
}

func (p *publisher) batch(first []byte) [][]byte {
	all := [][]byte{first}
	for len(all) < batchLength {
		select {
		case next := <-p.queue:
			all = append(all, next)
		default:
			return all
		}
	}
	return all
}

func (p *publisher) send(messages [][]byte) error {
	return p.remote.attempt(context.Background(), func(ctx context.Context) error {
		_, err := p.remote.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
			for _, m := range messages {
				pipe.Publish(ctx, p.remote.channel(), m)
			}
			return nil
		})
		return err
	})
}
