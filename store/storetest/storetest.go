// Package storetest says what every store must do, as tests. Each store runs
// the whole of it, and so does a store behind the cache; what a store does
// beyond these interfaces is tested beside it.
package storetest

import (
	"context"
	"testing"
)

// Hand is what an operator does to the database by hand, past the store. A
// store under test is wrapped in it by its own tests, so that the suite can
// also say what must hold then.
type Hand interface {
	// Rename changes the slug of an organization as one UPDATE of its row.
	Rename(ctx context.Context, slug, to string) error
	// ForgetSlug deletes an old slug from the history.
	ForgetSlug(ctx context.Context, slug string) error
	// Statement runs one statement. A table in it has %s before its name, which
	// stands for the schema.
	Statement(ctx context.Context, query string, args ...any) error
	// Rows returns every row of every table as text, sorted. The keys are the
	// tables without their schema, at least organizations, organization_slugs,
	// profiles, identities, memberships, workspaces, invitations, sessions,
	// flows and receipts.
	Rows(ctx context.Context) (map[string][]string, error)
	// Break makes every INSERT, UPDATE or DELETE (operations) on one row of a
	// table fail, with an error of no meaning to the store, until repair is called.
	Break(ctx context.Context, table string, operations ...string) (repair func() error, err error)
}

// Run tests the stores that open returns: empty, migrated, open until the
// test ends (open registers the cleanup), each of its own database. A store
// that is a [Hand] too is tested with changes by hand.
func Run(t *testing.T, open func(t *testing.T) Store) {
	groups := []struct {
		name       string
		behaviours []behaviour
	}{
		{"first login", firstLogin()},
		{"login again", loginAgain()},
		{"imported people", importedPeople()},
		{"invitation at login", invitationAtLogin()},
		{"invitation accepted by a session", acceptBySession()},
		{"invitations", invitations()},
		{"removal from an organization", removal()},
		{"snapshot", snapshot()},
		{"last used", lastUsed()},
		{"organizations", organizations()},
		{"sessions", sessions()},
		{"connections of a session", sessionConnections()},
		{"organization connections", connections()},
		{"login by an organization's own connection", organizationLogin()},
		{"first login by an organization's own connection", whoseProfile()},
		{"test logins of connections", connectionTests()},
		{"SSO of organizations", ssoOfOrganizations()},
		{"brands of organizations", brands()},
		{"first login with an address in a verified domain", firstLogins()},
		{"joining by a domain", joining()},
		{"domains", domains()},
		{"discovery of connections", discovery()},
		{"offers to join", joinOffers()},
		{"join requests", joinRequests()},
		{"flows", flows()},
		{"receipts", receipts()},
		{"import", importing()},
		{"import refused", importRefused()},
		{"operator", operator()},
		{"at once", atOnce()},
		{"domains at once", domainsAtOnce()},
		{"hostile strings", hostile()},
	}
	for _, g := range groups {
		t.Run(g.name, func(t *testing.T) {
			s := open(t)
			for _, b := range g.behaviours {
				t.Run(b.name, func(t *testing.T) { b.test(newFixture(t, s)) })
			}
		})
	}
	if _, ok := open(t).(Hand); ok {
		t.Run("by hand", func(t *testing.T) {
			s := open(t)
			for _, b := range byHand() {
				t.Run(b.name, func(t *testing.T) { b.test(newFixture(t, s)) })
			}
		})
		t.Run("a failure in the middle leaves nothing", func(t *testing.T) { failures(t, open) })
	}
	t.Run("a closed store answers with plain errors", func(t *testing.T) { closed(t, open(t)) })
	t.Run("random operations agree with a model", func(t *testing.T) { model(t, open(t)) })
}

// behaviour is one thing that a store does; its name is a sentence.
type behaviour struct {
	name string
	test func(f *fixture)
}
