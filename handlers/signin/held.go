package signin

import (
	"container/list"
	"slices"
	"sync"

	"orglogin/store"
)

const (
	// maxHeld is the number of providers of organizations in memory.
	maxHeld = 256
	// maxTenantExchanges bounds the codes of one organization's provider being
	// redeemed at once. A provider that hangs holds so many logins, and no other's.
	maxTenantExchanges = 32
)

// held keeps the providers of organization connections, those last used. Each has
// its own connections, keys, circuit and bound on logins, so that a provider that
// hangs or floods changes no other's.
type held struct {
	mu     sync.Mutex
	byID   map[string]*list.Element // of *heldProvider
	recent *list.List               // the one last used first
}

type heldProvider struct {
	connection store.Connection // that the provider was made from
	provider   *Provider
}

func newHeld() *held { return &held{byID: make(map[string]*list.Element), recent: list.New()} }

// get returns the provider of c: the one in memory, unless c has changed, or one
// that build returns.
func (h *held) get(c store.Connection, build func(store.Connection) (*Provider, error)) (*Provider, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	old := h.byID[c.ID]
	if old != nil {
		if was := old.Value.(*heldProvider); sameProvider(was.connection, c) {
			h.recent.MoveToFront(old)
			return was.provider, nil
		}
	}
	p, err := build(c)
	if err != nil {
		return nil, err
	}
	if old != nil {
		h.drop(old)
	}
	if h.recent.Len() >= maxHeld {
		h.drop(h.recent.Back())
	}
	h.byID[c.ID] = h.recent.PushFront(&heldProvider{c, p})
	return p, nil
}

// drop forgets a provider and closes its connections. A login in progress goes on.
func (h *held) drop(e *list.Element) {
	was := h.recent.Remove(e).(*heldProvider)
	delete(h.byID, was.connection.ID)
	was.provider.closeIdle()
}

// sameProvider reports whether two states of a connection make the same provider.
func sameProvider(a, b store.Connection) bool {
	return a.Revision == b.Revision && a.Issuer == b.Issuer && a.ClientID == b.ClientID && a.SealedSecret == b.SealedSecret &&
		a.EmailVerified == b.EmailVerified && a.UserInfo == b.UserInfo && a.Private == b.Private &&
		slices.Equal(a.HostedDomains, b.HostedDomains) && slices.Equal(a.Tenants, b.Tenants)
}
