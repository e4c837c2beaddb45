package cache

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// write is one thing to do in Redis that nobody waits for.
type write struct {
	key     string
	place   lease  // with value: put it in the place of this
	value   []byte // nil: delete the key
	ttl     time.Duration
	message []byte // publish it on key, a channel
}

// writer does writes in order, many in one round trip. What Redis does not take
// is dropped, except that a change was told: for that everything is owed.
type writer struct {
	remote *remote
	// everything is the message that anything may have changed.
	everything func() []byte
	channel    string

	owed  atomic.Bool // a message was lost
	queue chan write
	stop  chan struct{}
	work  sync.WaitGroup
	once  sync.Once
}

const (
	queueLength = 8192
	batchLength = 128
)

func newWriter(r *remote, channel string, everything func() []byte) *writer {
	w := &writer{
		remote: r, everything: everything, channel: channel,
		queue: make(chan write, queueLength), stop: make(chan struct{}),
	}
	w.work.Go(w.run)
	return w
}

// add never waits: a full queue drops it.
func (w *writer) add(what write) {
	select {
	case w.queue <- what:
	default:
		if what.message != nil {
			w.owed.Store(true)
		}
	}
}

// close does what is queued, once.
func (w *writer) close() {
	w.once.Do(func() { close(w.stop) })
	w.work.Wait()
}

func (w *writer) run() {
	retry := time.NewTicker(probeEvery)
	defer retry.Stop()
	for {
		select {
		case first := <-w.queue:
			w.send(w.batch(first))
		case <-retry.C:
			if w.owed.Swap(false) {
				w.send([]write{{key: w.channel, message: w.everything()}})
			}
		case <-w.stop:
			for {
				select {
				case first := <-w.queue:
					w.send(w.batch(first))
				default:
					return
				}
			}
		}
	}
}

func (w *writer) batch(first write) []write {
	all := []write{first}
	for len(all) < batchLength {
		select {
		case next := <-w.queue:
			all = append(all, next)
		default:
			return all
		}
	}
	return all
}

func (w *writer) send(all []write) {
	err := w.remote.try(context.Background(), func(ctx context.Context) error {
		_, err := w.remote.client.Pipelined(ctx, func(p redis.Pipeliner) error {
			for _, what := range all {
				switch {
				case what.message != nil:
					p.Publish(ctx, what.key, what.message)
				case what.value != nil:
					p.Eval(ctx, fillScript, []string{what.key}, []byte(what.place), what.value, what.ttl.Milliseconds())
				default:
					p.Unlink(ctx, what.key)
				}
			}
			return nil
		})
		return err
	})
	if err != nil && slices.ContainsFunc(all, func(what write) bool { return what.message != nil }) {
		w.owed.Store(true)
	}
}
