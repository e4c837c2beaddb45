package session

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"time"

	"orglogin/handlers/seal"
	"orglogin/store"
)

// Config is what a [Keeper] is made of. All of it is needed but Suffix and OperatorsOnly.
type Config struct {
	Store      store.Sessions
	Box        *seal.Box
	Now        func() time.Time
	Lifetime   time.Duration // from login to the absolute end
	Idle       time.Duration // without a request
	BaseDomain string        // lower case, no dot before it
	Suffix     string        // of the cookie names, for a second environment under one parent domain
	// OperatorsOnly says that logins by organization connections do not count:
	// ORGANIZATION_PROVIDERS is off.
	OperatorsOnly bool
}

// Keeper starts, finds, keeps alive and ends sessions. It is safe for
// concurrent use.
type Keeper struct {
	store       store.Sessions
	sealer      *seal.Sealer
	now         func() time.Time
	lifetime    time.Duration
	idle        time.Duration
	baseDomain  string
	sessionName string
	browserName string
	touched     *recent

	operatorsOnly bool
}

// New makes a Keeper.
func New(c Config) *Keeper {
	return &Keeper{
		store:       c.Store,
		sealer:      c.Box.Sealer("session"),
		now:         c.Now,
		lifetime:    c.Lifetime,
		idle:        c.Idle,
		baseDomain:  c.BaseDomain,
		sessionName: "__Secure-session" + c.Suffix,
		browserName: "__Host-browser" + c.Suffix,
		touched:     newRecent(touchEvery(c.Idle), maxTouched),

		operatorsOnly: c.OperatorsOnly,
	}
}

// SessionName is the name of the parent domain's cookie, for proxies that strip it.
func (k *Keeper) SessionName() string { return k.sessionName }

// BrowserName is the name of the login host's cookie.
func (k *Keeper) BrowserName() string { return k.browserName }

// Fresh is a new session: its row, and the secrets that only the browser gets.
// Nothing of it comes from the request.
type Fresh struct {
	// Row is for [store.Login]; UserID is the store's to set.
	Row     store.Session
	secret  [secretSize]byte
	browser string
}

// Fresh makes a session that begins now. Its end is a whole second, so that
// cookie and row say the same.
func (k *Keeper) Fresh() Fresh {
	now := k.now().UTC()
	var f Fresh
	rand.Read(f.secret[:]) // never fails since Go 1.24
	var browser [16]byte
	rand.Read(browser[:])
	f.browser = base64.RawURLEncoding.EncodeToString(browser[:])
	f.Row = store.Session{
		ID:          store.NewID(),
		SecretHash:  cookieValue{secret: f.secret}.secretHash(),
		BrowserHash: store.HashToken(f.browser),
		CreatedAt:   now,
		LastSeenAt:  now,
		ExpiresAt:   now.Add(k.lifetime).Truncate(time.Second),
	}
	return f
}

// End ends one session, on the server, now.
func (k *Keeper) End(ctx context.Context, s *store.Session) error {
	if err := k.store.EndSession(ctx, s.UserID, s.ID, k.now()); err != nil {
		return fmt.Errorf("end session %s: %w", s.ID, err)
	}
	return nil
}

// EndAll ends all of the person's sessions, on the server, now, and returns how
// many were live.
func (k *Keeper) EndAll(ctx context.Context, userID string) (int, error) {
	n, err := k.store.EndSessions(ctx, userID, k.now())
	if err != nil {
		return 0, fmt.Errorf("end sessions of %s: %w", userID, err)
	}
	return n, nil
}

// EndOrganizations ends the person's sessions that have connections of the same
// organizations as s, and no others.
func (k *Keeper) EndOrganizations(ctx context.Context, s *store.Session) (int, error) {
	var ids []string
	for _, c := range s.Connections {
		ids = append(ids, c.OrganizationID)
	}
	n, err := k.store.EndOrganizationSessions(ctx, s.UserID, ids, k.now())
	if err != nil {
		return 0, fmt.Errorf("end sessions of %s: %w", s.UserID, err)
	}
	return n, nil
}
