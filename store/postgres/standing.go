package postgres

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"orglogin/store"
)

// selectStanding reads all that a decision needs in one statement and so from
// one snapshot, under the claims set before it in the same transaction: once
// for a question, and once more at the end of a login.
const selectStanding = `
SELECT
	(SELECT to_jsonb(p) FROM api.get_profile() AS p),
	(SELECT jsonb_agg(to_jsonb(m)) FROM api.get_memberships() AS m),
	(SELECT u.organization_id::text FROM orglogin.last_used AS u WHERE u.profile_id = (SELECT auth.uid())),
	(SELECT jsonb_object_agg(s.slug, to_jsonb(o))
		FROM unnest($1::text[]) AS s (slug)
		CROSS JOIN LATERAL api.get_organization_by_slug(s.slug) AS o),
	(SELECT to_jsonb(i) FROM api.get_invitation($2::bytea) AS i WHERE $2::bytea IS NOT NULL)`

// profileRow is a row of api.get_profile.
type profileRow struct {
	ID            string `json:"id"`
	Email         string `json:"email"`
	EmailVerified bool   `json:"email_verified"`
	Authoritative bool   `json:"authoritative"`
	Name          string `json:"name"`
	Picture       string `json:"picture"`
	Disabled      bool   `json:"disabled"`
}

// membershipRow is a row of api.get_memberships.
type membershipRow struct {
	OrganizationID  string `json:"organization_id"`
	Name            string `json:"name"`
	Slug            string `json:"slug"`
	SubdomainStatus string `json:"subdomain_status"`
	Role            string `json:"role"`
}

// organizationRow is a row of api.get_organization_by_slug.
type organizationRow struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Slug   string `json:"slug"`
	Status string `json:"status"`
}

// invitationRow is a row of api.get_invitation; api.get_invitations leaves the
// last three out, because its rows are pending.
type invitationRow struct {
	ID               string     `json:"id"`
	OrganizationID   string     `json:"organization_id"`
	OrganizationName string     `json:"organization_name"`
	Slug             string     `json:"slug"`
	SubdomainStatus  string     `json:"subdomain_status"`
	Email            string     `json:"email"`
	Role             string     `json:"role"`
	ExpiresAt        time.Time  `json:"expires_at"`
	AcceptedBy       *string    `json:"accepted_by"`
	AcceptedAt       *time.Time `json:"accepted_at"`
	Revoked          bool       `json:"revoked"`
}

// standingRow collects the five answers of selectStanding.
type standingRow struct {
	profile       *profileRow
	memberships   []membershipRow
	lastUsed      *string
	organizations map[string]organizationRow
	invitation    *invitationRow
}

// queue adds the statement that fills r. Slugs that nobody can have are not asked for.
func (r *standingRow) queue(s *Store, b *batch, slugs []string, invitation []byte) {
	asked := make([]string, 0, len(slugs))
	for _, slug := range slugs {
		if s.validSlug(slug) {
			asked = append(asked, slug)
		}
	}
	if len(invitation) == 0 {
		invitation = nil
	}
	b.Queue(selectStanding, asked, invitation).QueryRow(func(row pgx.Row) error {
		var profile, memberships, organizations, invitation []byte
		if err := row.Scan(&profile, &memberships, &r.lastUsed, &organizations, &invitation); err != nil {
			return err
		}
		for text, into := range map[*[]byte]any{
			&profile: &r.profile, &memberships: &r.memberships, &organizations: &r.organizations, &invitation: &r.invitation,
		} {
			if *text == nil {
				continue
			}
			if err := json.Unmarshal(*text, into); err != nil {
				return fmt.Errorf("what the functions of schema api answer: %w", err)
			}
		}
		return nil
	})
}

// standing is what was read as the words have it. ErrNotFound: no profile.
func (r *standingRow) standing() (store.Standing, error) {
	if r.profile == nil {
		return store.Standing{}, pgx.ErrNoRows
	}
	s := store.Standing{
		Profile:       r.profile.word(),
		Organizations: make(map[string]store.Organization, len(r.organizations)),
		Source:        store.FromDatabase,
	}
	for _, m := range r.memberships {
		s.Memberships = append(s.Memberships, store.Membership{
			Organization: store.Organization{
				ID: m.OrganizationID, Name: m.Name, Slug: m.Slug, Status: store.SubdomainStatus(m.SubdomainStatus),
			},
			Role: m.Role,
		})
	}
	slices.SortFunc(s.Memberships, func(a, b store.Membership) int {
		if c := strings.Compare(a.Organization.Name, b.Organization.Name); c != 0 {
			return c
		}
		return strings.Compare(a.Organization.Slug, b.Organization.Slug)
	})
	if r.lastUsed != nil {
		s.LastUsed = *r.lastUsed
	}
	for asked, o := range r.organizations {
		s.Organizations[asked] = o.word()
	}
	if r.invitation != nil {
		i := r.invitation.word()
		s.Invitation = &i
	}
	return s, nil
}

func (r profileRow) word() store.Profile { return store.Profile(r) }

func (r organizationRow) word() store.Organization {
	return store.Organization{ID: r.ID, Name: r.Name, Slug: r.Slug, Status: store.SubdomainStatus(r.Status)}
}

func (r invitationRow) word() store.Invitation {
	i := store.Invitation{
		ID: r.ID,
		Organization: store.Organization{
			ID: r.OrganizationID, Name: r.OrganizationName, Slug: r.Slug, Status: store.SubdomainStatus(r.SubdomainStatus),
		},
		Email:      r.Email,
		Role:       r.Role,
		ExpiresAt:  r.ExpiresAt.UTC(),
		AcceptedAt: timeOf(r.AcceptedAt),
		Revoked:    r.Revoked,
	}
	if r.AcceptedBy != nil {
		i.AcceptedBy = *r.AcceptedBy
	}
	return i
}
