package manage

import (
	"context"
	"strings"

	"orglogin/store"
)

// DeletedPerson is what went with a person.
type DeletedPerson struct {
	ID            string         `json:"id"`
	Organizations []Organization `json:"organizations"` // that have no other member
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
// invitations to its address where no other profile has it; with withOrganizations also the organizations that have no other
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
		if err := o.checkIfMatch(p); err != nil {
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
	return conflict(ReasonLastOwner, "%s is the last active owner of %s: make another member an owner first, or delete with the organizations that have no other member",
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
