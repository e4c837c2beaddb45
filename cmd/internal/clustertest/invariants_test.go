package clustertest

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// What holds whatever happens to the provider, Redis, PostgreSQL, an instance,
// the disk or the clock.
const (
	ownPlace        = "no person lands at, or is vouched for, an organization that is not theirs"
	ownName         = "no person is taken for another"
	wholeChain      = "no chain is half, and no person has two"
	acceptedMember  = "no invitation is accepted without its membership, nor the reverse"
	keptWrite       = "what was acknowledged is in the database"
	endedStays      = "no session is alive that was ended"
	endedByNone     = "no session ends that was not ended"
	oneSession      = "no browser has two sessions"
	cookiesStay     = "no outage removes a cookie"
	outageIsOutage  = "an outage is answered as one: no refusal, no fallback, no bare error"
	inTime          = "no answer is later than its deadline"
	onlyInFlight    = "a login is lost only in flight with a fault that may lose it"
	everybodyReturn = "everybody logs in again, at the first try"
	backToBefore    = "memory, goroutines and files come back to where they were"
)

// invariant is one of them, and how it is read.
type invariant struct{ name, read string }

func invariants() []invariant {
	return []invariant{
		{ownPlace, "Location of each landing and each 200 of verify, against the memberships that the database acknowledged"},
		{ownName, "X-Auth-Request-Email and X-Session-Id of each 200 of verify, against who signed in at the provider"},
		{wholeChain, "SQL at the end: one profile for each identity; of a newcomer one owner membership, organization and workspace"},
		{acceptedMember, "SQL at the end: accepted_by against memberships, both ways"},
		{keptWrite, "SQL at the end: the session of each landing, the end of each logout, each acceptance, each membership given or taken"},
		{endedStays, "SQL at the end, and each instance asked with cookies copied before the logout or the login that replaced them"},
		{endedByNone, "each answer to a browser whose last login was acknowledged, SQL and each instance at the end"},
		{oneSession, "SQL at the end: live sessions against browsers, and one more for each login whose answer was lost"},
		{cookiesStay, "Set-Cookie of each answer, but that of a logout"},
		{outageIsOutage, "status of each answer: a member never gets 401, 403, the fallback or 500; 503 says when to come back"},
		{inTime, "each answer, by the browser's clock: what the contract promises and slack for the machine"},
		{onlyInFlight, "each login that was lost: it must have been under way during a fault that may lose logins"},
		{everybodyReturn, "each browser, at the end"},
		{backToBefore, "metrics of each instance that was not restarted, before and after"},
	}
}

func allInvariants() (names []string) {
	for _, i := range invariants() {
		names = append(names, i.name)
	}
	return names
}

// ledger counts what was checked and keeps what was broken.
type ledger struct {
	mu      sync.Mutex
	checked map[string]int
	broken  []string
	latest  map[string]time.Duration // the latest answer, by what was asked
}

func newLedger() *ledger {
	return &ledger{checked: map[string]int{}, latest: map[string]time.Duration{}}
}

// check is one reading of an invariant. The text says what was seen instead.
func (l *ledger) check(name string, holds bool, format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.checked[name]++
	if !holds {
		l.broken = append(l.broken, name+": "+fmt.Sprintf(format, args...))
	}
}

func (l *ledger) took(what string, d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.latest[what] = max(l.latest[what], d)
}

// isBroken reports whether to give up.
func (l *ledger) isBroken() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.broken) > 0
}

// close fails the test for what was broken, and for what was never read. Of
// each invariant at most five are reported.
func (l *ledger) close(t *testing.T, names ...string) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	reported := map[string]int{}
	for _, line := range l.broken {
		name, _, _ := strings.Cut(line, ": ")
		if reported[name]++; reported[name] <= 5 {
			t.Error(line)
		}
	}
	all := 0
	for _, i := range invariants() {
		all += l.checked[i.name]
		switch {
		case !slices.Contains(names, i.name):
		case l.checked[i.name] == 0:
			t.Errorf("%q was never read", i.name)
		default:
			t.Logf("%7d × %s (%s)", l.checked[i.name], i.name, i.read)
		}
	}
	t.Logf("%d checks, %d broken", all, len(l.broken))
	for what, d := range l.latest {
		t.Logf("the latest %s took %s", what, d.Round(time.Millisecond))
	}
}
