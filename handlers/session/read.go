package session

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"orglogin/handlers/seal"
	"orglogin/store"
)

// Where a request arrived, which says what counts there.
type Where int

// The two kinds of host, and one purpose.
const (
	// Elsewhere is every host but the login host. The live session counts; two
	// of different people are none.
	Elsewhere Where = iota
	// LoginHost is the host of PUBLIC_URL. Only the session bound to the browser
	// cookie counts.
	LoginHost
	// Leaving is LoginHost for who signs out: a session counts even if the clock
	// says that it is over. The clock may be wrong, and right again later.
	Leaving
)

// maxValues is how many values of the session's name are opened.
const maxValues = 8

// Found is the session of a request.
type Found struct {
	// Session is the live one that counts here, or nil.
	Session *store.Session
	// Over says that Session has passed an end of its own. Only for Leaving.
	Over bool
	// Stale says that a dead value arrived, or any beside the bound one. What to
	// remove is for [Keeper.Expire] to say.
	Stale bool
	// Ended says that a value of ours and a browser cookie arrived, and no session is
	// live any more. Only on the login host.
	Ended bool
	// Conflict says that live sessions of different people arrived, so that
	// none counts. Only elsewhere.
	Conflict bool
	// Values is how many different values of the session's name arrived.
	Values int

	genuine string // the value of Session, where it is known to be this browser's
	allDead bool   // every value that arrived was tried and is dead
	host    string // of the request
	path    string // of the request, as in its URL
}

// Read finds the session of a request.
//
// The errors are [ErrTooManyCookies], or that the store did not answer: then
// nothing is known, nothing may be removed, and the answer is 503. Nothing
// found is no error.
func (k *Keeper) Read(ctx context.Context, r *http.Request, where Where) (Found, error) {
	if len(r.Header["Cookie"]) == 0 {
		return Found{}, nil
	}
	if err := CheckCookies(r.Header); err != nil {
		return Found{}, err
	}
	a := k.arrived(r.Header)
	if a.count == 0 {
		return Found{}, nil
	}
	f := Found{Values: a.count, host: r.Host, path: r.URL.EscapedPath()}
	var err error
	if where == Elsewhere {
		err = k.readElsewhere(ctx, a, &f)
	} else {
		err = k.readBound(ctx, a, where == Leaving, &f)
	}
	if err != nil {
		return Found{}, err
	}
	return f, nil
}

func (k *Keeper) readBound(ctx context.Context, a arrived, evenExpired bool, f *Found) error {
	var browserHash []byte
	if a.browsers == 1 {
		browserHash = store.HashToken(a.browser)
	}
	dead := 0
	for _, sealed := range a.opened() {
		s, over, err := k.lookup(ctx, sealed, evenExpired)
		switch {
		case err != nil:
			return err
		case s == nil:
			dead++
			f.Ended = f.Ended || browserHash != nil && k.sealed(sealed)
		case browserHash != nil && subtle.ConstantTimeCompare(s.BrowserHash, browserHash) == 1:
			// There is no second one, so the others need no lookup.
			f.Session, f.Over, f.genuine, f.Stale, f.Ended = s, over, sealed, a.count > 1, false
			return nil
		case over:
			dead++
		}
	}
	f.Stale, f.allDead = dead > 0, dead == a.count
	return nil
}

func (k *Keeper) readElsewhere(ctx context.Context, a arrived, f *Found) error {
	dead := 0
	for _, sealed := range a.opened() {
		s, _, err := k.lookup(ctx, sealed, false)
		switch {
		case err != nil:
			return err
		case s == nil:
			dead++
		case f.Session == nil:
			f.Session = s
		case s.UserID != f.Session.UserID:
			f.Conflict = true
		}
	}
	if f.Conflict {
		f.Session = nil
	}
	f.Stale, f.allDead = dead > 0, dead == a.count
	return nil
}

// SignedIn reports whether the browser has the cookies of a session that has not
// expired. It asks no store, so the session may have ended: it is good enough to choose
// a link, and for nothing else.
func (k *Keeper) SignedIn(r *http.Request) bool {
	a := k.arrived(r.Header)
	if a.browsers != 1 {
		return false
	}
	return slices.ContainsFunc(a.opened(), func(sealed string) bool {
		v, ok := k.open(sealed)
		return ok && k.now().Before(v.expiresAt)
	})
}

// sealed reports whether a value is one that we sealed.
func (k *Keeper) sealed(value string) bool {
	_, ok := k.open(value)
	return ok
}

func (k *Keeper) open(sealed string) (cookieValue, bool) {
	b, err := k.sealer.Open(sealed, k.sessionName)
	if err != nil {
		return cookieValue{}, false
	}
	return decode(b)
}

// lookup returns the live session of a sealed value, nil for a dead one, or the
// store's error. With evenExpired it also returns one that expired, but never one
// that was ended.
func (k *Keeper) lookup(ctx context.Context, sealed string, evenExpired bool) (s *store.Session, over bool, err error) {
	b, err := k.sealer.Open(sealed, k.sessionName)
	if errors.Is(err, seal.ErrOpen) { // anyone can send anything
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("open session: %w", err)
	}
	now := k.now()
	v, ok := decode(b)
	if !ok || !evenExpired && !now.Before(v.expiresAt) {
		return nil, false, nil
	}
	hash := v.secretHash()
	row, err := k.store.Session(ctx, v.userID, hash)
	if errors.Is(err, store.ErrNotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("look up session: %w", err)
	}
	// A store that returns another person's row has failed; the owner of a session
	// must not depend on that.
	if row.UserID != v.userID || subtle.ConstantTimeCompare(row.SecretHash, hash) != 1 {
		return nil, false, errors.New("look up session: the store answered with another session's row")
	}
	row.Connections = k.counting(row.Connections, now)
	over = !row.Live(now, k.idle) || len(row.Connections) == 0
	if over && (!evenExpired || !row.EndedAt.IsZero()) {
		return nil, false, nil
	}
	return &row, over, nil
}

// counting returns the connections that still count at now: each does for the
// lifetime of a session after its login, and an organization's not at all where
// ORGANIZATION_PROVIDERS is off.
func (k *Keeper) counting(all []store.SessionConnection, now time.Time) []store.SessionConnection {
	expired := func(c store.SessionConnection) bool {
		return !now.Before(c.At.Add(k.lifetime)) || k.operatorsOnly && c.OrganizationID != ""
	}
	if !slices.ContainsFunc(all, expired) {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), expired) // others use the same row
}

// arrived is what a request brought under our two names.
type arrived struct {
	values   [maxValues]string // the first ones that differ
	count    int               // how many differ, those past maxValues counted each
	browser  string
	browsers int
}

func (a *arrived) opened() []string { return a.values[:min(a.count, maxValues)] }

func (k *Keeper) arrived(h http.Header) (a arrived) {
	for name, v := range Cookies(h) {
		switch name {
		case k.sessionName:
			a.add(v)
		case k.browserName:
			a.browser = v
			a.browsers++
		}
	}
	return a
}

func (a *arrived) add(v string) {
	for _, seen := range a.opened() {
		if seen == v {
			return
		}
	}
	if a.count < maxValues {
		a.values[a.count] = v
	}
	a.count++
}
