// Package receiptqueue stores receipts after the answer that they belong to: a landing
// never waits for its own bookkeeping (contract section 9, "Receipts").
//
// What waits is read as if it were stored, by this process; others see it a
// moment later. A crash loses what waits, an orderly end does not, nor does a
// database that is unavailable for a while: what it did not take is tried again. The
// account chain, a session and its end never come through here late.
package receiptqueue

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"orglogin/store"
)

const (
	// maxWaiting bounds the memory: a receipt is about 1 KiB.
	maxWaiting = 8192
	// maxBatch is how many are stored at once, and pause how long the first of
	// them waits for others: one statement costs what one receipt does.
	maxBatch = 64
	pause    = 100 * time.Millisecond
	// longestRetry is what the pause grows to while the database takes nothing.
	longestRetry = 5 * time.Second
	// writeTimeout bounds one write, so that a database that hangs is not
	// waited for once a receipt for ever.
	writeTimeout = 5 * time.Second
	// closeTimeout bounds all that are still to be made when the store is closed.
	closeTimeout = 10 * time.Second
)

// ErrFull is the answer while more receipts wait than are kept in memory: the
// database has been slow or unavailable for long.
var ErrFull = errors.New("receipt queue: too many receipts wait to be stored")

// Store is the inner store, with its receipts stored late.
type Store struct {
	store.Store
	logger *slog.Logger

	mu      sync.Mutex
	waiting map[string]store.Receipt // by id, until stored or refused
	queue   []store.Receipt          // those of them that are still to be taken, in order
	closed  bool

	outage outage // of run alone

	some chan struct{} // the queue is not empty any more
	many chan struct{} // the queue holds a batch
	end  chan struct{} // closed with the store
	done chan struct{}

	giveUp  context.Context // of every write
	givenUp context.CancelFunc
}

// New puts a queue before the receipts of inner, which it takes over: Close
// closes both.
func New(inner store.Store, logger *slog.Logger) *Store {
	s := &Store{
		Store: inner, logger: logger,
		waiting: map[string]store.Receipt{},
		some:    make(chan struct{}, 1),
		many:    make(chan struct{}, 1),
		end:     make(chan struct{}),
		done:    make(chan struct{}),
	}
	s.giveUp, s.givenUp = context.WithCancel(context.Background())
	go s.run()
	return s
}

// SaveReceipt takes the receipt and returns. What no store would take is
// refused here; ErrFull, and any receipt after Close, are lost.
func (s *Store) SaveReceipt(ctx context.Context, r store.Receipt) error {
	if err := r.Check(); err != nil {
		return err
	}
	return s.SaveReceipts(ctx, []store.Receipt{r})
}

// SaveReceipts takes all or none, as SaveReceipt does.
func (s *Store) SaveReceipts(_ context.Context, all []store.Receipt) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return errors.New("receipt queue: closed")
	case len(s.waiting)+len(all) > maxWaiting:
		return ErrFull
	}
	for _, r := range all {
		if _, ok := s.waiting[r.ID]; ok {
			return store.ErrConflict
		}
	}
	for _, r := range all {
		s.waiting[r.ID] = r
	}
	before := len(s.queue)
	s.queue = append(s.queue, all...)
	if before == 0 {
		notify(s.some)
	}
	if before < maxBatch && len(s.queue) >= maxBatch {
		notify(s.many)
	}
	return nil
}

// notify makes the next receive from c return at once; several before it count as one.
func notify(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Receipt finds one of the person's own, stored or still waiting.
func (s *Store) Receipt(ctx context.Context, userID, id string) (store.Receipt, error) {
	s.mu.Lock()
	r, ok := s.waiting[id]
	s.mu.Unlock()
	if ok && r.UserID == userID {
		return r, nil
	}
	return s.Store.Receipt(ctx, userID, id)
}

// Close tries once more to store what waits, but for ten seconds at most, then
// closes the inner store.
func (s *Store) Close() error {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.end)
	}
	s.mu.Unlock()
	timer := time.AfterFunc(closeTimeout, s.givenUp)
	defer timer.Stop()
	<-s.done
	s.givenUp()
	return s.Store.Close()
}

func (s *Store) take() []store.Receipt {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.queue
	s.queue = nil
	return all
}

func (s *Store) forget(some []store.Receipt) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range some {
		delete(s.waiting, r.ID)
	}
}
