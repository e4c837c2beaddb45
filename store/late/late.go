// Package late stores receipts after the answer that they belong to: a landing
// never waits for its own bookkeeping (contract section 9, "Receipts").
//
// What waits is read as if it were stored, by this process; others see it a
// moment later. A crash loses what waits, an orderly end does not. The account
// chain, a session and its end never come through here late.
package late

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
	// writeTimeout bounds one write, so that a database that hangs is not
	// waited for once a receipt for ever.
	writeTimeout = 5 * time.Second
)

// ErrFull is the answer while more receipts wait than are kept in memory: the
// database has been slow for long.
var ErrFull = errors.New("late: too many receipts wait to be stored")

// Store is the inner store, with its receipts stored late.
type Store struct {
	store.Store
	logger *slog.Logger

	mu      sync.Mutex
	waiting map[string]store.Receipt
	closed  bool
	queue   chan store.Receipt
	done    chan struct{}
}

// New puts a queue before the receipts of inner, which it takes over: Close
// closes both.
func New(inner store.Store, logger *slog.Logger) *Store {
	s := &Store{
		Store: inner, logger: logger,
		waiting: map[string]store.Receipt{},
		queue:   make(chan store.Receipt, maxWaiting),
		done:    make(chan struct{}),
	}
	go s.run()
	return s
}

// SaveReceipt takes the receipt and returns. What no store would take is
// refused here; ErrFull, and any receipt after Close, are lost.
func (s *Store) SaveReceipt(_ context.Context, r store.Receipt) error {
	if err := r.Check(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errors.New("late: closed")
	}
	if _, ok := s.waiting[r.ID]; ok {
		return store.ErrConflict
	}
	select {
	case s.queue <- r:
		s.waiting[r.ID] = r
		return nil
	default:
		return ErrFull
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

// Close stores what waits, then closes the inner store.
func (s *Store) Close() error {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.queue)
	}
	s.mu.Unlock()
	<-s.done
	return s.Store.Close()
}

func (s *Store) run() {
	defer close(s.done)
	for r := range s.queue {
		s.write(r)
		s.mu.Lock()
		delete(s.waiting, r.ID)
		s.mu.Unlock()
	}
}

func (s *Store) write(r store.Receipt) {
	ctx, cancel := context.WithTimeout(context.Background(), writeTimeout)
	defer cancel()
	if err := s.Store.SaveReceipt(ctx, r); err != nil {
		s.logger.Warn("the receipt was not kept", "receipt", r.ID, "error", err)
	}
}
