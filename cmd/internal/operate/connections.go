package operate

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"orglogin/cmd/internal/config"
	"orglogin/handlers/seal"
	"orglogin/handlers/signin"
	"orglogin/redirect"
	"orglogin/store"
	"orglogin/store/cache"
)

// OutboundRules say where the provider of an organization may be.
type OutboundRules struct {
	Site            redirect.Site
	AllowedNetworks []netip.Prefix
}

// AddedConnection is a draft, and the redirect URI to register with its provider.
type AddedConnection struct{ ID, RedirectURL string }

// AddConnection stores a draft whose secret is sealed with the first key. The
// error is a [config.Misuse] where no organization may have such a provider.
func (o *Operator) AddConnection(ctx context.Context, keys [][]byte, rules OutboundRules, checked config.Connection, organization string) (added AddedConnection, err error) {
	box, err := seal.NewBox(keys)
	if err != nil {
		return added, err
	}
	id := store.NewConnectionID()
	err = signin.RegistryConfig{
		PublicURL: rules.Site.Public.String(), AllowedNetworks: rules.AllowedNetworks, OurHost: rules.Site.OwnsHost,
	}.CheckTenant(store.Connection{
		ID: id, Issuer: checked.Issuer, ClientID: checked.ClientID, HostedDomains: checked.HostedDomains, EmailVerified: checked.EmailVerified, Private: checked.Private,
	})
	if err != nil {
		return added, config.Misuse(err.Error())
	}
	err = o.db.AddConnection(ctx, store.NewConnection{
		ID: id, OrganizationSlug: organization, Name: checked.Name, Issuer: checked.Issuer, ClientID: checked.ClientID,
		SealedSecret:  box.Sealer(seal.ConnectionSecret).Seal([]byte(checked.ClientSecret), id),
		EmailVerified: checked.EmailVerified, UserInfo: checked.UserInfo, HostedDomains: checked.HostedDomains, Private: checked.Private,
	}, o.now())
	switch {
	case errors.Is(err, store.ErrNotFound):
		return added, noOrganization(organization)
	case errors.Is(err, store.ErrConflict):
		return added, fmt.Errorf("organization %s has %d connections, which is the most: remove one first", organization, store.MaxConnections)
	case err != nil:
		return added, err
	}
	o.publishChanges(ctx, cache.Change{})
	return AddedConnection{id, signin.RedirectURL(rules.Site.Public.String(), id)}, nil
}

func noOrganization(slug string) error {
	return fmt.Errorf("no organization has the slug %s", config.Show(slug))
}

// Connections lists those of an organization, oldest first.
func (o *Operator) Connections(ctx context.Context, organization string) ([]store.Connection, error) {
	all, err := o.db.ListConnections(ctx, organization)
	if errors.Is(err, store.ErrNotFound) {
		return nil, noOrganization(organization)
	}
	return all, err
}

// connectionTestLifetime is how long the link of a test login is good.
const connectionTestLifetime = 15 * time.Minute

// TestConnection returns the link of a test login, good once and for 15 minutes. It shows the
// claims, changes no session, and makes a draft a tested connection.
func (o *Operator) TestConnection(ctx context.Context, public redirect.Origin, id string) (string, error) {
	token := store.NewInvitationToken()
	err := o.db.NewConnectionTest(ctx, id, store.HashToken(token), o.now().Add(connectionTestLifetime))
	if err != nil {
		return "", connectionError(id, err)
	}
	return public.String() + "/auth/start?connection=" + id + "&test=" + token, nil
}

// ActivateConnection makes a tested connection one that people can sign in with.
func (o *Operator) ActivateConnection(ctx context.Context, id string) error {
	err := o.db.ActivateConnection(ctx, id)
	if errors.Is(err, store.ErrConflict) {
		return fmt.Errorf("not_tested: connection %s has had no test login since its last change: run: orglogin connections test %s", id, id)
	}
	if err != nil {
		return connectionError(id, err)
	}
	o.publishChanges(ctx, cache.Change{})
	return nil
}

// DisableConnection ends what the connection opened. The organization is the connection's.
func (o *Operator) DisableConnection(ctx context.Context, id string) (store.Organization, error) {
	return o.endConnection(ctx, id, o.db.DisableConnection)
}

// RemoveConnection disables and deletes it.
func (o *Operator) RemoveConnection(ctx context.Context, id string) (store.Organization, error) {
	return o.endConnection(ctx, id, o.db.RemoveConnection)
}

func (o *Operator) endConnection(ctx context.Context, id string, end func(context.Context, string, time.Time) (store.Organization, error)) (store.Organization, error) {
	org, err := end(ctx, id, o.now())
	if err != nil {
		return store.Organization{}, connectionError(id, err)
	}
	o.publishChanges(ctx, cache.Change{})
	return org, nil
}

func connectionError(id string, err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("no connection has the id %s", config.Show(id))
	}
	return err
}

// SetSSO says whether an organization's connections open it, and whether they alone do.
func (o *Operator) SetSSO(ctx context.Context, organization string, sso store.SSO) error {
	err := o.db.SetSSO(ctx, organization, sso)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return noOrganization(organization)
	case errors.Is(err, store.ErrConflict):
		return fmt.Errorf("organization %s has no active connection, so no login could open it: run: orglogin connections activate ID", organization)
	case err != nil:
		return err
	}
	o.publishChanges(ctx, cache.Change{})
	return nil
}

// ResealSecrets seals every stored client secret again with the newest key, and returns how many.
func (o *Operator) ResealSecrets(ctx context.Context, keys [][]byte) (int, error) {
	box, err := seal.NewBox(keys)
	if err != nil {
		return 0, err
	}
	sealer := box.Sealer(seal.ConnectionSecret)
	return o.db.ResealConnections(ctx, func(id, sealed string) (string, error) {
		secret, err := sealer.Open(sealed, id)
		if err != nil {
			return "", fmt.Errorf("the client secret of connection %s was sealed with none of %sSECRET_KEYS: add the key that it was sealed with at the end", id, config.Prefix)
		}
		return sealer.Seal(secret, id), nil
	})
}
