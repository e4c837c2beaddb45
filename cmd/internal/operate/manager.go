package operate

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"time"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/domains"
	"orglogin/handlers/seal"
	"orglogin/handlers/signin"
	"orglogin/redirect"
	"orglogin/store"
	"orglogin/store/cache"
	"orglogin/store/manage"
)

// ManagerConfig is what a [manage.Manager] works with. What its operations do not need may be missing.
type ManagerConfig struct {
	Database manage.Database
	Now      func() time.Time
	Site     redirect.Site // where links lead, and which names are the service's own
	Keys     [][]byte      // SECRET_KEYS, newest first
	// AllowedNetworks are those in which an organization's provider may be although they are private.
	AllowedNetworks []netip.Prefix
	DNSResolver     string // HOST:PORT; empty is the system's
	SendMail        bool   // whether invitations can be sent
	// Publish notifies the running instances of what has changed. It may be nil.
	Publish func(ctx context.Context, changes ...cache.Change)
}

// NewManager returns the operations for the commands and for the API.
func NewManager(c ManagerConfig) (*manage.Manager, error) {
	m := &manage.Manager{
		Database: c.Database, Now: c.Now, Reserved: config.Reserved(c.Site), PublicURL: c.publicURL(),
		CheckProvider: c.checkProvider,
		DomainName:    func(text string) (string, error) { return domains.Name(text, c.Site.BaseDomain) },
		CheckDomain:   c.checkDomain,
		MailProvider:  domains.MailProvider,
		SendMail:      c.SendMail,
	}
	if c.Publish != nil {
		m.Publish = func(ctx context.Context, changes []manage.Change) {
			all := make([]cache.Change, len(changes))
			for i, change := range changes {
				all[i] = cache.Change(change)
			}
			c.Publish(ctx, all...)
		}
	}
	return m, c.sealing(m)
}

// publicURL is empty where none is configured: nothing is linked then.
func (c ManagerConfig) publicURL() string {
	if c.Site.Public.Host == "" {
		return ""
	}
	return c.Site.Public.String()
}

// errNoKeys is the error of an operation that seals, without a key.
var errNoKeys = config.Misuse(config.Prefix + "SECRET_KEYS is required: what is stored here is sealed with it. Write those of serve")

// sealing sets the functions that seal.
func (c ManagerConfig) sealing(m *manage.Manager) error {
	if len(c.Keys) == 0 {
		m.Seal = func(string, string) (string, error) { return "", errNoKeys }
		m.Open = m.Seal
		m.SealSecret = m.Seal
		return nil
	}
	box, err := seal.NewBox(c.Keys)
	if err != nil {
		return err
	}
	managed, connections := box.Sealer(seal.ManagedSecret), box.Sealer(seal.ConnectionSecret)
	m.Seal = func(name, value string) (string, error) { return managed.Seal([]byte(value), name), nil }
	m.Open = func(name, sealed string) (string, error) {
		value, err := managed.Open(sealed, name)
		return string(value), err
	}
	m.SealSecret = func(id, secret string) (string, error) { return connections.Seal([]byte(secret), id), nil }
	return nil
}

func (c ManagerConfig) checkDomain(ctx context.Context, domain, token string) (store.DomainVerdict, string) {
	found := domains.Checker{Server: domains.Server(c.DNSResolver)}.Check(ctx, domain, token)
	return found.Verdict, found.Detail
}

// checkProvider returns what is wrong with the provider of an organization: by the rules for every provider, and by
// those for one that a stranger chose.
func (c ManagerConfig) checkProvider(k store.Connection) []manage.Field {
	var bad []manage.Field
	for _, m := range config.OrganizationProvider(k) {
		problem := m.Problem
		if m.Value != "" {
			problem += " (it is " + m.Value + ")"
		}
		bad = append(bad, manage.Field{Name: m.Variable, Detail: problem + ". " + strings.TrimSuffix(m.Fix, ".")})
	}
	err := signin.RegistryConfig{
		PublicURL: c.publicURL(), AllowedNetworks: c.AllowedNetworks, OurHost: c.Site.OwnsHost,
	}.CheckTenant(k)
	for _, f := range refusedFields(err) {
		if !slices.ContainsFunc(bad, func(b manage.Field) bool { return b.Name == f.Name }) {
			bad = append(bad, f)
		}
	}
	return bad
}

// refusedFields are the errors of [signin.RegistryConfig.CheckTenant], each by its field; one that has none is about
// the issuer.
func refusedFields(err error) []manage.Field {
	var several interface{ Unwrap() []error }
	switch {
	case err == nil:
		return nil
	case errors.As(err, &several):
		var all []manage.Field
		for _, e := range several.Unwrap() {
			all = append(all, refusedFields(e)...)
		}
		return all
	}
	bad, ok := errors.AsType[signin.FieldError](err)
	if !ok {
		bad = signin.FieldError{Field: "issuer", Problem: err.Error()}
	}
	return []manage.Field{{Name: bad.Field, Detail: "is refused: " + bad.Problem}}
}
