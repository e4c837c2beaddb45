package store

import (
	"cmp"
	"slices"
	"time"
)

// ImportFile is contract section 7: what an operator brings in. What the file
// does not name is left alone. It marshals to a file that parses to the same:
// what is not given is not written, because null is refused.
type ImportFile struct {
	Organizations []ImportOrganization `json:"organizations,omitzero"`
	Users         []ImportUser         `json:"users,omitzero"`
	Memberships   []ImportMembership   `json:"memberships,omitzero"`
	Invitations   []ImportInvitation   `json:"invitations,omitzero"`
}

// Normalized returns the file with every name as [CleanName] and every address
// as [NormalizeEmail] has it. What is not text or not an address stays, for
// [ImportFile.Check] to name.
func (f ImportFile) Normalized() ImportFile {
	name := func(s string) string {
		if ValidText(s, len(s)) {
			return CleanName(s)
		}
		return s
	}
	address := func(s string) string {
		if email, ok := NormalizeEmail(s); ok {
			return email
		}
		return s
	}
	f.Organizations = slices.Clone(f.Organizations)
	for i := range f.Organizations {
		f.Organizations[i].Name = name(f.Organizations[i].Name)
	}
	f.Users = slices.Clone(f.Users)
	for i := range f.Users {
		f.Users[i].Name, f.Users[i].Email = name(f.Users[i].Name), address(f.Users[i].Email)
	}
	f.Memberships = slices.Clone(f.Memberships)
	for i := range f.Memberships {
		f.Memberships[i].Email = address(f.Memberships[i].Email)
	}
	f.Invitations = slices.Clone(f.Invitations)
	for i := range f.Invitations {
		f.Invitations[i].Email, f.Invitations[i].InvitedBy = address(f.Invitations[i].Email), address(f.Invitations[i].InvitedBy)
	}
	return f
}

// ImportOrganization is matched by slug.
type ImportOrganization struct {
	Slug            string          `json:"slug"`
	Name            string          `json:"name"`
	SubdomainStatus SubdomainStatus `json:"subdomain_status,omitzero"` // pending by default
}

// ImportUser is matched by connection, issuer and subject where given, else by address.
// Without issuer and subject it is bound to the first identity that arrives
// with that address, verified, from a provider that is authoritative for it.
type ImportUser struct {
	Email      string `json:"email"`
	Name       string `json:"name"`
	Connection string `json:"connection,omitzero"` // [DefaultConnection] by default
	Issuer     string `json:"issuer,omitzero"`
	Subject    string `json:"subject,omitzero"`
	Disabled   *bool  `json:"disabled,omitzero"`
}

// Identity is the key of the user's identity; Issuer is empty where none is given.
func (u ImportUser) Identity() Identity {
	return Identity{Connection: cmp.Or(u.Connection, DefaultConnection), Issuer: u.Issuer, Subject: u.Subject}
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
	InvitedBy    string    `json:"invited_by,omitzero"` // address of the active member who invites
}
