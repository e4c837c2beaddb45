package manage

import (
	"context"
	"errors"
	"time"

	"orglogin/store"
)

// Member is a membership of one person in one organization.
type Member struct {
	ProfileID string    `json:"user_id"`
	Email     string    `json:"email"`
	Name      string    `json:"name"`
	Role      string    `json:"role"`
	Active    bool      `json:"active"`
	Disabled  bool      `json:"disabled"` // the person, in every organization
	CreatedAt time.Time `json:"created_at"`
}

// MemberChange says what to set; nil leaves a value as it is.
type MemberChange struct {
	Role   *string `json:"role"`
	Active *bool   `json:"active"`
}

const selectMember = `
SELECT p.id, p.email, p.name, m.role, m.active, p.disabled, m.created_at
FROM orglogin.memberships AS m
JOIN orglogin.profiles AS p ON p.id = m.profile_id
`

func (n *Member) into() []any {
	return []any{&n.ProfileID, &n.Email, &n.Name, &n.Role, &n.Active, &n.Disabled, &n.CreatedAt}
}

// Members lists those of an organization, the oldest first. Email, if it is not empty, is the address that they have.
func (m *Manager) Members(ctx context.Context, by Caller, organization, email string, l List) (Page[Member], error) {
	return read(ctx, m, by, func(o *operation) (Page[Member], error) {
		p, err := l.check(new(time.Time), new(rowID))
		var bad fields
		if email != "" {
			email = checkEmail(&bad, email)
		}
		if err := errors.Join(err, bad.err(), o.refuseOwnTables(ofMemberships)); err != nil {
			return Page[Member]{}, err
		}
		organizationID, err := o.existingOrganization(organization)
		if err != nil {
			return Page[Member]{}, err
		}
		q := listing[Member]{
			from: selectMember, where: "m.organization_id = $1", args: []any{organizationID}, key: "m.created_at, m.profile_id",
			scan:  func(scan func(...any) error) (n Member, err error) { return n, scan(n.into()...) },
			keyOf: func(n Member) []any { return []any{n.CreatedAt, n.ProfileID} },
		}
		if email != "" {
			q.where, q.args = "m.organization_id = $1 AND p.email = $2", append(q.args, email)
		}
		return list(o, p, q)
	})
}

// existingOrganization is organizationID for a list, which would be empty for an id that no organization has.
func (o *operation) existingOrganization(ref string) (string, error) {
	id, err := o.organizationID(ref)
	if err != nil || !store.ValidID(ref) {
		return id, err
	}
	var name, slug, status string
	err = o.row(`SELECT o.name, o.slug, o.subdomain_status FROM (SELECT 1 AS one) AS x `+o.JoinOrganization("$1"), []any{id}, &name, &slug, &status)
	return id, nameMissing(err, "organization", ref)
}

// Member finds one by the id of the profile.
func (m *Manager) Member(ctx context.Context, by Caller, organization, profileID string) (Member, error) {
	return read(ctx, m, by, func(o *operation) (Member, error) {
		id, err := o.organizationID(organization)
		if err == nil {
			err = o.refuseOwnTables(ofMemberships)
		}
		if err != nil {
			return Member{}, err
		}
		return o.member(id, profileID)
	})
}

func (o *operation) member(organizationID, profileID string) (n Member, err error) {
	if !store.ValidID(profileID) {
		return n, notFound("member", profileID)
	}
	err = o.row(selectMember+`WHERE m.organization_id = $1 AND m.profile_id = $2`, []any{organizationID, profileID}, n.into()...)
	return n, nameMissing(err, "member", profileID)
}

// UpdateMember changes what is given.
func (m *Manager) UpdateMember(ctx context.Context, by Caller, organization, profileID string, c MemberChange) (Changed[Member], error) {
	return write(ctx, m, by, func(o *operation) (done Changed[Member], err error) {
		org, err := o.lockMembers(organization)
		if err != nil {
			return done, err
		}
		if done.Before, err = o.member(org.ID, profileID); err != nil {
			return done, err
		}
		if err := o.checkIfMatch(done.Before); err != nil {
			return done, err
		}
		done.After = done.Before
		var bad fields
		if c.Role != nil {
			done.After.Role = *c.Role
			checkRole(&bad, *c.Role)
		}
		if c.Active != nil {
			done.After.Active = *c.Active
		}
		if err := bad.err(); err != nil || done.After == done.Before {
			return done, err
		}
		if done.Before.Role == ownerRole && done.Before.Active && (done.After.Role != ownerRole || !done.After.Active) {
			if err := o.refuseLastOwner(org, done.Before); err != nil {
				return done, err
			}
		}
		err = o.exec(`UPDATE orglogin.memberships SET role = $3, active = $4 WHERE organization_id = $1 AND profile_id = $2`,
			org.ID, profileID, done.After.Role, done.After.Active)
		if err != nil {
			return done, err
		}
		return done, o.changedMember("member.update", org.ID, done.After, done.Before, done.After)
	})
}

// RemoveMember deletes a membership. Pending invitations of the organization to the person's address are
// revoked, by the database.
func (m *Manager) RemoveMember(ctx context.Context, by Caller, organization, profileID string) (Member, error) {
	return write(ctx, m, by, func(o *operation) (n Member, err error) {
		org, err := o.lockMembers(organization)
		if err != nil {
			return n, err
		}
		if n, err = o.member(org.ID, profileID); err != nil {
			return n, err
		}
		if err := o.checkIfMatch(n); err != nil {
			return n, err
		}
		if err := o.refuseLastOwner(org, n); err != nil {
			return n, err
		}
		if err := o.exec(`DELETE FROM orglogin.memberships WHERE organization_id = $1 AND profile_id = $2`, org.ID, profileID); err != nil {
			return n, err
		}
		return n, o.changedMember("member.remove", org.ID, n, n, nil)
	})
}

// lockMembers lets one operation at a time change the members of an organization.
func (o *operation) lockMembers(organization string) (Organization, error) {
	if err := o.refuseOwnTables(ofMemberships); err != nil {
		return Organization{}, err
	}
	return o.lockOrganization(organization)
}

const ownerRole = "owner"

// refuseLastOwner returns an error where the organization would have no active owner without this one.
func (o *operation) refuseLastOwner(org Organization, n Member) error {
	if n.Role != ownerRole || !n.Active {
		return nil
	}
	others, err := o.otherOwners(org.ID, n.ProfileID)
	if err != nil || others {
		return err
	}
	return conflict(ReasonLastOwner, "%s is the last active owner of %s: make another member an owner first", n.Email, org.Slug)
}

// otherOwners reports whether an organization has an active owner beside a person.
func (o *operation) otherOwners(organizationID, profileID string) (others bool, err error) {
	err = o.row(`
SELECT EXISTS (
	SELECT 1
	FROM orglogin.memberships AS m
	JOIN orglogin.profiles AS p ON p.id = m.profile_id
	WHERE m.organization_id = $1
		AND m.profile_id <> $2
		AND m.role = 'owner'
		AND m.active
		AND NOT p.disabled
)`, []any{organizationID, profileID}, &others)
	return others, err
}

func (o *operation) changedMember(action, organizationID string, n Member, before, after any) error {
	o.changed(Change{Kind: "membership", ID: organizationID, UserID: n.ProfileID})
	return o.audit(audited{
		action: action, organizationID: organizationID, target: n.ProfileID, profileID: n.ProfileID, before: before, after: after,
	})
}
