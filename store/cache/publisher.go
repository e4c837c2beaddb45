package cache

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// publisher publishes messages in order, many in one round trip. No request
// waits for it. When Redis does not take a message, the message that anything
// may have changed is published instead as soon as Redis answers.
type publisher struct {
	remote     *remote
	everything []byte // the message that anything may have changed

	owed  atomic.Bool // a message was lost
	queue chan []byte
	stop  chan struct{}
	work  sync.WaitGroup
	once  sync.Once
}

const (
	queueLength = 8192
	batchLength = 128
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
		p.owed.Store(true)
	}
}

// close publishes what is queued, once.
func (p *publisher) close() {
	p.once.Do(func() { close(p.stop) })
	p.work.Wait()
}

func (p *publisher) run() {
	retry := time.NewTicker(probeEvery)
	defer retry.Stop()
	for {
		select {
		case first := <-p.queue:
			p.send(p.batch(first))
		case <-retry.C:
			if p.owed.Swap(false) {
				p.send([][]byte{p.everything})
			}
		case <-p.stop:
			for len(p.queue) > 0 {
				p.send(p.batch(<-p.queue))
			}
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

func (p *publisher) send(messages [][]byte) {
	err := p.remote.attempt(context.Background(), func(ctx context.Context) error {
		_, err := p.remote.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
			for _, m := range messages {
				pipe.Publish(ctx, p.remote.channel(), m)
			}
			return nil
		})
		return err
	})
	if err != nil {
		p.owed.Store(true)
	}
}
