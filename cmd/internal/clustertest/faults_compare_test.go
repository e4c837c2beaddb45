package clustertest

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
)

// compare compares what every browser was answered with the database, past every policy,
// and asks every instance once more. The storm is over.
func (w *storm) compare(t *testing.T) {
	t.Helper()
	for _, broken := range brokenRows(t, w.operator) {
		w.ledger.check(broken.name, broken.count == 0, "%d rows: %s", broken.count, broken.what)
	}
	sessions := w.sessions(t)
	members := w.members(t)
	for _, a := range w.accounts {
		w.compareAccount(a, sessions[address(a.person)], members[address(a.person)])
	}
	w.nothingEndedIsAlive(t)
	w.everyBrowserReturns(t, sessions)
}

// brokenRow is something that no row may be.
type brokenRow struct {
	name, what, query string
	count             int
}

// brokenRules are what SQL can say of any database of the service.
func brokenRules() []brokenRow {
	return []brokenRow{
		{name: wholeChain, what: "a profile without an identity", query: `
			SELECT count(*) FROM orglogin.profiles AS p
			WHERE NOT EXISTS (SELECT FROM orglogin.identities AS i WHERE i.profile_id = p.id)`},
		{name: wholeChain, what: "an address with two profiles", query: `
			SELECT count(*) FROM (SELECT FROM orglogin.profiles GROUP BY email HAVING count(*) > 1) AS twice`},
		{name: wholeChain, what: "an organization without a workspace, or with two", query: `
			SELECT count(*) FROM orglogin.organizations AS o
			WHERE (SELECT count(*) FROM orglogin.workspaces AS w WHERE w.organization_id = o.id) <> 1`},
		{name: wholeChain, what: "an organization without members", query: `
			SELECT count(*) FROM orglogin.organizations AS o
			WHERE NOT EXISTS (SELECT FROM orglogin.memberships AS m WHERE m.organization_id = o.id)`},
		{name: wholeChain, what: "a newcomer who does not own exactly one organization", query: `
			SELECT count(*) FROM orglogin.profiles AS p
			WHERE p.email LIKE 'newcomer%' AND (
				SELECT count(*) FROM orglogin.memberships AS m WHERE m.profile_id = p.id AND m.role = 'owner' AND m.active) <> 1`},
		{name: acceptedMember, what: "an accepted invitation without its membership", query: `
			SELECT count(*) FROM orglogin.invitations AS i
			WHERE i.accepted_by IS NOT NULL AND NOT EXISTS (
				SELECT FROM orglogin.memberships AS m
				WHERE m.profile_id = i.accepted_by AND m.organization_id = i.organization_id AND m.active)`},
		{name: acceptedMember, what: "a membership of an invited person who accepted nothing", query: `
			SELECT count(*) FROM orglogin.memberships AS m
			JOIN orglogin.profiles AS p ON p.id = m.profile_id
			WHERE p.email LIKE 'invited%' AND NOT EXISTS (
				SELECT FROM orglogin.invitations AS i
				WHERE i.accepted_by = m.profile_id AND i.organization_id = m.organization_id)`},
		{name: acceptedMember, what: "an invitation accepted by another address", query: `
			SELECT count(*) FROM orglogin.invitations AS i
			JOIN orglogin.profiles AS p ON p.id = i.accepted_by
			WHERE p.email <> i.email`},
		{name: ownPlace, what: "a newcomer in another person's organization", query: `
			SELECT count(*) FROM orglogin.memberships AS m
			JOIN orglogin.profiles AS p ON p.id = m.profile_id
			JOIN orglogin.organizations AS o ON o.id = m.organization_id
			WHERE p.email LIKE 'newcomer%' AND o.slug IN ('acme', 'beta')`},
	}
}

// asked is a connection, a pool or a transaction.
type asked interface {
	QueryRow(ctx context.Context, query string, args ...any) pgx.Row
}

func brokenRows(t *testing.T, db asked) []brokenRow {
	t.Helper()
	rows := brokenRules()
	for n := range rows {
		if err := db.QueryRow(t.Context(), rows[n].query).Scan(&rows[n].count); err != nil {
			t.Fatalf("%s: %v", rows[n].what, err)
		}
	}
	return rows
}

// sessions tells by address, then by public id, whether each session is live.
func (w *storm) sessions(t *testing.T) map[string]map[string]bool {
	t.Helper()
	rows, err := w.operator.Query(w.ctx, `
		SELECT p.email, s.id::text, s.ended_at IS NULL
		FROM orglogin.sessions AS s JOIN orglogin.profiles AS p ON p.id = s.profile_id`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	found := map[string]map[string]bool{}
	for rows.Next() {
		var email, id string
		var live bool
		if err := rows.Scan(&email, &id, &live); err != nil {
			t.Fatal(err)
		}
		if found[email] == nil {
			found[email] = map[string]bool{}
		}
		found[email][id] = live
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return found
}

// members returns by address of which places a person is an active member.
func (w *storm) members(t *testing.T) map[string][]string {
	t.Helper()
	rows, err := w.operator.Query(w.ctx, `
		SELECT p.email, o.slug
		FROM orglogin.memberships AS m
		JOIN orglogin.profiles AS p ON p.id = m.profile_id
		JOIN orglogin.organizations AS o ON o.id = m.organization_id
		WHERE m.active`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	found := map[string][]string{}
	for rows.Next() {
		var email, slug string
		if err := rows.Scan(&email, &slug); err != nil {
			t.Fatal(err)
		}
		found[email] = append(found[email], slug)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return found
}

// compareAccount compares one person.
func (w *storm) compareAccount(a *account, rows map[string]bool, places []string) {
	l := w.ledger
	alive := 0
	for _, live := range rows {
		if live {
			alive++
		}
	}
	l.check(keptWrite, len(rows) >= a.landed, "%s landed %d times and has %d sessions", a.person, a.landed, len(rows))
	l.check(oneSession, len(rows) <= a.landed+a.doubts, "%s landed %d times, perhaps %d more, and has %d sessions", a.person, a.landed, a.doubts, len(rows))
	l.check(oneSession, alive <= a.browsers+a.doubts, "%s has %d live sessions in %d browsers, with %d logins in doubt", a.person, alive, a.browsers, a.doubts)
	for id, reported := range a.live {
		live, there := rows[id]
		l.check(keptWrite, there, "the session %s of %s is gone", id, a.person)
		if !reported {
			l.check(endedStays, !live, "the session %s of %s is alive", id, a.person)
		}
	}
	switch {
	case a.own && a.landed > 0:
		l.check(keptWrite, len(places) == 1, "%s landed and is a member of %v", a.person, places)
	case a.own:
	case a.accepted || a.landed > 0:
		l.check(keptWrite, slices.Equal(places, a.places), "%s is a member of %v and not of %v", a.person, places, a.places)
	}
}

// everyBrowserReturns asks every instance for each session that was never ended,
// then has every browser log in.
func (w *storm) everyBrowserReturns(t *testing.T, rows map[string]map[string]bool) {
	t.Helper()
	for n, p := range w.kept {
		if p.in && !p.unsure && p.session != "" {
			w.ledger.check(endedByNone, rows[address(p.Person)][p.session], "the session %s of %s is ended", p.session, p.Person)
			w.known(t, p, w.Instances[n%len(w.Instances)])
		}
	}
	for n, p := range w.kept {
		if n%10 == 0 || n >= verifiers {
			landings := w.landings
			w.lands(p)
			w.ledger.check(everybodyReturn, w.landings > landings, "%s does not land", p.Person)
		}
	}
}

// known waits until an instance vouches for a person: it may have heard of a
// membership late, never not.
func (w *storm) known(t *testing.T, p *player, i *Instance) {
	t.Helper()
	eventually(t, fmt.Sprintf("%s is vouched for at %s by %s", p.Person, p.who.label(), i.Addr), func() bool {
		return p.verify(i.Addr, p.who.label()) == http.StatusOK
	})
}

// nothingEndedIsAlive asks every instance with the cookies of those who copied
// them in time. What was heard late is heard by now.
func (w *storm) nothingEndedIsAlive(t *testing.T) {
	t.Helper()
	for n, thief := range w.thieves {
		if n%(1+len(w.thieves)/300) != 0 { // enough
			continue
		}
		for _, i := range w.Instances {
			status := 0
			eventually(t, "an answer about a session that was ended", func() bool {
				a, err := thief.Verify(w.ctx, i.Addr, "app")
				status = a.Status
				return err == nil && a.Status != http.StatusServiceUnavailable
			})
			w.ledger.check(endedStays, status == http.StatusUnauthorized, "a session of %s that was ended is answered %d by %s", thief.Person, status, i.Addr)
		}
	}
}
