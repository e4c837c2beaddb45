package access_test

import (
	"fmt"
	"slices"
	"testing"

	"orglogin/redirect/access"
	"orglogin/store"
)

// world is one case of the model: two organizations and what each says about
// connections, who Ann is in them, and the connections of her session.
type world struct {
	sso         map[string]store.SSO
	memberOf    []string
	connections []string // "operator", or the organization whose connection it is
	host        string   // an organization, "app", "login" or "nosuch"
}

// opens is the oracle: the host opens for a session when the person may be there and
// a connection of the session opens it.
func (w world) opens() (connection string, opens bool) {
	own, operator := slices.Contains(w.connections, w.host), slices.Contains(w.connections, "operator")
	switch w.host {
	case "nosuch":
		return "", false
	case "login":
		return "", len(w.connections) > 0
	case "app":
		return "operator", operator
	}
	switch {
	case !slices.Contains(w.memberOf, w.host):
		return "", false
	case own:
		return w.host, true
	}
	return "operator", operator && w.sso[w.host] != store.SSORequired
}

// TestNoHostOpensThatMustNot compares every combination with the oracle.
func TestNoHostOpensThatMustNot(t *testing.T) {
	count := 0
	for w := range worlds() {
		count++
		snapshot, organizations := store.AccessSnapshot{}, map[string]store.Organization{}
		for name, sso := range w.sso {
			organizations[name] = store.Organization{ID: name, Slug: name, Status: store.Verified, SSO: sso}
			if slices.Contains(w.memberOf, name) {
				snapshot.Memberships = append(snapshot.Memberships, store.Membership{Organization: organizations[name], Role: "member"})
			}
		}
		session := &store.Session{}
		for _, c := range w.connections {
			organizationID := c
			if c == "operator" {
				organizationID = ""
			}
			session.Connections = append(session.Connections, store.SessionConnection{ConnectionID: c, OrganizationID: organizationID})
		}
		host := access.Host{App: w.host == "app"}
		if w.host != "app" && w.host != "login" {
			host.Slug, host.Organization = w.host, organizations[w.host]
		}
		d := access.Decide(host, session, snapshot)
		connection, opens := w.opens()
		if d.Allowed() != opens || opens && connection != "" && d.Connection != connection {
			t.Errorf("%+v: decided %q by %q, want %t by %q", w, d.Reason, d.Connection, opens, connection)
		}
		// Only who is let in for the connection's sake learns whether they are a member.
		if d.Reason == store.NotAMember && !slices.Contains(w.connections, w.host) &&
			(!slices.Contains(w.connections, "operator") || w.sso[w.host] == store.SSORequired) {
			t.Errorf("%+v: the membership is known without a connection that opens", w)
		}
		for _, m := range access.Visible(session, snapshot).Memberships {
			if !slices.Contains(w.connections, "operator") && !slices.Contains(w.connections, m.Organization.ID) {
				t.Errorf("%+v: %s is visible", w, m.Organization.ID)
			}
		}
	}
	if want := 3 * 3 * 4 * 16 * 5; count != want {
		t.Errorf("%d cases, want %d", count, want)
	}
}

// worlds yields every combination. The connections come in both orders.
func worlds() func(func(world) bool) {
	settings := []store.SSO{store.SSOOff, store.SSOOptional, store.SSORequired}
	sets := [][]string{nil}
	for _, first := range []string{"operator", "acme", "globex"} {
		sets = append(sets, []string{first})
		for _, second := range []string{"operator", "acme", "globex"} {
			if first == second {
				continue
			}
			sets = append(sets, []string{first, second})
			for _, third := range []string{"operator", "acme", "globex"} {
				if third != first && third != second {
					sets = append(sets, []string{first, second, third})
				}
			}
		}
	}
	return func(yield func(world) bool) {
		for _, acme := range settings {
			for _, globex := range settings {
				for _, memberOf := range [][]string{nil, {"acme"}, {"globex"}, {"acme", "globex"}} {
					for _, connections := range sets {
						for _, host := range []string{"acme", "globex", "app", "login", "nosuch"} {
							if !yield(world{map[string]store.SSO{"acme": acme, "globex": globex}, memberOf, connections, host}) {
								return
							}
						}
					}
				}
			}
		}
	}
}

func (w world) String() string {
	return fmt.Sprintf("sso %v, member of %v, connections %v, host %s", w.sso, w.memberOf, w.connections, w.host)
}
