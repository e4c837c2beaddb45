package store

import "time"

// ImportFile is contract section 7: what an operator brings in. What the file
// does not name is left alone. It marshals to a file that parses to the same:
// what is not given is not written, because null is refused.
type ImportFile struct {
	Organizations []ImportOrganization `json:"organizations,omitzero"`
	Users         []ImportUser         `json:"users,omitzero"`
	Memberships   []ImportMembership   `json:"memberships,omitzero"`
	Invitations   []ImportInvitation   `json:"invitations,omitzero"`
}

// ImportOrganization is matched by slug.
type ImportOrganization struct {
	Slug            string          `json:"slug"`
	Name            string          `json:"name"`
	SubdomainStatus SubdomainStatus `json:"subdomain_status,omitzero"` // pending by default
}

// ImportUser is matched by issuer and subject where given, else by address.
// Without issuer and subject it is bound to the first identity that arrives
// with that address, verified, from a provider that is authoritative for it.
type ImportUser struct {
	Email    string `json:"email"`
	Name     string `json:"name"`
	Issuer   string `json:"issuer,omitzero"`
	Subject  string `json:"subject,omitzero"`
	Disabled *bool  `json:"disabled,omitzero"`
}

// ImportMembership names an organization and a user, of this file or already there.
type ImportMembership struct {
	Organization string `json:"organization"`
	Email        string `json:"email"`
	Role         string `json:"role,omitzero"`   // member by default
	Active       *bool  `json:"active,omitzero"` // true by default
}

// ImportInvitation is matched by its token, which is stored only as a hash.
type ImportInvitation struct {
	Organization string    `json:"organization"`
	Email        string    `json:"email"`
	Role         string    `json:"role,omitzero"` // member by default
	Token        string    `json:"token"`
	ExpiresAt    time.Time `json:"expires_at"`
	Revoked      bool      `json:"revoked,omitzero"`
}
