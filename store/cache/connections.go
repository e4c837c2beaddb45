package cache

import (
	"context"
	"time"

	"orglogin/store"
)

// maxConnections bounds what is cached of organization connections.
const maxConnections = 10_000

func (s *Store) makeConnectionMemos() (err error) {
	ttl, degraded := s.config.TTL, s.config.TTL+s.config.Grace
	if s.connections, err = newMemo[string, store.Connection](s, "connection", ttl, degraded, maxConnections); err != nil {
		return err
	}
	s.connections.query = s.inner.Connection
	s.connections.dependsOn = func(id string, _ store.Connection) []dependency {
		return []dependency{s.versions.dependency(ofConnection, id)}
	}
	if s.organizationConnections, err = newMemo[string, []store.Connection](s, "connections of an organization", ttl, degraded, maxConnections); err != nil {
		return err
	}
	s.organizationConnections.query = s.inner.OrganizationConnections
	s.organizationConnections.dependsOn = func(organizationID string, _ []store.Connection) []dependency {
		return []dependency{s.versions.dependency(ofOrganization, organizationID)}
	}
	return nil
}

// Connection implements store.Connections.
func (s *Store) Connection(ctx context.Context, id string) (store.Connection, error) {
	if !store.IsOrganizationConnection(id) {
		return s.inner.Connection(ctx, id) // no key is made of it
	}
	a, err := s.connections.get(ctx, id)
	return a.value, err
}

// OrganizationConnections implements store.Connections.
func (s *Store) OrganizationConnections(ctx context.Context, organizationID string) ([]store.Connection, error) {
	if !store.ValidID(organizationID) {
		return s.inner.OrganizationConnections(ctx, organizationID)
	}
	a, err := s.organizationConnections.get(ctx, organizationID)
	return a.value, err
}

// TakeConnectionTest implements store.Connections.
func (s *Store) TakeConnectionTest(ctx context.Context, connectionID string, tokenHash []byte, now time.Time) (store.Connection, error) {
	return s.inner.TakeConnectionTest(ctx, connectionID, tokenHash, now)
}

// FinishConnectionTest implements store.Connections.
func (s *Store) FinishConnectionTest(ctx context.Context, connectionID string, revision int64) error {
	err := s.inner.FinishConnectionTest(ctx, connectionID, revision)
	s.written(Change{Kind: kindConnection, ID: connectionID})
	return err
}
