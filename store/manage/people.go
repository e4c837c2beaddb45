package manage

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"orglogin/store"
)

// Person is a profile.
type Person struct {
	ID            string    `json:"id"`
	Email         string    `json:"email"`
	EmailVerified bool      `json:"email_verified"`
	Name          string    `json:"name"`
	Picture       string    `json:"picture"`
	Disabled      bool      `json:"disabled"`
	CreatedAt     time.Time `json:"created_at"`
}

const selectPerson = `SELECT p.id, p.email, p.email_verified, p.name, p.picture, p.disabled, p.created_at FROM orglogin.profiles AS p `

func (n *Person) into() []any {
	return []any{&n.ID, &n.Email, &n.EmailVerified, &n.Name, &n.Picture, &n.Disabled, &n.CreatedAt}
}

// People lists profiles by address. Email, if it is not empty, is the address that they have.
func (m *Manager) People(ctx context.Context, by Caller, email string, l List) (Page[Person], error) {
	return read(ctx, m, by, func(o *operation) (Page[Person], error) {
		var lastEmail, id string
		var created time.Time
		limit, after, err := l.check(&lastEmail, &created, &id)
		if err != nil {
			return Page[Person]{}, err
		}
		var bad fields
		where, args := "1 = 1", []any{}
		if email != "" {
			where, args = "p.email = $1", append(args, checkEmail(&bad, email))
		}
		if err := bad.err(); err != nil {
			return Page[Person]{}, err
		}
		if err := o.unbound(); err != nil {
			return Page[Person]{}, err
		}
		if after {
			where += " AND " + follows("p.email, p.created_at, p.id", len(args))
			args = append(args, lastEmail, created, id)
		}
		var all []Person
		err = o.Query(selectPerson+`WHERE `+where+` ORDER BY p.email, p.created_at, p.id `+limitOfPage, args, func(scan func(...any) error) error {
			var n Person
			err := scan(n.into()...)
			all = append(all, n)
			return err
		})
		return page(all, limit, func(n Person) []any { return []any{n.Email, n.CreatedAt, n.ID} }), err
	})
}

// unbound refuses what a caller of one organization may not know, and what is in a table of the operator's own.
func (o *operation) unbound() error {
	if o.by.Bound() {
		return forbidden("a token that is bound to an organization cannot ask about people of others")
	}
	return o.ours(ofProfiles)
}

func (o *operation) person(id string) (n Person, err error) {
	if err := o.unbound(); err != nil {
		return n, err
	}
	if !store.ValidID(id) {
		return n, notFound("person", id)
	}
	err = o.row(selectPerson+`WHERE p.id = $1`, []any{id}, n.into()...)
	return n, as(err, "person", id)
}

// PersonRecord is everything that is stored about a person.
type PersonRecord struct {
	Person
	Identities  []PersonIdentity   `json:"identities"`
	Memberships []PersonMembership `json:"memberships"`
	Invitations []Invitation       `json:"invitations"` // to the address, or accepted by the person
	Requests    []JoinRequest      `json:"requests"`
	Sessions    []Session          `json:"sessions"`
	Receipts    []PersonReceipt    `json:"receipts"`
}

// PersonIdentity is an account at a provider that the profile is bound to.
type PersonIdentity struct {
	Connection    string    `json:"connection"`
	Issuer        string    `json:"issuer"`
	Subject       string    `json:"subject"`
	Email         string    `json:"email"` // what an organization's own provider said last
	EmailVerified bool      `json:"email_verified"`
	Name          string    `json:"name"`
	Picture       string    `json:"picture"`
	CreatedAt     time.Time `json:"created_at"`
}

// PersonMembership is one place of a person.
type PersonMembership struct {
	OrganizationID string    `json:"organization_id"`
	Organization   string    `json:"organization"` // its slug
	Role           string    `json:"role"`
	Active         bool      `json:"active"`
	CreatedAt      time.Time `json:"created_at"`
}

// PersonReceipt is one stored decision.
type PersonReceipt struct {
	ID       string          `json:"id"`
	At       time.Time       `json:"at"`
	Decision json.RawMessage `json:"decision"`
}

// Session is a session of a person.
type Session struct {
	ID          string     `json:"id"`
	CreatedAt   time.Time  `json:"created_at"`
	LastSeenAt  time.Time  `json:"last_seen_at"`
	ExpiresAt   time.Time  `json:"expires_at"`
	EndedAt     *time.Time `json:"ended_at"`
	Connections []string   `json:"connections"`
}

// Person reads everything that is stored about a person.
func (m *Manager) Person(ctx context.Context, by Caller, id string) (PersonRecord, error) {
	return read(ctx, m, by, func(o *operation) (r PersonRecord, err error) {
		if r.Person, err = o.person(id); err != nil {
			return r, err
		}
		r.Identities, r.Memberships, r.Invitations = []PersonIdentity{}, []PersonMembership{}, []Invitation{}
		r.Requests, r.Receipts = []JoinRequest{}, []PersonReceipt{}
		for _, part := range []struct {
			query string
			args  []any
			each  func(scan func(...any) error) error
		}{
			{`
SELECT connection, issuer, subject, email, email_verified, name, picture, created_at
FROM orglogin.identities
WHERE profile_id = $1
ORDER BY created_at, connection`, []any{id}, func(scan func(...any) error) error {
				var n PersonIdentity
				err := scan(&n.Connection, &n.Issuer, &n.Subject, &n.Email, &n.EmailVerified, &n.Name, &n.Picture, &n.CreatedAt)
				r.Identities = append(r.Identities, n)
				return err
			}},
			{`
SELECT m.organization_id, o.slug, m.role, m.active, m.created_at
FROM orglogin.memberships AS m ` + o.JoinOrganization("m.organization_id") + `
WHERE m.profile_id = $1
ORDER BY m.created_at, m.organization_id`, []any{id}, func(scan func(...any) error) error {
				var n PersonMembership
				err := scan(&n.OrganizationID, &n.Organization, &n.Role, &n.Active, &n.CreatedAt)
				r.Memberships = append(r.Memberships, n)
				return err
			}},
			{selectInvitation + o.JoinOrganization("i.organization_id") + `
WHERE i.email = $2 OR i.accepted_by = $1
ORDER BY i.created_at, i.id`, []any{id, r.Email}, func(scan func(...any) error) error {
				n, err := o.scanInvitation(scan)
				r.Invitations = append(r.Invitations, n)
				return err
			}},
			{o.selectRequests() + `WHERE r.profile_id = $1 ORDER BY r.created_at, r.id`, []any{id}, func(scan func(...any) error) error {
				n, err := scanRequest(scan)
				r.Requests = append(r.Requests, n)
				return err
			}},
			{`SELECT id, at, CAST(decision AS text) FROM orglogin.receipts WHERE profile_id = $1 ORDER BY at, id`, []any{id}, func(scan func(...any) error) error {
				var n PersonReceipt
				var decision string
				err := scan(&n.ID, &n.At, &decision)
				n.Decision = json.RawMessage(decision)
				r.Receipts = append(r.Receipts, n)
				return err
			}},
		} {
			if err := o.Query(part.query, part.args, part.each); err != nil {
				return r, err
			}
		}
		r.Sessions, err = o.sessions(id)
		return r, err
	})
}

// Sessions lists the sessions of a person, the newest first, ended ones too as long as they are kept.
func (m *Manager) Sessions(ctx context.Context, by Caller, profileID string) ([]Session, error) {
	return read(ctx, m, by, func(o *operation) ([]Session, error) {
		if err := o.personExists(profileID); err != nil {
			return nil, err
		}
		return o.sessions(profileID)
	})
}

// personExists is for what orglogin keeps itself of people who may be in a table of the operator's own.
func (o *operation) personExists(id string) error {
	if o.by.Bound() {
		return forbidden("a token that is bound to an organization cannot ask about people of others")
	}
	if !store.ValidID(id) {
		return notFound("person", id)
	}
	var email, name string
	err := o.row(`SELECT p.email, p.name FROM (SELECT 1 AS one) AS x `+o.JoinProfile("$1"), []any{id}, &email, &name)
	return as(err, "person", id)
}

func (o *operation) sessions(profileID string) ([]Session, error) {
	all := []Session{}
	err := o.Query(`
SELECT s.id, s.created_at, s.last_seen_at, s.expires_at, s.ended_at
FROM orglogin.sessions AS s
WHERE s.profile_id = $1
ORDER BY s.created_at DESC, s.id`, []any{profileID}, func(scan func(...any) error) error {
		var n Session
		var ended time.Time
		err := scan(&n.ID, &n.CreatedAt, &n.LastSeenAt, &n.ExpiresAt, &ended)
		n.EndedAt, n.Connections = timeOrNull(ended), []string{}
		all = append(all, n)
		return err
	})
	if err != nil {
		return nil, err
	}
	index := map[string]int{}
	for i := range all {
		index[all[i].ID] = i
	}
	err = o.Query(`
SELECT c.session_id, c.connection_id
FROM orglogin.session_connections AS c
JOIN orglogin.sessions AS s ON s.id = c.session_id
WHERE s.profile_id = $1
ORDER BY c.at, c.connection_id`, []any{profileID}, func(scan func(...any) error) error {
		var session, connection string
		err := scan(&session, &connection)
		if i, ok := index[session]; ok {
			all[i].Connections = append(all[i].Connections, connection)
		}
		return err
	})
	return all, err
}

// EndSessions ends the live sessions of a person and returns how many there were.
func (m *Manager) EndSessions(ctx context.Context, by Caller, profileID string) (int, error) {
	return write(ctx, m, by, func(o *operation) (int, error) {
		if err := o.personExists(profileID); err != nil {
			return 0, err
		}
		n, err := o.Exec(`UPDATE orglogin.sessions SET ended_at = $2 WHERE profile_id = $1 AND ended_at IS NULL AND expires_at > $2`, profileID, o.now)
		if err != nil || n == 0 {
			return 0, err
		}
		o.changed(Change{Kind: "session", UserID: profileID})
		return int(n), o.audit(audited{action: "sessions.end", target: profileID, profileID: profileID, after: map[string]int64{"ended": n}})
	})
}

// EndSession ends one session of a person. One that has ended already changes nothing.
func (m *Manager) EndSession(ctx context.Context, by Caller, profileID, id string) (bool, error) {
	return write(ctx, m, by, func(o *operation) (bool, error) {
		if err := o.personExists(profileID); err != nil {
			return false, err
		}
		if !store.ValidID(id) {
			return false, notFound("session", id)
		}
		var ended time.Time
		err := o.row(`SELECT ended_at FROM orglogin.sessions WHERE id = $1 AND profile_id = $2 FOR UPDATE`, []any{id, profileID}, &ended)
		if err != nil || !ended.IsZero() {
			return false, as(err, "session", id)
		}
		if err := o.exec(`UPDATE orglogin.sessions SET ended_at = $2 WHERE id = $1`, id, o.now); err != nil {
			return false, err
		}
		o.changed(Change{Kind: "session", ID: id, UserID: profileID})
		return true, o.audit(audited{action: "sessions.end", target: id, profileID: profileID, after: map[string]int{"ended": 1}})
	})
}

// SetDisabled says whether a person may sign in. Disabling ends every session.
func (m *Manager) SetDisabled(ctx context.Context, by Caller, id string, disabled bool) (Changed[Person], error) {
	return write(ctx, m, by, func(o *operation) (done Changed[Person], err error) {
		if done.Before, err = o.lockPerson(id); err != nil {
			return done, err
		}
		if err := o.matches(done.Before); err != nil {
			return done, err
		}
		done.After = done.Before
		done.After.Disabled = disabled
		if done.After == done.Before {
			return done, nil
		}
		if err := o.exec(`UPDATE orglogin.profiles SET disabled = $2 WHERE id = $1`, id, disabled); err != nil {
			return done, err
		}
		o.changedPerson(id)
		action := map[bool]string{true: "person.disable", false: "person.enable"}[disabled]
		return done, o.audit(audited{action: action, target: id, profileID: id, before: done.Before, after: done.After})
	})
}

func (o *operation) lockPerson(id string) (Person, error) {
	if _, err := o.person(id); err != nil {
		return Person{}, err
	}
	if err := o.row(`SELECT id FROM orglogin.profiles WHERE id = $1 FOR UPDATE`, []any{id}, &id); err != nil {
		return Person{}, as(err, "person", id)
	}
	return o.person(id)
}

func (o *operation) changedPerson(id string) {
	o.changed(Change{Kind: "profile", ID: id, UserID: id})
	o.changed(Change{Kind: "session", UserID: id})
}

// DeletedPerson is what went with a person.
type DeletedPerson struct {
	ID            string         `json:"id"`
	Organizations []Organization `json:"organizations"` // that nobody else is in
}

// DeletionOfPerson lists the organizations that would go with a person.
func (m *Manager) DeletionOfPerson(ctx context.Context, by Caller, id string) (DeletedPerson, error) {
	return read(ctx, m, by, func(o *operation) (d DeletedPerson, err error) {
		if _, err := o.person(id); err != nil {
			return d, err
		}
		d.ID = id
		d.Organizations, err = o.leftEmpty(id)
		return d, err
	})
}

// DeletePerson deletes a profile with its identities, sessions, memberships, receipts, requests, and the
// invitations to its address where no other profile has it; with withOrganizations also the organizations that nobody else is
// in. The audit log keeps the id alone.
func (m *Manager) DeletePerson(ctx context.Context, by Caller, id string, withOrganizations bool) (DeletedPerson, error) {
	return write(ctx, m, by, func(o *operation) (d DeletedPerson, err error) {
		d = DeletedPerson{ID: id, Organizations: []Organization{}}
		// Organizations before the person, as every operation on members locks them.
		if err := o.lockOrganizationsOf(id); err != nil {
			return d, err
		}
		p, err := o.lockPerson(id)
		if err != nil {
			return d, err
		}
		if err := o.matches(p); err != nil {
			return d, err
		}
		empty, err := o.leftEmpty(id)
		if err != nil {
			return d, err
		}
		if err := o.refuseLastOwnerOf(p, empty, withOrganizations); err != nil {
			return d, err
		}
		if withOrganizations {
			d.Organizations = empty
		}
		for _, n := range d.Organizations {
			if err := o.deleteOrganization(n); err != nil {
				return d, err
			}
		}
		return d, o.deleteProfile(p)
	})
}

func (o *operation) lockOrganizationsOf(id string) error {
	if !store.ValidID(id) {
		return notFound("person", id)
	}
	return o.Query(`
SELECT o.id
FROM orglogin.organizations AS o
WHERE o.id IN (SELECT m.organization_id FROM orglogin.memberships AS m WHERE m.profile_id = $1)
ORDER BY o.id
FOR UPDATE`, []any{id}, func(scan func(...any) error) error { var id string; return scan(&id) })
}

// leftEmpty lists the organizations of which a person is the only member, active or not.
func (o *operation) leftEmpty(id string) ([]Organization, error) {
	all := []Organization{}
	err := o.Query(selectOrganization+`
WHERE o.id IN (SELECT m.organization_id FROM orglogin.memberships AS m WHERE m.profile_id = $1)
	AND NOT EXISTS (SELECT 1 FROM orglogin.memberships AS m WHERE m.organization_id = o.id AND m.profile_id <> $1)
ORDER BY o.slug`, []any{id}, func(scan func(...any) error) error {
		var n Organization
		err := scan(n.into()...)
		all = append(all, n)
		return err
	})
	return all, err
}

// refuseLastOwnerOf refuses to leave an organization that stays without an active owner.
func (o *operation) refuseLastOwnerOf(p Person, empty []Organization, withOrganizations bool) error {
	var left []string
	err := o.Query(selectOrganization+`
JOIN orglogin.memberships AS m ON m.organization_id = o.id
WHERE m.profile_id = $1 AND m.role = 'owner' AND m.active
	AND NOT EXISTS (
		SELECT 1
		FROM orglogin.memberships AS x
		JOIN orglogin.profiles AS q ON q.id = x.profile_id
		WHERE x.organization_id = o.id AND x.profile_id <> $1 AND x.role = 'owner' AND x.active AND NOT q.disabled
	)
ORDER BY o.slug`, []any{p.ID}, func(scan func(...any) error) error {
		var n Organization
		err := scan(n.into()...)
		for _, e := range empty {
			if withOrganizations && e.ID == n.ID {
				return err
			}
		}
		left = append(left, n.Slug)
		return err
	})
	if err != nil || len(left) == 0 {
		return err
	}
	return conflict(ReasonLastOwner, "%s is the last active owner of %s: make another member an owner first, or delete with the organizations that nobody else is in",
		p.Email, strings.Join(left, ", "))
}

func (o *operation) deleteProfile(p Person) error {
	var shared bool
	err := o.row(`SELECT EXISTS (SELECT 1 FROM orglogin.profiles WHERE email = $1 AND id <> $2)`, []any{p.Email, p.ID}, &shared)
	if err != nil {
		return err
	}
	if !shared {
		if err := o.exec(`DELETE FROM orglogin.invitations WHERE email = $1`, p.Email); err != nil {
			return err
		}
	}
	if err := o.exec(`DELETE FROM orglogin.profiles WHERE id = $1`, p.ID); err != nil {
		return err
	}
	o.changedPerson(p.ID)
	if err := o.forgetPerson(p.ID, p.Email, shared); err != nil {
		return err
	}
	return o.audit(audited{action: "person.delete", target: p.ID, profileID: p.ID})
}
