package postgres_test

import (
	"context"
	"testing"
	"time"

	"orglogin/store"
	"orglogin/store/postgres"
	"orglogin/store/postgres/pgtest"
)

// The people and places of this package's tests. Ann is of Acme, Bob of
// Umbra, Cleo of neither.
var (
	ann  = identity("ann")
	bob  = identity("bob")
	cleo = identity("cleo")
)

func identity(name string) store.Identity {
	return store.Identity{
		Issuer: "https://op.test", Subject: name, Email: name + "@people.test", EmailVerified: true, Authoritative: true, Name: name,
	}
}

// theirConnection is the connection of umbra's own.
const theirConnection = "c-aaaaaaaaaaaaaaaa"

// domainsOfPeople are domains that no one of the people has an address in.
const domainsOfPeople = `
INSERT INTO orglogin.organization_domains (organization_id, domain, status, token, join_mode, discoverable)
	SELECT o.id, 'colleagues.test', 'verified', 'token', 'request', true FROM orglogin.organizations AS o WHERE o.slug = 'acme'
	UNION ALL
	SELECT o.id, 'joining.test', 'verified', 'token', 'auto', true FROM orglogin.organizations AS o WHERE o.slug = 'umbra';
INSERT INTO orglogin.connections (id, organization_id, name, issuer, client_id, sealed_secret, state)
	SELECT '` + theirConnection + `', o.id, 'Their provider', 'https://op.test', 'client', '', 'active'
	FROM orglogin.organizations AS o WHERE o.slug = 'umbra'`

const bobsToken = "a-token-that-offers-umbra-to-cleo"

// people brings them in.
func people(t testing.TB, db pgtest.Database) {
	t.Helper()
	user := func(id store.Identity) store.ImportUser {
		return store.ImportUser{Email: id.Email, Name: id.Name, Issuer: id.Issuer, Subject: id.Subject}
	}
	err := openOperator(t, db.Owner).Import(t.Context(), store.ImportFile{
		Organizations: []store.ImportOrganization{
			{Slug: "acme", Name: "Acme", SubdomainStatus: store.Verified},
			{Slug: "umbra", Name: "Umbra", SubdomainStatus: store.Verified},
		},
		Users: []store.ImportUser{user(ann), user(bob), user(cleo)},
		Memberships: []store.ImportMembership{
			{Organization: "acme", Email: ann.Email, Role: "owner"},
			{Organization: "umbra", Email: bob.Email, Role: "owner"},
		},
		Invitations: []store.ImportInvitation{
			{Organization: "umbra", Email: cleo.Email, Token: bobsToken, ExpiresAt: time.Now().Add(time.Hour)},
		},
	}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
}

// arrival is one login of a person, now.
func arrival(id store.Identity) store.Login {
	now := time.Now().UTC().Truncate(time.Microsecond)
	return store.Login{
		Identity: id, Signup: store.SignupOrganization, Now: now,
		Session: store.Session{
			ID: store.NewID(), SecretHash: store.HashToken(store.NewID()), BrowserHash: store.HashToken(store.NewID()),
			CreatedAt: now, LastSeenAt: now, ExpiresAt: now.Add(time.Hour),
		},
	}
}

// arrive logs a person in.
func arrive(t testing.TB, s *postgres.Store, id store.Identity) store.Completed {
	t.Helper()
	done, err := s.CompleteLogin(context.WithoutCancel(t.Context()), arrival(id))
	if err != nil {
		t.Fatal(err)
	}
	if done.Refused != "" {
		t.Fatalf("%s was refused: %s", id.Subject, done.Refused)
	}
	return done
}
