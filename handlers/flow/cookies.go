package flow

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"orglogin/handlers/seal"
	"orglogin/handlers/session"
	"orglogin/handlers/signin"
	"orglogin/store"
)

// Lifetime is how long a login may take, from its start to the provider's answer.
const Lifetime = 15 * time.Minute

const (
	maxFlows     = 12   // at once in one browser
	maxState     = 8192 // a sealed intent is under 4 KiB
	stateHashLen = 16
	flowIDLength = 22 // signin.Flow.ID
	endedFlow    = "ended"

	signedOutID   = "signed-out" // no flow has it: the length differs
	signedOutHere = "here"
)

// SignedOutShown is what [Cookies.ReadSignedOut] returns once a page has confirmed the
// sign-out.
const SignedOutShown = "shown"

// SignedOutEverywhere is what [Cookies.ReadSignedOut] returns after all sessions of the
// person were ended.
const SignedOutEverywhere = "everywhere"

var errEnded = errors.New("flow: the flow has ended")

// Cookies keep a login in progress in the browser that began it: what must stay
// secret in a cookie of its own, what it came for in state.
type Cookies struct {
	cookie, state *seal.Sealer
	prefix        string // of the cookie names; the flow's id follows
}

// New seals with box. The suffix is that of every cookie name.
func New(box *seal.Box, suffix string) Cookies {
	return Cookies{
		cookie: box.Sealer("flow"),
		state:  box.Sealer("state"),
		prefix: "__Host-flow" + suffix + "-",
	}
}

// State seals the flow's id with the intent. The environment's cookie prefix
// is bound in, so that a state of another environment with the same key is none.
func (f Cookies) State(id string, in Intent) string {
	b := append([]byte{byte(len(id))}, id...)
	return f.state.Seal(in.appendBinary(b), f.prefix)
}

// OpenState is the reverse of State; an error means that we did not write it.
func (f Cookies) OpenState(state string) (id string, in Intent, err error) {
	if len(state) > maxState {
		return "", in, errIntent
	}
	b, err := f.state.Open(state, f.prefix)
	if err != nil {
		return "", in, err
	}
	if len(b) == 0 || len(b) < 1+int(b[0]) {
		return "", in, errIntent
	}
	id = string(b[1 : 1+int(b[0])])
	in, err = parseIntent(b[1+int(b[0]):])
	return id, in, err
}

// Login is a login in progress, as its cookie keeps it.
type Login struct {
	signin.Flow
	// Test is the revision of the connection that a test login is for, 0 for a login.
	Test int64
}

// Cookie is the flow's own cookie. Its value binds the whole state, so that a
// state cannot be swapped for another one of ours.
func (f Cookies) Cookie(l Login, state string) *http.Cookie {
	sum := sha256.Sum256([]byte(state))
	value := strings.Join([]string{
		l.Verifier, l.Nonce, strconv.FormatInt(l.Begun.UnixMilli(), 10), l.Connection, strconv.FormatInt(l.Test, 10), string(sum[:stateHashLen]),
	}, "\n")
	name := f.prefix + l.ID
	return f.host(name, f.cookie.Seal([]byte(value), name), int(Lifetime/time.Second))
}

// Remove expires a flow's cookie.
func (f Cookies) Remove(id string) *http.Cookie { return f.host(f.prefix+id, "", -1) }

// Ended is the cookie of a flow that ended without a login. With it a reload of
// the callback differs from a browser that kept no cookie.
func (f Cookies) Ended(id string) *http.Cookie {
	name := f.prefix + id
	return f.host(name, f.cookie.Seal([]byte(endedFlow), name), int(Lifetime/time.Second))
}

// SignedOut is the cookie that a sign-out leaves, for as long as a flow may take:
// the login page confirms it once, and the link on it asks for the account chooser,
// because the next person at a shared computer has an account of their own.
func (f Cookies) SignedOut(everywhere bool) *http.Cookie {
	if everywhere {
		return f.signedOut(SignedOutEverywhere)
	}
	return f.signedOut(signedOutHere)
}

// ShowSignedOut replaces the cookie of [Cookies.SignedOut] once a page confirms it.
func (f Cookies) ShowSignedOut() *http.Cookie { return f.signedOut(SignedOutShown) }

func (f Cookies) signedOut(value string) *http.Cookie {
	name := f.prefix + signedOutID
	return f.host(name, f.cookie.Seal([]byte(value), name), int(Lifetime/time.Second))
}

// RemoveSignedOut expires the cookie of [Cookies.SignedOut].
func (f Cookies) RemoveSignedOut() *http.Cookie { return f.Remove(signedOutID) }

// ReadSignedOut returns which sign-out this browser comes from, or "".
func (f Cookies) ReadSignedOut(r *http.Request) string {
	name := f.prefix + signedOutID
	for cookie, value := range session.Cookies(r.Header) {
		if cookie == name {
			b, _ := f.cookie.Open(value, name)
			return string(b)
		}
	}
	return ""
}

func (f Cookies) host(name, value string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: maxAge,
		Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}

// Read finds the flow of this browser by id. The reason is empty, or why it
// cannot go on: no cookie of ours came, it belongs to another state, or the flow
// has ended.
func (f Cookies) Read(r *http.Request, id, state string) (Login, store.Reason) {
	name := f.prefix + id
	for cookie, value := range session.Cookies(r.Header) {
		if cookie != name {
			continue
		}
		login, hash, err := f.open(name, value)
		if errors.Is(err, errEnded) {
			return Login{}, store.FlowUsed
		} else if err != nil {
			continue
		}
		sum := sha256.Sum256([]byte(state))
		if subtle.ConstantTimeCompare([]byte(hash), sum[:stateHashLen]) != 1 {
			return Login{}, store.BadState
		}
		return login, ""
	}
	return Login{}, store.NoCookie
}

func (f Cookies) open(name, value string) (l Login, stateHash string, err error) {
	b, err := f.cookie.Open(value, name)
	if err != nil {
		return l, "", err
	}
	if string(b) == endedFlow {
		return l, "", errEnded
	}
	parts := strings.SplitN(string(b), "\n", 6)
	if len(parts) != 6 {
		return l, "", errIntent
	}
	begun, err := strconv.ParseInt(parts[2], 10, 64)
	if err != nil {
		return l, "", errIntent
	}
	if l.Test, err = strconv.ParseInt(parts[4], 10, 64); err != nil {
		return l, "", errIntent
	}
	l.Flow = signin.Flow{
		ID: strings.TrimPrefix(name, f.prefix), Verifier: parts[0], Nonce: parts[1], Begun: time.UnixMilli(begun), Connection: parts[3],
	}
	return l, parts[5], nil
}

// Surplus returns the ids of the flows that make way for a new one: what we cannot read
// first, then the oldest.
func (f Cookies) Surplus(r *http.Request) []string {
	type held struct {
		id    string
		begun time.Time
	}
	var all []held
	for name, value := range session.Cookies(r.Header) {
		id, ours := strings.CutPrefix(name, f.prefix)
		if !ours || len(id) != flowIDLength { // longer: a flow of an environment with a suffix
			continue
		}
		flow, _, _ := f.open(name, value) // the zero time when it cannot be read
		all = append(all, held{id, flow.Begun})
	}
	var drop []string
	for len(all) >= maxFlows {
		oldest := 0
		for i := range all {
			if all[i].begun.Before(all[oldest].begun) {
				oldest = i
			}
		}
		drop = append(drop, all[oldest].id)
		all = append(all[:oldest], all[oldest+1:]...)
	}
	return drop
}
