package manage

import (
	"cmp"
	"context"
	"time"

	"orglogin/store"
)

// JoinRequest is the wish of a person to become a member of an organization.
type JoinRequest struct {
	ID           string                 `json:"id"`
	Organization string                 `json:"organization"` // its slug
	ProfileID    string                 `json:"user_id"`
	Email        string                 `json:"email"` // in the organization's domain, by which the person may ask
	Name         string                 `json:"name"`
	State        store.JoinRequestState `json:"state"`
	CreatedAt    time.Time              `json:"created_at"`
	DecidedAt    *time.Time             `json:"decided_at"`
}

func (o *operation) selectRequests() string {
	return `
SELECT r.id, o.slug, r.profile_id, r.email, p.name, r.state, r.created_at, r.decided_at
FROM orglogin.join_requests AS r ` + o.JoinOrganization("r.organization_id") + " " + o.JoinProfile("r.profile_id") + `
`
}

func scanRequest(scan func(...any) error) (n JoinRequest, err error) {
	var decided time.Time
	err = scan(&n.ID, &n.Organization, &n.ProfileID, &n.Email, &n.Name, &n.State, &n.CreatedAt, &decided)
	n.DecidedAt = timeOrNull(decided)
	return n, err
}

// waitingFirst sorts the requests that wait before the others.
const waitingFirst = "CASE WHEN r.state = 'waiting' THEN 0 ELSE 1 END"

// JoinRequests lists those of an organization, or of all where it is empty: those that wait first, then the oldest first.
func (m *Manager) JoinRequests(ctx context.Context, by Caller, organization string, l List) (Page[JoinRequest], error) {
	return read(ctx, m, by, func(o *operation) (Page[JoinRequest], error) {
		p, err := l.check(new(int), new(time.Time), new(rowID))
		if err != nil {
			return Page[JoinRequest]{}, err
		}
		q := listing[JoinRequest]{
			from: o.selectRequests(), key: waitingFirst + ", r.created_at, r.id", scan: scanRequest,
			keyOf: func(n JoinRequest) []any {
				if n.State == store.RequestWaiting {
					return []any{0, n.CreatedAt, n.ID}
				}
				return []any{1, n.CreatedAt, n.ID}
			},
		}
		if organization != "" || by.Bound() {
			organizationID, err := o.existingOrganization(cmp.Or(organization, by.OrganizationID))
			if err != nil {
				return Page[JoinRequest]{}, err
			}
			q.where, q.args = "r.organization_id = $1", []any{organizationID}
		}
		return list(o, p, q)
	})
}

// JoinRequest finds one by its id.
func (m *Manager) JoinRequest(ctx context.Context, by Caller, id string) (JoinRequest, error) {
	return read(ctx, m, by, func(o *operation) (JoinRequest, error) {
		n, _, err := o.request(id)
		return n, err
	})
}

// request returns the id of its organization too.
func (o *operation) request(id string) (n JoinRequest, organizationID string, err error) {
	if !store.ValidID(id) {
		return n, "", notFound("join request", id)
	}
	err = o.row(`SELECT organization_id FROM orglogin.join_requests WHERE id = $1`, []any{id}, &organizationID)
	if err == nil && o.by.Bound() && organizationID != o.by.OrganizationID {
		err = store.ErrNotFound
	}
	if err != nil {
		return n, "", nameMissing(err, "join request", id)
	}
	found := false
	err = o.Query(o.selectRequests()+`WHERE r.id = $1`, []any{id}, func(scan func(...any) error) (err error) {
		found = true
		n, err = scanRequest(scan)
		return err
	})
	if err == nil && !found {
		err = notFound("join request", id)
	}
	return n, organizationID, err
}

// DecideJoinRequest makes the person a member with the role member, or declines. A declined request may be approved
// later; one that is decided so already changes nothing.
func (m *Manager) DecideJoinRequest(ctx context.Context, by Caller, id string, approve bool) (Changed[JoinRequest], error) {
	return write(ctx, m, by, func(o *operation) (done Changed[JoinRequest], err error) {
		if !store.ValidID(id) {
			return done, notFound("join request", id)
		}
		if err := o.row(`SELECT id FROM orglogin.join_requests WHERE id = $1 FOR UPDATE`, []any{id}, &id); err != nil {
			return done, nameMissing(err, "join request", id)
		}
		var organizationID string
		if done.Before, organizationID, err = o.request(id); err != nil {
			return done, err
		}
		if err := o.checkIfMatch(done.Before); err != nil {
			return done, err
		}
		done.After = done.Before
		state := store.RequestDeclined
		if approve {
			state = store.RequestApproved
		}
		switch {
		case state == done.Before.State:
			return done, nil
		case done.Before.State == store.RequestApproved:
			return done, conflict(ReasonConflict, "the join request is approved: remove the member instead")
		}
		done.After.State, done.After.DecidedAt = state, &o.now
		err = o.exec(`UPDATE orglogin.join_requests SET state = $2, decided_at = $3 WHERE id = $1`, id, string(state), o.now)
		if err == nil && approve {
			err = o.ActivateMembership(done.After.ProfileID, organizationID, "member", o.now)
			o.changed(Change{Kind: "membership", ID: organizationID, UserID: done.After.ProfileID})
		}
		if err != nil {
			return done, err
		}
		action := map[bool]string{true: "request.approve", false: "request.decline"}[approve]
		return done, o.audit(audited{
			action: action, organizationID: organizationID, target: id, profileID: done.After.ProfileID, before: done.Before, after: done.After,
		})
	})
}
