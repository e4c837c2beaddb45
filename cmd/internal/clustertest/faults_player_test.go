package clustertest

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"
)

// What an answer may take: the contract's bound, and as much again for a
// machine that is busy with something else that one which hangs still shows.
const (
	slack          = 30 * time.Second
	verifyDeadline = time.Second + slack
	loginDeadline  = 25*time.Second + slack
	hung           = 2 * time.Minute
)

const sessionCookie = "__Secure-session"

// account is a person as the model knows them: what was acknowledged, and how
// often the browser cannot know.
type account struct {
	person   string
	places   []string  // organizations of which the database said that they are a member
	moved    time.Time // when it last said something else: instances hear of it a little later
	own      bool      // the first login makes an organization
	accepted bool      // an invitation was accepted
	browsers int

	// Of all the person's browsers, under the storm's lock.
	landed int             // logins that were acknowledged
	doubts int             // logins whose answer was lost: they may have made a session
	live   map[string]bool // sessions by public id; false: ended, and that was acknowledged
}

func (w *storm) account(person string, places ...string) *account {
	a := &account{person: person, places: places, live: map[string]bool{}}
	w.note(func() { w.accounts = append(w.accounts, a) })
	return a
}

// home is where the person lands who asks for nothing.
func (a *account) home(w *storm) string {
	if len(a.places) == 0 {
		return w.URL("app", "/clients")
	}
	return w.URL(a.places[0], "/dashboard")
}

// label is where verify knows the person.
func (a *account) label() string {
	if len(a.places) == 0 {
		return "app"
	}
	return a.places[0]
}

// player is one browser that knows what it was answered.
type player struct {
	*Browser
	w       *storm
	who     *account
	session string // public id of the session that it was answered with, if any
	in      bool   // signed in, according to the last answer
	unsure  bool   // an answer was lost that may have ended its session
}

func (w *storm) player(who *account) *player {
	w.note(func() { who.browsers++ })
	return &player{Browser: w.Browser(who.person), w: w, who: who}
}

// ask is one step, judged by what holds for every answer.
func (p *player) ask(what string, deadline time.Duration, step func(context.Context) (Answer, error)) (Answer, error) {
	ctx, cancel := context.WithTimeout(p.w.ctx, hung)
	defer cancel()
	begun := time.Now()
	a, err := step(ctx)
	took := time.Since(begun)
	l := p.w.ledger
	l.took(what, took)
	l.check(inTime, took < deadline, "%s took %s: %d, %v", what, took, a.Status, err)
	if err != nil {
		return a, err
	}
	signedOut := what == "logout" && a.Status == http.StatusSeeOther
	l.check(cookiesStay, signedOut || p.unsure || takenAway(a) == "", "%s: %d took %s from %s", what, a.Status, takenAway(a), p.Person)
	ours := a.Header.Get("X-Request-Id") != ""
	l.check(outageIsOutage, a.Status != http.StatusInternalServerError && (a.Status != http.StatusServiceUnavailable || !ours || a.Header.Get("Retry-After") != ""),
		"%s: %d, Retry-After %q\n%.300s", what, a.Status, a.Header.Get("Retry-After"), a.Body)
	return a, nil
}

// login is a whole one that has to end at want. It returns whether it did.
func (p *player) login(query, want string) bool {
	begun := time.Now()
	p.w.trying.Add(1)
	defer p.w.trying.Add(-1)
	var callback string
	a, err := p.ask("start", loginDeadline, func(ctx context.Context) (a Answer, err error) {
		callback, a, err = p.Begin(ctx, p.w.Nginx, query)
		return a, err
	})
	if err != nil || callback == "" {
		p.w.lost(begun, a, err) // nothing of ours has changed yet
		return false
	}
	before := p.thief()
	// nginx takes a callback whose instance died to another one, which finds its
	// flow used, and perhaps its session replaced.
	wasUnsure := p.unsure
	p.unsure = wasUnsure || p.w.dying.Load()
	a, err = p.ask("callback", loginDeadline, func(ctx context.Context) (Answer, error) { return p.Get(ctx, p.w.Nginx, callback) })
	if err != nil || a.Status != http.StatusFound {
		p.w.lost(begun, a, err)
		p.unsure = wasUnsure
		if p.w.dying.Load() || !refusedCleanly(a, err) {
			p.unsure = true
			p.w.note(func() { p.who.doubts++ })
		}
		return false
	}
	l := p.w.ledger
	l.check(ownPlace, p.w.theirs(p.who, a.Location()), "%s of %v landed at %s", p.Person, p.who.places, path(a.Location()))
	l.check(outageIsOutage, path(a.Location()) == want, "%s landed at %s and not at %s", p.Person, path(a.Location()), want)
	if a.cookies()[sessionCookie] == "" { // a callback that came again, and landed on the session that there was
		l.check(outageIsOutage, p.in && p.w.dying.Load(), "%s landed without a session", p.Person)
		p.w.landed()
		return true
	}
	if p.session != "" { // the browser had another, which this login replaced
		p.over(before)
	}
	p.in, p.unsure, p.session = true, false, ""
	p.w.note(func() { p.who.landed++ })
	p.w.landed()
	p.verify(p.w.Nginx, p.who.label()) // which session is it
	return true
}

// refusedCleanly tells an answer before which nothing was stored.
func refusedCleanly(a Answer, err error) bool {
	return err == nil && a.Header.Get("X-Request-Id") != "" &&
		slices.Contains([]int{http.StatusBadRequest, http.StatusBadGateway, http.StatusGatewayTimeout}, a.Status)
}

// theirs reports whether a place is one of the person's, or of no organization.
func (w *storm) theirs(who *account, location string) bool {
	for _, slug := range append([]string{"app"}, who.places...) {
		if strings.HasPrefix(location, w.URL(slug, "/")) {
			return true
		}
	}
	return false
}

// verify asks one instance, or any, whether the browser may see a page, and
// returns the status, 0 for no answer.
func (p *player) verify(addr, label string) int {
	a, err := p.ask("verify", verifyDeadline, func(ctx context.Context) (Answer, error) { return p.Verify(ctx, addr, label) })
	l := p.w.ledger
	if err != nil {
		l.check(outageIsOutage, p.w.dying.Load(), "verify: %v", err)
		return 0
	}
	member := label == "app" || slices.Contains(p.who.places, label)
	heard := label == "app" || time.Since(p.who.moved) > soon
	switch a.Status {
	case http.StatusOK:
		l.check(ownPlace, member || !heard, "%s of %v was vouched for at %s", p.Person, p.who.places, label)
		l.check(ownName, a.Header.Get("X-Auth-Request-Email") == address(p.Person), "%s is %s", p.Person, a.Header.Get("X-Auth-Request-Email"))
		id := a.Header.Get("X-Session-Id")
		switch {
		case p.session != "":
			l.check(ownName, id == p.session, "%s has the session %s and not %s", p.Person, id, p.session)
		case !p.unsure:
			p.session = id
			p.w.note(func() { p.who.live[id] = true })
		}
	case http.StatusUnauthorized:
		l.check(endedByNone, p.unsure || !p.in, "%s is signed in and was answered 401", p.Person)
	case http.StatusForbidden:
		l.check(outageIsOutage, !member || !heard, "%s is a member of %v and was refused at %s", p.Person, p.who.places, label)
	default:
		// A 503 that says when to come back; of nginx a 502, when all instances die.
		l.check(outageIsOutage, a.Status == http.StatusServiceUnavailable || p.w.dying.Load(), "verify: %d", a.Status)
	}
	return a.Status
}

// page is GET /login with a session, which lands again.
func (p *player) page() {
	a, err := p.ask("login page", loginDeadline, func(ctx context.Context) (Answer, error) {
		return p.Get(ctx, p.w.Nginx, p.w.Public+"/login")
	})
	if err != nil || p.unsure || !p.in || a.Status != http.StatusFound && a.Status != http.StatusOK {
		return
	}
	l := p.w.ledger
	l.check(endedByNone, a.Status == http.StatusFound, "%s is signed in and was asked to sign in", p.Person)
	l.check(ownPlace, a.Status != http.StatusFound || p.w.theirs(p.who, a.Location()), "%s of %v landed at %s", p.Person, p.who.places, path(a.Location()))
}

func (p *player) logout() {
	before := p.thief()
	a, err := p.ask("logout", loginDeadline, func(ctx context.Context) (Answer, error) {
		return p.Post(ctx, p.w.Nginx, p.w.Public+"/logout", nil)
	})
	if err != nil || a.Status != http.StatusSeeOther {
		p.unsure = true
		return
	}
	if p.session != "" {
		p.over(before)
	}
	p.in, p.unsure, p.session = false, false, ""
}

// over records that the session which a thief has is ended.
func (p *player) over(thief *player) {
	p.w.note(func() {
		p.who.live[p.session] = false
		p.w.thieves = append(p.w.thieves, thief)
	})
}

// thief has the cookies as they are now, and gives none up.
func (p *player) thief() *player {
	var loot stolen
	for name, value := range p.Cookies() {
		loot = append(loot, &http.Cookie{Name: name, Value: value})
	}
	other := &player{Browser: p.w.Browser(p.Person), w: p.w, who: p.who}
	other.Jar = loot
	return other
}
