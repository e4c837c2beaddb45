package receiptqueue

import (
	"context"
	"errors"
	"slices"
	"time"

	"orglogin/store"
)

// batch is what is stored at once.
type batch struct {
	receipts []store.Receipt
	tried    bool // without success; the database may have stored them nevertheless
	stored   int  // outage.stored, when it was tried
}

// outage is a time in which the database does not take what it should.
type outage struct {
	on     bool
	retry  time.Duration // the pause before the next try
	stored int           // batches stored since the start
	ending bool          // everything is tried for the last time
}

func (s *Store) run() {
	defer close(s.done)
	var left []batch
	for !s.outage.ending {
		s.pause(len(left) > 0)
		for some := range slices.Chunk(s.take(), maxBatch) {
			left = append(left, batch{receipts: some})
		}
		left = s.round(left)
		if s.outage.on && len(left) == 0 {
			s.outage.on = false
			s.logger.Info("receipts are kept again")
		}
	}
	if len(left) > 0 {
		count := 0
		for _, b := range left {
			count += len(b.receipts)
		}
		s.logger.Warn("receipts were not kept", "first", left[0].receipts[0].ID, "count", count)
	}
}

// pause returns when there is something to do, or the end has come.
func (s *Store) pause(again bool) {
	wait := s.outage.retry
	if !again {
		wait = pause
		select {
		case <-s.some:
		case <-s.end:
		}
	}
	many := s.many
	if again {
		many = nil // more receipts change nothing while the database is unavailable
	}
	select {
	case <-time.After(wait):
	case <-many:
	case <-s.end: // nothing is added after it
		s.outage.ending = true
	}
}

// round stores all in order, until one fails. That one goes behind the others,
// so that it delays no other if it is at fault itself.
func (s *Store) round(all []batch) (left []batch) {
	for i, b := range all {
		failed := s.write(b)
		if len(failed) > 0 && !s.outage.ending {
			return slices.Concat(all[i+1:], failed)
		}
		left = append(left, failed...)
	}
	return left
}

// write stores a batch and returns what is to be tried again. One receipt that
// the database refuses costs the others nothing, and neither does one that it
// fails on: when others were stored since, each is tried alone.
func (s *Store) write(b batch) (left []batch) {
	one := len(b.receipts) == 1
	if one || !b.tried || b.stored == s.outage.stored {
		ctx, cancel := context.WithTimeout(s.giveUp, writeTimeout)
		defer cancel()
		err := s.Store.SaveReceipts(ctx, b.receipts)
		switch {
		case err == nil, one && b.tried && errors.Is(err, store.ErrConflict): // it was taken the first time
			s.outage.stored++
			s.outage.retry = pause
			s.forget(b.receipts)
			return nil
		case !refused(err):
			s.failed(b, err)
			return []batch{{receipts: b.receipts, tried: true, stored: s.outage.stored}}
		case one:
			s.logger.Warn("receipts were not kept", "first", b.receipts[0].ID, "count", 1, "error", err)
			s.forget(b.receipts)
			return nil
		}
	}
	for i := range b.receipts {
		failed := s.write(batch{receipts: b.receipts[i : i+1], tried: b.tried, stored: b.stored})
		if rest := b.receipts[i+1:]; len(failed) > 0 && len(rest) > 0 && !s.outage.ending {
			return append(failed, batch{receipts: rest, tried: b.tried, stored: b.stored})
		}
		left = append(left, failed...)
	}
	return left
}

// failed logs an outage once.
func (s *Store) failed(b batch, err error) {
	if s.outage.on {
		s.outage.retry = min(2*s.outage.retry, longestRetry)
		return
	}
	s.outage.on, s.outage.retry = true, pause
	s.logger.Warn("receipts wait: the database does not take them", "first", b.receipts[0].ID, "count", len(b.receipts), "error", err)
}

func refused(err error) bool {
	return errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrInvalid) || errors.Is(err, store.ErrNotFound)
}
