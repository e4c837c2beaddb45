package postgres

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"orglogin/store"
)

// selectSnapshot reads all that a decision needs in one statement and so from
// one snapshot, under the claims set before it in the same transaction. A login
// ends with the same row.
const selectSnapshot = `SELECT s.* FROM orglogin.read_access_snapshot($1::text[], $2::bytea) AS s`

// profileRow is a row of api.get_profile.
type profileRow struct {
	ID            string
	Email         string
	EmailVerified bool
	Authoritative bool
	Name          string
	Picture       string
	Disabled      bool
}

// organizationRow is a row of api.get_organization_by_slug.
type organizationRow struct {
	ID     string
	Name   string
	Slug   string
	Status string
	SSO    string
}

// invitationRow is a row of api.get_invitation; api.get_invitations leaves the
// last three out, because its rows are pending.
type invitationRow struct {
	ID               string
	OrganizationID   string
	OrganizationName string
	Slug             string
	SubdomainStatus  string
	SSO              string
	Email            string
	Role             string
	Inviter          string
	ExpiresAt        pgtype.Timestamptz
	AcceptedBy       string
	AcceptedAt       pgtype.Timestamptz
	Revoked          bool
}

// snapshotRow is a row of orglogin.access_snapshot. An id that is empty is a thing that is
// not there.
type snapshotRow struct {
	profile       profileRow
	memberships   pgtype.FlatArray[string] // membershipTexts for each
	lastUsed      string
	organizations pgtype.FlatArray[string] // organizationTexts for each
	invitation    invitationRow
	hidden        string // what a policy hides from the person's own claims: profile or memberships
}

// How many texts stand for one of them.
const (
	membershipTexts   = 8 // as orglogin.read_access_snapshot returns them
	organizationTexts = 6 // slug asked for; id, name, slug, status, SSO
)

func (r *snapshotRow) into() []any {
	p, i := &r.profile, &r.invitation
	return []any{
		&p.ID, &p.Email, &p.EmailVerified, &p.Authoritative, &p.Name, &p.Picture, &p.Disabled,
		&r.memberships, &r.lastUsed, &r.organizations,
		&i.ID, &i.OrganizationID, &i.OrganizationName, &i.Slug, &i.SubdomainStatus, &i.SSO, &i.Email, &i.Role, &i.Inviter,
		&i.ExpiresAt, &i.AcceptedBy, &i.AcceptedAt, &i.Revoked, &r.hidden,
	}
}

// asked are the slugs that an organization can have.
func (s *Store) asked(slugs []string) []string {
	asked := make([]string, 0, len(slugs))
	for _, slug := range slugs {
		if s.validSlug(slug) {
			asked = append(asked, slug)
		}
	}
	return asked
}

// snapshot converts the row. ErrNoRows: the profile does not exist. A
// [hiddenError] comes with what is not hidden.
func (r *snapshotRow) snapshot(validSlug func(string) bool) (store.AccessSnapshot, error) {
	switch {
	case r.profile.ID == "" && r.hidden == "":
		return store.AccessSnapshot{}, pgx.ErrNoRows
	case r.profile.ID == "":
		return store.AccessSnapshot{}, hiddenError(r.hidden)
	}
	s := store.AccessSnapshot{
		Profile:       r.profile.word(),
		LastUsed:      r.lastUsed,
		Organizations: make(map[string]store.Organization, len(r.organizations)/organizationTexts),
		Source:        store.FromDatabase,
	}
	for m := range slices.Chunk(r.memberships, membershipTexts) {
		s.Memberships = append(s.Memberships, membershipOf(m, validSlug))
	}
	slices.SortFunc(s.Memberships, func(a, b store.Membership) int {
		if c := strings.Compare(a.Organization.Name, b.Organization.Name); c != 0 {
			return c
		}
		return strings.Compare(a.Organization.Slug, b.Organization.Slug)
	})
	for o := range slices.Chunk(r.organizations, organizationTexts) {
		s.Organizations[o[0]] = organizationOf(o[1:])
	}
	if r.invitation.ID != "" {
		i := r.invitation.word()
		s.Invitation = &i
	}
	if r.hidden != "" {
		return s, hiddenError(r.hidden)
	}
	return s, nil
}

// membershipOf reads one of orglogin.read_access_snapshot. The place is usable where the
// slug for redirects is valid and finds the same organization.
func membershipOf(texts []string, validSlug func(string) bool) store.Membership {
	slug, found := texts[4], texts[6]
	m := store.Membership{
		Organization: store.Organization{ID: texts[0], Name: texts[1], Slug: texts[2], Status: store.Failed, SSO: ssoOf(texts[7])},
		Role:         texts[3],
	}
	switch {
	case slug == "":
		m.Organization.Problem = "api.get_subdomain_info_for_redirect returns no slug"
	case !validSlug(slug):
		m.Organization.Problem = fmt.Sprintf("api.get_subdomain_info_for_redirect returns %.80q, which is no slug of an organization", slug)
	case found != m.Organization.ID:
		m.Organization.Problem = fmt.Sprintf("api.get_subdomain_info_for_redirect returns the slug %q, by which api.get_organization_by_slug does not find this organization", slug)
	default:
		m.Organization.Slug, m.Organization.Status = slug, store.SubdomainStatus(texts[5])
	}
	return m
}

// organizationOf reads id, name, slug, status, SSO.
func organizationOf(texts []string) store.Organization {
	return organizationRow{ID: texts[0], Name: texts[1], Slug: texts[2], Status: texts[3], SSO: texts[4]}.word()
}

// ssoOf is empty for off.
func ssoOf(text string) store.SSO {
	if sso := store.SSO(text); sso != store.SSOOff {
		return sso
	}
	return ""
}

func (r profileRow) word() store.Profile { return store.Profile(r) }

func (r organizationRow) word() store.Organization {
	return store.Organization{ID: r.ID, Name: r.Name, Slug: r.Slug, Status: store.SubdomainStatus(r.Status), SSO: ssoOf(r.SSO)}
}

func (r invitationRow) word() store.Invitation {
	return store.Invitation{
		ID: r.ID,
		Organization: store.Organization{
			ID: r.OrganizationID, Name: r.OrganizationName, Slug: r.Slug, Status: store.SubdomainStatus(r.SubdomainStatus), SSO: ssoOf(r.SSO),
		},
		Email:      r.Email,
		Role:       r.Role,
		Inviter:    r.Inviter,
		ExpiresAt:  r.ExpiresAt.Time.UTC(),
		AcceptedBy: r.AcceptedBy,
		AcceptedAt: r.AcceptedAt.Time.UTC(), // NULL is the zero time
		Revoked:    r.Revoked,
	}
}
