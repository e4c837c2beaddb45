package cache

import (
	"context"
	"errors"
	"slices"
	"time"

	"orglogin/store"
)

// OrganizationBySlug implements store.Organizations.
func (s *Store) OrganizationBySlug(ctx context.Context, slug string) (store.Organization, error) {
	if !store.ValidSlug(slug) {
		return s.inner.OrganizationBySlug(ctx, slug) // no key is made of it
	}
	a, err := s.organizations.get(ctx, slug)
	return a.value, err
}

// Standing implements store.Accounts. It is put together from the person and
// the organizations that were asked for, as far away as the farthest and as old
// as the oldest of them. With an invitation, which is never remembered, the
// store is asked all at once.
func (s *Store) Standing(ctx context.Context, q store.Question) (store.Standing, error) {
	if len(q.Invitation) > 0 || !store.ValidID(q.UserID) {
		return s.askWhole(ctx, q)
	}
	p, err := s.people.get(ctx, q.UserID)
	if err != nil {
		return store.Standing{}, err
	}
	answer := store.Standing{
		Profile: p.value.Profile, Memberships: p.value.Memberships, LastUsed: p.value.LastUsed,
		Organizations: make(map[string]store.Organization, len(q.Slugs)),
		Source:        p.source, Age: p.age, Degraded: p.degraded,
	}
	for _, slug := range q.Slugs {
		if !store.ValidSlug(slug) {
			continue
		}
		if o, ok := p.value.place(slug); ok {
			answer.Organizations[slug] = o
			continue
		}
		o, err := s.organizations.get(ctx, slug)
		switch {
		case err == nil:
			answer.Organizations[slug] = o.value
		case !errors.Is(err, store.ErrNotFound):
			return store.Standing{}, err
		}
		answer.Source = farther(answer.Source, o.source)
		answer.Age = max(answer.Age, o.age)
		answer.Degraded = answer.Degraded || o.degraded
	}
	return answer, nil
}

// place is the person's own organization of that slug.
func (p *person) place(slug string) (store.Organization, bool) {
	for i := range p.Memberships {
		if o := &p.Memberships[i].Organization; o.Slug == slug {
			return *o, true
		}
	}
	return store.Organization{}, false
}

func farther(a, b store.Source) store.Source {
	for _, far := range []store.Source{store.FromDatabase, store.FromRedis} {
		if a == far || b == far {
			return far
		}
	}
	return store.FromMemory
}

func (s *Store) askWhole(ctx context.Context, q store.Question) (store.Standing, error) {
	now, seen := s.config.Now(), s.stamps.taken()
	answer, err := s.inner.Standing(ctx, q)
	if err == nil {
		s.config.Observe.Lookup(store.FromDatabase, Hit)
		s.learn(answer, nil, now, validity{seen: seen})
	}
	return answer, err
}

// learn remembers the parts of what the store told. What is known to be so
// already, as in most logins, stays: to write it anew costs more than all the rest.
func (s *Store) learn(told store.Standing, known *entry[person], now time.Time, v validity) {
	if p := personOf(told); known != nil && known.value.same(&p) {
		known.keep(v.own)
	} else {
		remember(s.people, told.Profile.ID, p, now, v)
	}
	for slug, o := range told.Organizations {
		if !store.ValidSlug(slug) {
			continue
		}
		if e := s.organizations.settled(slug); e == nil || e.value != o {
			remember(s.organizations, slug, o, now, validity{seen: v.seen})
		}
	}
}

func (p *person) same(q *person) bool {
	return p.Profile == q.Profile && p.LastUsed == q.LastUsed && slices.Equal(p.Memberships, q.Memberships)
}

func remember[K comparable, V any](s *shelf[K, V], k K, value V, now time.Time, v validity) {
	e := s.entry(k, value, nil, now)
	e.seen, e.own, e.from = v.seen, v.own, store.FromDatabase
	s.fill(k, e)
}

func personOf(told store.Standing) person {
	return person{Profile: told.Profile, Memberships: told.Memberships[:len(told.Memberships):len(told.Memberships)], LastUsed: told.LastUsed}
}

// Session implements store.Sessions.
func (s *Store) Session(ctx context.Context, userID string, secretHash []byte) (store.Session, error) {
	if !store.ValidID(userID) || !store.ValidHash(secretHash) {
		return s.inner.Session(ctx, userID, secretHash)
	}
	a, err := s.sessions.get(ctx, sessionKey{userID: userID, hash: [32]byte(secretHash)})
	a.value.Degraded = a.degraded
	return a.value, err
}

// notIdle refuses a remembered row whose session would have ended unused:
// another instance may have touched it since.
func (s *Store) notIdle(r store.Session, now time.Time) bool {
	return s.config.Idle <= 0 || !r.EndedAt.IsZero() || now.Before(r.LastSeenAt.Add(s.config.Idle))
}

func (s *Store) organizationNames(slug string, o store.Organization) []name {
	if o.ID == "" {
		return []name{s.stamps.name(ofSlug, slug)}
	}
	return []name{s.stamps.name(ofSlug, slug), s.stamps.name(ofOrganization, o.ID)}
}

func (s *Store) personNames(userID string, p person) []name {
	names := make([]name, 0, 1+len(p.Memberships))
	names = append(names, s.stamps.name(ofPerson, userID))
	for i := range p.Memberships {
		names = append(names, s.stamps.name(ofOrganization, p.Memberships[i].Organization.ID))
	}
	return names
}

func (s *Store) sessionNames(k sessionKey, r store.Session) []name {
	return []name{s.stamps.name(ofSessions, k.userID), s.stamps.name(ofSession, r.ID)}
}

// Invitation implements store.Invitations.
func (s *Store) Invitation(ctx context.Context, tokenHash []byte) (store.Invitation, error) {
	return s.inner.Invitation(ctx, tokenHash)
}

// InvitationsFor implements store.Invitations.
func (s *Store) InvitationsFor(ctx context.Context, userID string, now time.Time) ([]store.Invitation, error) {
	return s.inner.InvitationsFor(ctx, userID, now)
}

// Receipt implements store.Receipts.
func (s *Store) Receipt(ctx context.Context, userID, id string) (store.Receipt, error) {
	return s.inner.Receipt(ctx, userID, id)
}
