package cache

import (
	"context"
	"time"

	"orglogin/store"
)

// Every write forgets what it may have changed as soon as it returns, whether it
// succeeded or not: a write that failed may have been done all the same.

// CompleteLogin implements store.Accounts. What it tells of the person is
// remembered, so that the landing asks nothing anew.
func (s *Store) CompleteLogin(ctx context.Context, login store.Login) (store.Completed, error) {
	now, seen := s.config.Now(), s.stamps.taken()
	done, err := s.inner.CompleteLogin(ctx, login)
	if login.Replaces != "" {
		// Perhaps another person's: by its id alone.
		s.sessionEnded(Change{Kind: ofKindSession, ID: login.Replaces})
	}
	if err != nil || done.Refused != "" {
		return done, err
	}
	userID := done.Standing.Profile.ID
	known := s.people.settled(userID) // before the change
	if own, ok := s.stamps.changeAs(s.stamps.name(ofPerson, userID), seen); ok {
		s.learn(done.Standing, known, now, validity{seen: seen, own: own})
	}
	s.learnSession(login.Session, userID, now, seen)
	if s.config.Listen == nil {
		s.people.redis.forget(userID)
		s.publish(Change{Kind: ofKindProfile, ID: userID, UserID: userID})
	}
	return done, nil
}

// learnSession remembers the row that the login made, as a store tells it.
func (s *Store) learnSession(r store.Session, userID string, now time.Time, seen uint64) {
	r.UserID, r.EndedAt = userID, time.Time{}
	for _, t := range []*time.Time{&r.CreatedAt, &r.LastSeenAt, &r.ExpiresAt} {
		*t = time.UnixMicro(t.UnixMicro()).UTC()
	}
	remember(s.sessions, sessionKey{userID: userID, hash: [32]byte(r.SecretHash)}, r, now, validity{seen: seen})
}

// AcceptInvitation implements store.Accounts.
func (s *Store) AcceptInvitation(ctx context.Context, userID string, tokenHash []byte, now time.Time) (store.Reason, error) {
	reason, err := s.inner.AcceptInvitation(ctx, userID, tokenHash, now)
	if err != nil || reason == store.OK {
		s.personChanged(userID)
	}
	return reason, err
}

// MarkUsed implements store.Accounts. The database tells nobody of it, so
// Redis does.
func (s *Store) MarkUsed(ctx context.Context, userID, organizationID string, at time.Time) error {
	err := s.inner.MarkUsed(ctx, userID, organizationID, at)
	if e := s.people.remembered(userID, s.config.Now()); err == nil && e != nil && e.value.LastUsed == organizationID {
		return nil // where they were already
	}
	s.stamps.change(s.stamps.name(ofPerson, userID))
	s.people.redis.forget(userID)
	s.publish(Change{Kind: ofKindProfile, ID: userID, UserID: userID})
	return err
}

func (s *Store) personChanged(userID string) {
	s.stamps.change(s.stamps.name(ofPerson, userID))
	s.people.redis.forget(userID)
	if s.config.Listen == nil {
		s.publish(Change{Kind: ofKindProfile, ID: userID, UserID: userID})
	}
}

// TouchSession implements store.Sessions. Other instances see it when they read
// the row anew, which they do before they would call it idle.
func (s *Store) TouchSession(ctx context.Context, userID, id string, at time.Time) error {
	err := s.inner.TouchSession(ctx, userID, id, at)
	s.stamps.change(s.stamps.name(ofSession, id))
	return err
}

// EndSession implements store.Sessions.
func (s *Store) EndSession(ctx context.Context, userID, id string, at time.Time) error {
	err := s.inner.EndSession(ctx, userID, id, at)
	s.sessionEnded(Change{Kind: ofKindSession, ID: id, UserID: userID})
	return err
}

// EndSessions implements store.Sessions.
func (s *Store) EndSessions(ctx context.Context, userID string, at time.Time) (int, error) {
	n, err := s.inner.EndSessions(ctx, userID, at)
	s.sessionEnded(Change{Kind: ofKindSession, UserID: userID})
	return n, err
}

func (s *Store) sessionEnded(c Change) {
	s.forget(c)
	if s.config.Listen == nil {
		s.publish(c)
	}
}

// SaveReceipt implements store.Receipts.
func (s *Store) SaveReceipt(ctx context.Context, r store.Receipt) error {
	return s.inner.SaveReceipt(ctx, r)
}

// SaveReceipts implements store.Receipts.
func (s *Store) SaveReceipts(ctx context.Context, all []store.Receipt) error {
	return s.inner.SaveReceipts(ctx, all)
}

// TakeFlow implements store.Flows: where Redis answers it decides, else the
// store does. See the package's comment for what that promises.
func (s *Store) TakeFlow(ctx context.Context, id string, expires time.Time) (bool, error) {
	if s.remote == nil || !store.ValidFlowID(id) {
		return s.inner.TakeFlow(ctx, id, expires)
	}
	key := s.remote.key("flow", id)
	// A little longer than asked, because clocks differ.
	life := max(expires.Sub(s.config.Now()), 0) + time.Minute
	var first bool
	err := s.remote.do(ctx, func(ctx context.Context) (err error) {
		first, err = s.remote.client.SetNX(ctx, key, "1", life).Result()
		return err
	})
	if err != nil {
		return s.inner.TakeFlow(ctx, id, expires)
	}
	return first, nil
}
