package cache

import (
	"context"
	"time"

	"orglogin/store"
)

// Every write forgets what it may have changed as soon as it returns, whether it
// succeeded or not: a write that failed may have been done all the same. When a
// session was last used, and which organization, is less than that: a failure to
// write it must not sign anyone out while the database is unavailable.

// CompleteLogin implements store.Accounts. What it returns of the person is
// remembered, so that the landing needs no query; and the store need not read
// a person who is remembered already.
func (s *Store) CompleteLogin(ctx context.Context, login store.Login) (store.Completed, error) {
	now, begun := s.config.Now(), s.versions.current()
	login.Known = s.known(login.Identity)
	done, err := s.inner.CompleteLogin(ctx, login)
	if login.Replaces != "" {
		// It may be another person's, so it is named by its id alone.
		s.written(Change{Kind: kindSession, ID: login.Replaces})
	}
	if err != nil || done.Refused != "" {
		return done, err
	}
	login.Session.Connections = done.Connections
	s.learnSession(login.Session, done.UserID, now, begun)
	if done.Unread {
		done.Unread = false
		done.Snapshot, err = s.AccessSnapshot(ctx, store.AccessQuery{UserID: done.UserID, Slugs: login.Slugs})
		return done, err
	}
	s.identities.Set(identityOf(login.Identity), done.UserID)
	known := s.people.settled(done.UserID) // before the change
	if own, ok := s.versions.changeOwn(s.versions.dependency(ofPerson, done.UserID), begun); ok {
		s.learn(done.Snapshot, known, now, validity{begun: begun, own: own})
	}
	if s.config.Listen == nil {
		s.publish(Change{Kind: kindProfile, ID: done.UserID, UserID: done.UserID})
	}
	return done, nil
}

// known returns the id of the person whom the identity belonged to last, if that person is
// remembered and the database reports what changes of them; otherwise it is empty.
func (s *Store) known(i store.Identity) string {
	userID, ok := s.identities.GetIfPresent(identityOf(i))
	if !ok || s.config.Listen == nil || s.disconnected.Load() || s.people.settled(userID) == nil {
		return ""
	}
	return userID
}

func identityOf(i store.Identity) identityKey {
	return identityKey{i.ConnectionID(), i.Issuer, i.Subject}
}

// learnSession remembers the row that the login made, as a store returns it.
func (s *Store) learnSession(r store.Session, userID string, now time.Time, begun uint64) {
	r.UserID, r.EndedAt = userID, time.Time{}
	for _, t := range []*time.Time{&r.CreatedAt, &r.LastSeenAt, &r.ExpiresAt} {
		*t = time.UnixMicro(t.UnixMicro()).UTC()
	}
	s.sessions.remember(sessionKey{userID: userID, hash: [32]byte(r.SecretHash)}, r, now, validity{begun: begun})
}

// AcceptInvitation implements store.Accounts.
func (s *Store) AcceptInvitation(ctx context.Context, userID string, tokenHash []byte, now time.Time) (store.Reason, error) {
	reason, err := s.inner.AcceptInvitation(ctx, userID, tokenHash, now)
	if err != nil || reason == store.OK {
		s.written(Change{Kind: kindProfile, ID: userID, UserID: userID})
	}
	return reason, err
}

// MarkUsed implements store.Accounts. The database notifies no listener of it,
// so it is published in Redis.
func (s *Store) MarkUsed(ctx context.Context, userID, organizationID string, at time.Time) error {
	err := s.inner.MarkUsed(ctx, userID, organizationID, at)
	if e := s.people.find(userID, s.config.Now()); err == nil && e != nil && e.value.LastUsed == organizationID {
		return nil // it was the last used already
	}
	if err == nil {
		s.written(Change{Kind: kindProfile, ID: userID, UserID: userID})
	}
	return err
}

// TouchSession implements store.Sessions. The cached row stays: it is what the
// person has when the database is lost next. Other instances see the touch when
// they read the row again, which they do before they would call it idle.
func (s *Store) TouchSession(ctx context.Context, userID, id string, at time.Time) error {
	err := s.inner.TouchSession(ctx, userID, id, at)
	key := touchKey{userID, id}
	if last, ok := s.touched.GetIfPresent(key); err == nil && (!ok || at.After(last)) {
		s.touched.Set(key, time.UnixMicro(at.UnixMicro()).UTC())
	}
	return err
}

// EndSession implements store.Sessions.
func (s *Store) EndSession(ctx context.Context, userID, id string, at time.Time) error {
	err := s.inner.EndSession(ctx, userID, id, at)
	s.written(Change{Kind: kindSession, ID: id, UserID: userID})
	return err
}

// EndSessions implements store.Sessions.
func (s *Store) EndSessions(ctx context.Context, userID string, at time.Time) (int, error) {
	n, err := s.inner.EndSessions(ctx, userID, at)
	s.written(Change{Kind: kindSession, UserID: userID})
	return n, err
}

// EndOrganizationSessions implements store.Sessions.
func (s *Store) EndOrganizationSessions(ctx context.Context, userID string, organizationIDs []string, at time.Time) (int, error) {
	n, err := s.inner.EndOrganizationSessions(ctx, userID, organizationIDs, at)
	s.written(Change{Kind: kindSession, UserID: userID})
	return n, err
}

// written forgets what this instance has changed, and publishes it: an instance
// that has lost the database learns of it through Redis alone.
func (s *Store) written(c Change) {
	s.Forget(c)
	s.publish(c)
}

// SaveReceipt implements store.Receipts.
func (s *Store) SaveReceipt(ctx context.Context, r store.Receipt) error {
	return s.inner.SaveReceipt(ctx, r)
}

// SaveReceipts implements store.Receipts.
func (s *Store) SaveReceipts(ctx context.Context, all []store.Receipt) error {
	return s.inner.SaveReceipts(ctx, all)
}

// TakeFlow implements store.Flows: Redis decides while it answers, otherwise the
// store does. See the package's comment for what that guarantees.
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
