package clustertest

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"orglogin/store/postgres/pgtest"
)

var seedFlag = flag.Uint64("seed", 0, "of what browsers and faults choose; a test that chooses prints its own")

// seed is the one given, or a new one, which it prints.
func seed(t *testing.T) uint64 {
	s := *seedFlag
	if s == 0 {
		s = rand.Uint64()
	}
	t.Logf("-seed %d chooses the same again", s)
	return s
}

const (
	browsers  = 50  // that log in
	verifiers = 500 // sessions that proxies ask about
	// pause is how long a browser waits between two steps, on average, and
	// asking how long a proxy does: the machine has other work too.
	pause  = 800 * time.Millisecond
	asking = 2500 * time.Millisecond
)

// storm is a cluster of which every part can fail, browsers that log in,
// sessions that are asked about, and what the answers to all of them were.
type storm struct {
	*fixture
	ctx      context.Context
	provider *providerProcess
	wires    struct{ provider, redis, postgres *wire }
	ledger   *ledger
	operator *pgxpool.Pool // past every wire

	stop    chan struct{}
	running sync.WaitGroup
	trying  atomic.Int64 // logins under way
	dying   atomic.Bool  // instances are killed: some answers never come, and nginx asks again

	mu       sync.Mutex
	accounts []*account
	kept     []*player // browsers that live on
	thieves  []*player // who have what was ended
	landings int
	row      int // of landings since the last login that was lost
	losses   []loss
	deaths   []span // of instances
}

// span is a stretch of time. One that is not over has no end.
type span struct{ from, to time.Time }

func (s span) meets(o span) bool {
	return !s.from.After(o.to) && (s.to.IsZero() || !o.from.After(s.to))
}

// loss is a login that did not land.
type loss struct {
	span
	Answer
	err error
}

// slow reports whether the machine lost it, which was busy with something else:
// a statement has three seconds, a call to the provider ten. What a fault does
// is answered sooner, and a fault that only hangs lets no login land.
func (l loss) slow() bool {
	return l.to.Sub(l.from) >= 2*time.Second &&
		(l.Status == http.StatusServiceUnavailable || l.Status == http.StatusGatewayTimeout)
}

func newStorm(t *testing.T) *storm {
	w := &storm{ctx: t.Context(), ledger: newLedger(), stop: make(chan struct{})}
	w.provider, w.wires.provider = newProviderProcess(t)
	acme := Place{Slug: "acme", Members: []string{"ann"}}
	for n := range crowd {
		acme.Members = append(acme.Members, guest(n))
	}
	for n := range browsers {
		acme.Members = append(acme.Members, fmt.Sprintf("member%d", n), fmt.Sprintf("leaver%d", n))
	}
	w.fixture = newFixtureOn(t, pgtest.StartServer(t), func(c *Config) {
		c.Places = []Place{acme, {Slug: "beta", Members: []string{"bea"}}}
		c.Issuer = w.provider.issuer
		w.wires.redis = newWire(t, strings.TrimPrefix(c.Redis, "redis://"))
		c.Redis = "redis://" + w.wires.redis.Addr
		u, err := url.Parse(c.Runtime)
		if err != nil {
			t.Fatal(err)
		}
		w.wires.postgres = newWire(t, u.Host)
		u.Host = w.wires.postgres.Addr
		c.Runtime = u.String()
		// What is known is asked for again soon, so that outages are seen.
		c.Env = []string{"ORGLOGIN_CACHE_TTL=1s"}
	})
	var err error
	if w.operator, err = pgxpool.New(t.Context(), w.db.Superuser); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.operator.Close)
	t.Cleanup(w.end)
	return w
}

// begin has everybody sign in whose session is asked about later, then starts
// all of them.
func (w *storm) begin(t *testing.T, seed uint64) {
	t.Helper()
	asked := make([]*player, verifiers)
	people := make([]*account, crowd)
	for n := range people {
		people[n] = w.account(guest(n), "acme")
	}
	var in sync.WaitGroup
	places := make(chan struct{}, 16)
	for n := range asked {
		asked[n] = w.player(people[n%crowd])
		w.keep(asked[n])
		in.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			w.lands(asked[n])
		})
	}
	in.Wait()
	for n, p := range asked {
		w.running.Go(func() {
			r := rand.New(rand.NewPCG(seed, uint64(n)))
			for wait := upTo(r, asking); w.wait(wait); wait = upTo(r, 2*asking) {
				n++
				p.verify(w.Instances[n%len(w.Instances)].Addr, p.who.label())
			}
		})
	}
	for n := range browsers {
		w.running.Go(func() { w.play(n, rand.New(rand.NewPCG(seed, uint64(verifiers+n)))) })
	}
}

// lands is a login that the machine alone may lose, and then another.
func (w *storm) lands(p *player) {
	for !p.login("", p.who.home(w)) {
		var last loss
		w.note(func() { last = w.losses[len(w.losses)-1] })
		w.ledger.check(everybodyReturn, last.slow(), "a login of %s was answered %d, %v", p.Person, last.Status, last.err)
		if !last.slow() {
			return
		}
	}
}

// end lets everybody finish what they do.
func (w *storm) end() {
	select {
	case <-w.stop:
	default:
		close(w.stop)
	}
	w.running.Wait()
}

// wait is false when the storm is over.
func (w *storm) wait(d time.Duration) bool {
	select {
	case <-w.stop:
		return false
	case <-time.After(d):
		return true
	}
}

func (w *storm) note(what func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	what()
}

func (w *storm) keep(p *player) { w.note(func() { w.kept = append(w.kept, p) }) }

func (w *storm) landed() { w.note(func() { w.landings++; w.row++ }) }

func (w *storm) lost(begun time.Time, a Answer, err error) {
	w.note(func() {
		w.row = 0
		w.losses = append(w.losses, loss{span{begun, time.Now()}, a, err})
	})
}

// operate changes the database as an operator does, who tries until it is
// done. It is false when the storm is over before.
func (w *storm) operate(statement string) bool {
	for {
		if _, err := w.operator.Exec(w.ctx, statement); err == nil {
			return true
		}
		if !w.wait(50 * time.Millisecond) {
			return false
		}
	}
}

// upTo is a random time below d.
func upTo(r *rand.Rand, d time.Duration) time.Duration { return time.Duration(r.Int64N(int64(d))) }
