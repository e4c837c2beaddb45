package clustertest

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// play has one browser live, as one of four kinds of people, until the storm ends.
func (w *storm) play(n int, r *rand.Rand) {
	var live func()
	switch {
	case n%5 < 2:
		live = w.member(w.player(w.account(fmt.Sprintf("member%d", n), "acme")), r)
	case n%5 == 2:
		live = w.leaver(w.player(w.account(fmt.Sprintf("leaver%d", n), "acme")), r)
	case n%5 == 3:
		live = w.newcomer(n, r)
	default:
		live = w.invited(n, r)
	}
	for wait := upTo(r, pause); w.wait(wait); wait = upTo(r, 2*pause) {
		live()
	}
}

// member comes and goes.
func (w *storm) member(p *player, r *rand.Rand) func() {
	w.keep(p)
	return func() {
		switch n := r.IntN(10); {
		case !p.in || n < 6:
			p.login("", p.who.home(w))
		case n < 7:
			p.page()
		case n < 8:
			p.verify(w.Nginx, "beta") // not theirs
		case n < 9:
			p.verify(w.Nginx, "acme")
		default:
			p.logout()
		}
	}
}

// leaver is taken out of an organization, and comes back to it.
func (w *storm) leaver(p *player, r *rand.Rand) func() {
	w.keep(p)
	who := fmt.Sprintf(`profile_id = (SELECT id FROM orglogin.profiles WHERE email = '%s')`, address(p.Person))
	return func() {
		p.login("", p.who.home(w))
		if r.IntN(2) == 0 {
			return
		}
		if len(p.who.places) > 0 {
			statement := `DELETE FROM orglogin.memberships WHERE ` + who
			if r.IntN(2) == 0 {
				statement = `UPDATE orglogin.memberships SET active = false WHERE ` + who
			}
			if w.operate(statement) {
				p.who.places, p.who.moved = nil, time.Now()
			}
		} else if w.operate(fmt.Sprintf(`
			INSERT INTO orglogin.memberships (profile_id, organization_id, role)
			SELECT p.id, o.id, 'member' FROM orglogin.profiles AS p, orglogin.organizations AS o WHERE p.email = '%s' AND o.slug = 'acme'
			ON CONFLICT ON CONSTRAINT memberships_pkey DO UPDATE SET active = true`, address(p.Person))) {
			p.who.places, p.who.moved = []string{"acme"}, time.Now()
		}
	}
}

// newcomer is a new person each time, sometimes with two browsers at once.
func (w *storm) newcomer(n int, r *rand.Rand) func() {
	serial := 0
	var p *player
	return func() {
		if p == nil || p.in {
			serial++
			who := w.account(fmt.Sprintf("newcomer%d-%d", n, serial))
			who.own = true
			p = w.player(who)
			if r.IntN(2) == 0 {
				var other sync.WaitGroup
				defer other.Wait()
				q := w.player(who)
				other.Go(func() { q.login("", q.who.home(w)) })
			}
		}
		p.login("", p.who.home(w))
	}
}

// invited accepts one invitation after another, each as a new person.
func (w *storm) invited(n int, r *rand.Rand) func() {
	serial := 0
	var p *player
	var token string
	return func() {
		if p == nil || p.in {
			person := fmt.Sprintf("invited%d-%d", n, serial+1)
			next := "the-invitation-of-" + person
			if !w.operate(fmt.Sprintf(`
				INSERT INTO orglogin.invitations (organization_id, email, role, token_hash, expires_at)
				SELECT id, '%s', 'member', sha256('%s'), now() + interval '1 hour' FROM orglogin.organizations WHERE slug = 'acme'
				ON CONFLICT ON CONSTRAINT invitations_token_hash_key DO NOTHING`, address(person), next)) {
				return
			}
			serial++
			p, token = w.player(w.account(person, "acme")), next
		}
		p.who.accepted = p.login("?invitation="+token, p.who.home(w))
	}
}
