package manage

import (
	"context"
	"slices"
	"strings"
	"time"

	"orglogin/store"
)

// Connection is an organization connection, without its client secret.
type Connection struct {
	ID            string                  `json:"id"`
	Organization  string                  `json:"organization"` // its slug
	Name          string                  `json:"name"`
	Issuer        string                  `json:"issuer"`
	ClientID      string                  `json:"client_id"`
	EmailVerified store.EmailVerifiedMode `json:"email_verified"`
	UserInfo      string                  `json:"userinfo"` // auto or off
	HostedDomains []string                `json:"hosted_domains"`
	Private       bool                    `json:"private"`
	Status        store.ConnectionState   `json:"status"`
	RedirectURI   string                  `json:"redirect_uri"` // to register with the provider
	CreatedAt     time.Time               `json:"created_at"`
}

// NewConnection is a connection to be made.
type NewConnection struct {
	Name          string                  `json:"name"`
	Issuer        string                  `json:"issuer"`
	ClientID      string                  `json:"client_id"`
	ClientSecret  string                  `json:"client_secret"`
	EmailVerified store.EmailVerifiedMode `json:"email_verified"` // claim where it is empty
	UserInfo      string                  `json:"userinfo"`       // auto where it is empty
	HostedDomains []string                `json:"hosted_domains"`
	Private       bool                    `json:"private"`
}

// ConnectionChange says what to set; nil leaves a value as it is. Another issuer, client id or secret makes the connection
// a draft.
type ConnectionChange struct {
	Name         *string                `json:"name"`
	Issuer       *string                `json:"issuer"`
	ClientID     *string                `json:"client_id"`
	ClientSecret *string                `json:"client_secret"`
	Status       *store.ConnectionState `json:"status"` // active or disabled
}

func (o *operation) selectConnections() string {
	return `
SELECT k.id, o.slug, k.name, k.issuer, k.client_id, k.email_verified, k.userinfo, k.hosted_domains, k.private, k.state, k.created_at,
	k.organization_id, k.tested_revision = k.revision
FROM orglogin.connections AS k ` + o.JoinOrganization("k.organization_id") + `
`
}

// ownConnection is a connection with what is not shown.
type ownConnection struct {
	Connection
	organizationID string
	tested         bool
}

func (o *operation) scanConnection(scan func(...any) error) (n ownConnection, err error) {
	var userInfo bool
	err = scan(&n.ID, &n.Organization, &n.Name, &n.Issuer, &n.ClientID, &n.EmailVerified, &userInfo, &n.HostedDomains, &n.Private, &n.Status, &n.CreatedAt,
		&n.organizationID, &n.tested)
	n.UserInfo = map[bool]string{true: userInfoAuto, false: userInfoOff}[userInfo]
	n.RedirectURI = o.m.PublicURL + "/auth/callback/" + n.ID
	n.HostedDomains = append([]string{}, n.HostedDomains...)
	return n, err
}

const (
	userInfoAuto = "auto"
	userInfoOff  = "off"
)

// Connections lists those of an organization, the oldest first; they are at most [store.MaxConnections].
func (m *Manager) Connections(ctx context.Context, by Caller, organization string, l List) (Page[Connection], error) {
	return read(ctx, m, by, func(o *operation) (Page[Connection], error) {
		p, err := l.check(new(time.Time), new(string))
		if err != nil {
			return Page[Connection]{}, err
		}
		organizationID, err := o.existingOrganization(organization)
		if err != nil {
			return Page[Connection]{}, err
		}
		return list(o, p, listing[Connection]{
			from: o.selectConnections(), where: "k.organization_id = $1", args: []any{organizationID}, key: "k.created_at, k.id",
			scan: func(scan func(...any) error) (Connection, error) {
				n, err := o.scanConnection(scan)
				return n.Connection, err
			},
			keyOf: func(n Connection) []any { return []any{n.CreatedAt, n.ID} },
		})
	})
}

// Connection finds one by its id. Organization is empty for a command, which knows the id alone.
func (m *Manager) Connection(ctx context.Context, by Caller, organization, id string) (Connection, error) {
	return read(ctx, m, by, func(o *operation) (Connection, error) {
		n, err := o.connection(organization, id, "")
		return n.Connection, err
	})
}

// connection reads one; lock is empty or FOR UPDATE.
func (o *operation) connection(organization, id, lock string) (n ownConnection, err error) {
	organizationID := ""
	if organization != "" {
		if organizationID, err = o.organizationID(organization); err != nil {
			return n, err
		}
	}
	if !store.IsOrganizationConnection(id) {
		return n, notFound("connection", id)
	}
	err = o.Query(o.selectConnections()+`WHERE k.id = $1 `+lock, []any{id}, func(scan func(...any) error) (err error) {
		n, err = o.scanConnection(scan)
		return err
	})
	switch {
	case err != nil:
		return n, err
	case n.ID == "", organizationID != "" && n.organizationID != organizationID, o.by.Bound() && n.organizationID != o.by.OrganizationID:
		return ownConnection{}, notFound("connection", id)
	}
	return n, nil
}

// AddConnection makes a draft, whose secret is sealed.
func (m *Manager) AddConnection(ctx context.Context, by Caller, organization string, n NewConnection) (Connection, error) {
	return write(ctx, m, by, func(o *operation) (made Connection, err error) {
		if n.Private {
			if err := o.forbidBound(organization, "only an operator allows a provider in a private network"); err != nil {
				return made, err
			}
		}
		made = Connection{
			ID: store.NewConnectionID(), Name: n.Name, Issuer: n.Issuer, ClientID: n.ClientID, EmailVerified: n.EmailVerified, UserInfo: n.UserInfo,
			HostedDomains: append([]string{}, n.HostedDomains...), Private: n.Private, Status: store.ConnectionDraft, CreatedAt: o.now,
		}
		made.RedirectURI = m.PublicURL + "/auth/callback/" + made.ID
		if made.EmailVerified == "" {
			made.EmailVerified = store.EmailVerifiedClaim
		}
		if made.UserInfo == "" {
			made.UserInfo = userInfoAuto
		}
		if err := m.checkConnection(made, &n.ClientSecret); err != nil {
			return made, err
		}
		sealed, err := m.SealSecret(made.ID, n.ClientSecret)
		if err != nil {
			return made, err
		}
		organizationID, err := o.existingOrganization(organization)
		if err == nil {
			made.Organization, err = o.slugOf(organizationID)
		}
		if err == nil {
			err = o.refuseTooManyConnections(organizationID, organization)
		}
		if err != nil {
			return made, err
		}
		err = o.exec(`
INSERT INTO orglogin.connections (
	id, organization_id, name, issuer, client_id, sealed_secret, email_verified, userinfo, hosted_domains, private, created_at
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			made.ID, organizationID, made.Name, made.Issuer, made.ClientID, sealed, string(made.EmailVerified),
			made.UserInfo == userInfoAuto, made.HostedDomains, made.Private, o.now)
		if err != nil {
			return made, err
		}
		return made, o.changedConnection("connection.add", organizationID, made.ID, nil, made)
	})
}

func (o *operation) slugOf(organizationID string) (slug string, err error) {
	err = o.row(`SELECT o.slug FROM (SELECT 1 AS one) AS x `+o.JoinOrganization("$1"), []any{organizationID}, &slug)
	return slug, nameMissing(err, "organization", organizationID)
}

// SSOUnavailable reports whether an organization requires a connection of its own and has no active one, so that no
// session opens it.
func (m *Manager) SSOUnavailable(ctx context.Context, by Caller, organization string) (bool, error) {
	return read(ctx, m, by, func(o *operation) (unavailable bool, err error) {
		id, err := o.existingOrganization(organization)
		if err != nil {
			return false, err
		}
		err = o.row(`
SELECT EXISTS (SELECT 1 FROM orglogin.organization_settings WHERE organization_id = $1 AND sso = 'required')
	AND NOT EXISTS (SELECT 1 FROM orglogin.connections WHERE organization_id = $1 AND state = 'active')`, []any{id}, &unavailable)
		return unavailable, err
	})
}

// refuseTooManyConnections makes operations on the connections of one organization wait for each other.
func (o *operation) refuseTooManyConnections(organizationID, organization string) error {
	if err := o.Lock("connections " + organizationID); err != nil {
		return err
	}
	var count int
	err := o.row(`SELECT count(*) FROM orglogin.connections WHERE organization_id = $1`, []any{organizationID}, &count)
	if err == nil && count >= store.MaxConnections {
		return conflict(ReasonConflict, "the organization %s has %d connections, which is the most: remove one first", organization, count)
	}
	return err
}

// checkConnection reports every value that is refused. The secret is nil where it is not changed.
func (m *Manager) checkConnection(n Connection, secret *string) error {
	var bad fields
	if n.UserInfo != userInfoAuto && n.UserInfo != userInfoOff {
		bad.add("userinfo", "is %q, and must be auto or off", shorten(n.UserInfo))
	}
	if secret != nil && !plainText(*secret) {
		bad.add("client_secret", "is empty, too long, or has characters that no client secret has")
	}
	bad = append(bad, m.CheckProvider(store.Connection{
		ID: n.ID, Name: n.Name, Issuer: n.Issuer, ClientID: n.ClientID, EmailVerified: n.EmailVerified, HostedDomains: n.HostedDomains, Private: n.Private,
	})...)
	return bad.err()
}

// plainText reports whether s is of printing ASCII characters without blanks, and neither empty nor too long.
func plainText(s string) bool {
	return s != "" && len(s) <= store.MaxName && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

// UpdateConnection changes what is given. Disabling ends what the connection opened.
func (m *Manager) UpdateConnection(ctx context.Context, by Caller, organization, id string, c ConnectionChange) (Changed[Connection], error) {
	return write(ctx, m, by, func(o *operation) (done Changed[Connection], err error) {
		was, err := o.connection(organization, id, "FOR UPDATE")
		if err != nil {
			return done, err
		}
		if err := o.checkIfMatch(was.Connection); err != nil {
			return done, err
		}
		now, identityChanged, err := m.changedTo(was, c)
		done = Changed[Connection]{was.Connection, now}
		if err != nil {
			return done, err
		}
		if now.Name == was.Name && !identityChanged && now.Status == was.Status {
			return done, nil
		}
		err = o.exec(`UPDATE orglogin.connections SET name = $2, issuer = $3, client_id = $4, state = $5 WHERE id = $1`,
			id, now.Name, now.Issuer, now.ClientID, string(now.Status))
		if err == nil && identityChanged {
			err = o.exec(`UPDATE orglogin.connections SET revision = revision + 1 WHERE id = $1`, id)
		}
		if err == nil && c.ClientSecret != nil {
			err = o.replaceSecret(id, *c.ClientSecret)
		}
		if err != nil {
			return done, err
		}
		return done, o.changedConnection("connection.update", was.organizationID, id, was.Connection, now)
	})
}

func (o *operation) replaceSecret(id, secret string) error {
	sealed, err := o.m.SealSecret(id, secret)
	if err != nil {
		return err
	}
	return o.exec(`UPDATE orglogin.connections SET sealed_secret = $2 WHERE id = $1`, id, sealed)
}

// changedTo is a connection with what is to be set, and whether that makes it another client of the provider.
func (m *Manager) changedTo(was ownConnection, c ConnectionChange) (now Connection, identityChanged bool, err error) {
	now = was.Connection
	for _, v := range []struct{ to, from *string }{{&now.Name, c.Name}, {&now.Issuer, c.Issuer}, {&now.ClientID, c.ClientID}} {
		if v.from != nil {
			*v.to = *v.from
		}
	}
	identityChanged = now.Issuer != was.Issuer || now.ClientID != was.ClientID || c.ClientSecret != nil
	if identityChanged || now.Name != was.Name {
		if err := m.checkConnection(now, c.ClientSecret); err != nil {
			return now, false, err
		}
	}
	if identityChanged {
		now.Status = store.ConnectionDraft
	}
	if c.Status == nil || *c.Status == now.Status {
		return now, identityChanged, nil
	}
	switch *c.Status {
	case store.ConnectionActive:
		if identityChanged || !was.tested {
			return now, false, conflict(ReasonNotTested, "the connection %s has had no test login since its last change: run: orglogin connections test %s", was.ID, was.ID)
		}
	case store.ConnectionDisabled:
	default:
		return now, false, Invalid(Field{"status", "is " + shorten(string(*c.Status)) + ", and must be active or disabled"})
	}
	now.Status = *c.Status
	return now, identityChanged, nil
}

// RemoveConnection disables and deletes a connection, with its identities. Its id is never used again.
func (m *Manager) RemoveConnection(ctx context.Context, by Caller, organization, id string) (Connection, error) {
	return write(ctx, m, by, func(o *operation) (Connection, error) {
		was, err := o.connection(organization, id, "FOR UPDATE")
		if err == nil {
			err = o.checkIfMatch(was.Connection)
		}
		if err == nil {
			err = o.exec(`DELETE FROM orglogin.connections WHERE id = $1`, id)
		}
		if err != nil {
			return Connection{}, err
		}
		return was.Connection, o.changedConnection("connection.remove", was.organizationID, id, was.Connection, nil)
	})
}

// connectionTestLifetime is how long the link of a test login is good.
const connectionTestLifetime = 15 * time.Minute

// ConnectionTest is the link of a test login.
type ConnectionTest struct {
	URL       string    `json:"url"`
	ExpiresAt time.Time `json:"expires_at"`
}

// TestConnection makes the link of a test login, good once and for 15 minutes. It shows the claims, changes no
// session, and makes a draft a tested connection.
func (m *Manager) TestConnection(ctx context.Context, by Caller, organization, id string) (ConnectionTest, error) {
	return write(ctx, m, by, func(o *operation) (ConnectionTest, error) {
		n, err := o.connection(organization, id, "")
		if err != nil {
			return ConnectionTest{}, err
		}
		token := store.NewInvitationToken()
		test := ConnectionTest{URL: m.PublicURL + "/auth/start?connection=" + id + "&test=" + token, ExpiresAt: o.now.Add(connectionTestLifetime)}
		err = o.exec(`
INSERT INTO orglogin.connection_tests (token_hash, connection_id, revision, expires_at)
SELECT $2, k.id, k.revision, $3
FROM orglogin.connections AS k
WHERE k.id = $1`, id, store.HashToken(token), test.ExpiresAt)
		if err != nil {
			return test, err
		}
		return test, o.audit(audited{action: "connection.test", organizationID: n.organizationID, target: id})
	})
}

// ResealSecrets seals every stored client secret again with the newest key, and returns how many there were.
func (m *Manager) ResealSecrets(ctx context.Context, by Caller, reseal func(id, sealed string) (string, error)) (int, error) {
	return write(ctx, m, by, func(o *operation) (int, error) {
		sealed := map[string]string{}
		err := o.Query(`SELECT id, sealed_secret FROM orglogin.connections ORDER BY id FOR UPDATE`, nil, func(scan func(...any) error) error {
			var id, secret string
			err := scan(&id, &secret)
			sealed[id] = secret
			return err
		})
		if err != nil {
			return 0, err
		}
		ids := make([]string, 0, len(sealed))
		for id := range sealed {
			ids = append(ids, id)
		}
		slices.Sort(ids)
		for _, id := range ids {
			again, err := reseal(id, sealed[id])
			if err != nil {
				return 0, err
			}
			if err := o.exec(`UPDATE orglogin.connections SET sealed_secret = $2 WHERE id = $1`, id, again); err != nil {
				return 0, err
			}
		}
		return len(ids), nil
	})
}

func (o *operation) changedConnection(action, organizationID, id string, before, after any) error {
	o.changed(Change{}) // the connections of the organization, and whatever sessions it opened
	return o.audit(audited{action: action, organizationID: organizationID, target: id, before: before, after: after})
}
