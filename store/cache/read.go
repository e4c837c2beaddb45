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

// AccessSnapshot implements store.Accounts. It is put together from the person and
// the organizations named in the question: its source is the farthest of theirs,
// its age the oldest. With an invitation, which is never cached, the store is
// queried for all of it.
func (s *Store) AccessSnapshot(ctx context.Context, q store.AccessQuery) (store.AccessSnapshot, error) {
	if len(q.Invitation) > 0 || !store.ValidID(q.UserID) {
		return s.querySnapshot(ctx, q)
	}
	p, err := s.people.get(ctx, q.UserID)
	if err != nil {
		return store.AccessSnapshot{}, err
	}
	result := store.AccessSnapshot{
		Profile: p.value.Profile, Memberships: p.value.Memberships, LastUsed: p.value.LastUsed,
		Organizations: make(map[string]store.Organization, len(q.Slugs)),
		Source:        p.source, Age: p.age, Degraded: p.degraded,
	}
	for _, slug := range q.Slugs {
		if !store.ValidSlug(slug) {
			continue
		}
		if o, ok := p.value.organization(slug); ok {
			result.Organizations[slug] = o
			continue
		}
		o, err := s.organizations.get(ctx, slug)
		switch {
		case err == nil:
			result.Organizations[slug] = o.value
		case !errors.Is(err, store.ErrNotFound):
			return store.AccessSnapshot{}, err
		}
		if o.source == store.FromDatabase {
			result.Source = store.FromDatabase
		}
		result.Age = max(result.Age, o.age)
		result.Degraded = result.Degraded || o.degraded
	}
	return result, nil
}

// organization returns the person's own organization of that slug.
func (p *person) organization(slug string) (store.Organization, bool) {
	for i := range p.Memberships {
		if o := &p.Memberships[i].Organization; o.Slug == slug {
			return *o, true
		}
	}
	return store.Organization{}, false
}

func (s *Store) querySnapshot(ctx context.Context, q store.AccessQuery) (store.AccessSnapshot, error) {
	now, begun := s.config.Now(), s.versions.current()
	result, err := s.inner.AccessSnapshot(ctx, q)
	if err == nil {
		s.config.Observe.Lookup(store.FromDatabase, Hit)
		s.learn(result, nil, now, validity{begun: begun})
	}
	return result, err
}

// learn remembers the parts of what the store returned. What is known already,
// as in most logins, stays: to write it again costs more than all the rest.
func (s *Store) learn(result store.AccessSnapshot, known *entry[person], now time.Time, v validity) {
	if p := personOf(result); known != nil && known.value.equal(&p) {
		known.keep(v.own)
	} else {
		s.people.remember(result.Profile.ID, p, now, v)
	}
	for slug, o := range result.Organizations {
		if !store.ValidSlug(slug) {
			continue
		}
		if e := s.organizations.settled(slug); e == nil || e.value != o {
			s.organizations.remember(slug, o, now, validity{begun: v.begun})
		}
	}
}

func (p *person) equal(q *person) bool {
	return p.Profile == q.Profile && p.LastUsed == q.LastUsed && slices.Equal(p.Memberships, q.Memberships)
}

func personOf(s store.AccessSnapshot) person {
	return person{Profile: s.Profile, Memberships: s.Memberships[:len(s.Memberships):len(s.Memberships)], LastUsed: s.LastUsed}
}

// Session implements store.Sessions.
func (s *Store) Session(ctx context.Context, userID string, secretHash []byte) (store.Session, error) {
	if !store.ValidID(userID) || !store.ValidHash(secretHash) {
		return s.inner.Session(ctx, userID, secretHash)
	}
	a, err := s.sessions.get(ctx, sessionKey{userID: userID, hash: [32]byte(secretHash)})
	row := a.value
	row.Degraded = a.degraded
	if at, ok := s.touched.GetIfPresent(touchKey{row.UserID, row.ID}); ok && row.EndedAt.IsZero() && at.After(row.LastSeenAt) {
		row.LastSeenAt = at
	}
	return row, err
}

// notIdle refuses a cached row whose session would have ended unused: another
// instance may have touched it since.
func (s *Store) notIdle(r store.Session, now time.Time) bool {
	return s.config.Idle <= 0 || !r.EndedAt.IsZero() || now.Before(r.LastSeenAt.Add(s.config.Idle))
}

func (s *Store) organizationDependencies(slug string, o store.Organization) []dependency {
	if o.ID == "" {
		return []dependency{s.versions.dependency(ofSlug, slug)}
	}
	return []dependency{s.versions.dependency(ofSlug, slug), s.versions.dependency(ofOrganization, o.ID)}
}

func (s *Store) personDependencies(userID string, p person) []dependency {
	all := make([]dependency, 0, 1+len(p.Memberships))
	all = append(all, s.versions.dependency(ofPerson, userID))
	for i := range p.Memberships {
		all = append(all, s.versions.dependency(ofOrganization, p.Memberships[i].Organization.ID))
	}
	return all
}

func (s *Store) sessionDependencies(k sessionKey, r store.Session) []dependency {
	all := []dependency{s.versions.dependency(ofSessions, k.userID), s.versions.dependency(ofSession, r.ID)}
	for i := range r.Connections {
		if r.Connections[i].OrganizationID != "" { // an operator connection never changes
			all = append(all, s.versions.dependency(ofConnection, r.Connections[i].ConnectionID))
		}
	}
	return all
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
