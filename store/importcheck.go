package store

import (
	"fmt"
	"slices"
)

// MinToken is the shortest invitation token: 22 characters of base64url hold
// 128 bits.
const MinToken = 22

// Check returns all [ImportMistakes] for which no store may bring the file in.
// Reserved are the labels of PUBLIC_URL and APP_URL, which are no organization's
// slug. No text holds a token.
func (f ImportFile) Check(reserved []string) error { return f.mistakes(reserved).err() }

func (f ImportFile) mistakes(reserved []string) ImportMistakes {
	var m ImportMistakes
	f.checkOrganizations(&m, reserved)
	f.checkUsers(&m)
	f.checkMemberships(&m)
	f.checkInvitations(&m)
	return m
}

func (f ImportFile) checkOrganizations(m *ImportMistakes, reserved []string) {
	seen := map[string]int{}
	for i, o := range f.Organizations {
		at := fmt.Sprintf("organizations[%d]", i)
		if err := CheckSlug(o.Slug, reserved); err != nil {
			m.Add(at+".slug", err)
		} else if first, ok := seen[o.Slug]; ok {
			m.add(at+".slug", "the slug %q is that of organizations[%d] too", o.Slug, first)
		} else {
			seen[o.Slug] = i
		}
		if !ValidText(o.Name, MaxName) {
			m.add(at+".name", "the name is not text or longer than %d bytes", MaxName)
		}
		if o.SubdomainStatus != "" && !o.SubdomainStatus.Valid() {
			m.add(at+".subdomain_status", "the subdomain_status %.40q is none of pending, verifying, verified, failed, disabled", o.SubdomainStatus)
		}
	}
}

// CheckSlug returns [ErrInvalid], naming a slug that cannot be an
// organization's; reserved as for [ImportFile.Check].
func CheckSlug(slug string, reserved []string) error {
	if slices.Contains(reserved, slug) {
		return invalid("the slug %q is a host of this service", slug)
	}
	if !ValidSlug(slug) {
		return invalid("the slug %.80q is reserved or not one lower-case DNS label", slug)
	}
	return nil
}

func (f ImportFile) checkUsers(m *ImportMistakes) {
	type who struct{ connection, issuer, subject, email string }
	seen := map[who]int{}
	named := map[string]int{} // address → its first entry
	unbound := map[string]bool{}
	for i, u := range f.Users {
		at := fmt.Sprintf("users[%d]", i)
		if !u.check(m, at) {
			continue // it cannot be compared with others
		}
		email := LowerASCII(u.Email)
		key := who{u.Identity().Connection, u.Issuer, u.Subject, ""}
		if u.Issuer == "" {
			key.email = email
		}
		first, again := named[email]
		if same, ok := seen[key]; ok {
			m.add(at, "is users[%d] again", same)
		} else if again && (u.Issuer == "" || unbound[email]) {
			m.add(at+".email", "%s is users[%d] too; give both issuer and subject", email, first)
		}
		seen[key] = i
		if !again {
			named[email] = i
		}
		unbound[email] = u.Issuer == ""
	}
}

// check reports whether the entry by itself has no mistake.
func (u ImportUser) check(m *ImportMistakes, at string) bool {
	before := len(*m)
	if !ValidEmail(u.Email) {
		m.add(at+".email", "%.80q is not one plain address", u.Email)
	}
	switch {
	case (u.Issuer == "") != (u.Subject == ""):
		m.add(at, "issuer and subject go together")
	case u.Connection != "" && (u.Issuer == "" || !ValidConnectionID(u.Connection)):
		m.add(at+".connection", "the connection %.80q is not an id ([a-z0-9-], at most 32 characters), or has no issuer and subject", u.Connection)
	case !ValidText(u.Issuer, MaxIssuer) || !ValidText(u.Subject, MaxSubject):
		m.add(at, "the issuer or the subject is not text or too long")
	}
	if !ValidText(u.Name, MaxName) {
		m.add(at+".name", "the name is not text or longer than %d bytes", MaxName)
	}
	return len(*m) == before
}

func (f ImportFile) checkMemberships(m *ImportMistakes) {
	users := f.users()
	seen := map[[2]string]int{}
	for i, e := range f.Memberships {
		at := fmt.Sprintf("memberships[%d]", i)
		if !checkPlace(m, at, e.Organization, e.Email, e.Role) {
			continue
		}
		key := [2]string{e.Organization, LowerASCII(e.Email)}
		if first, ok := seen[key]; ok {
			m.add(at, "is memberships[%d] again", first)
		} else if users[key[1]] > 1 {
			m.add(at+".email", "several users of this file have the address %s", key[1])
		}
		seen[key] = i
	}
}

// users counts those of each address.
func (f ImportFile) users() map[string]int {
	users := map[string]int{}
	for _, u := range f.Users {
		users[LowerASCII(u.Email)]++
	}
	return users
}

func (f ImportFile) checkInvitations(m *ImportMistakes) {
	users := f.users()
	seen := map[string]int{}
	for i, v := range f.Invitations {
		at := fmt.Sprintf("invitations[%d]", i)
		checkPlace(m, at, v.Organization, v.Email, v.Role)
		if len(v.Token) < MinToken || !ValidText(v.Token, MaxName) {
			m.add(at+".token", "the token has fewer than %d characters, is not text or too long", MinToken)
		} else if TrimInvitationToken(v.Token) != v.Token {
			m.add(at+".token", "the token ends in punctuation, which is cut from the link: let it end in a letter or digit")
		} else if first, ok := seen[v.Token]; ok {
			m.add(at+".token", "the token is that of invitations[%d] too", first)
		}
		seen[v.Token] = i
		if v.ExpiresAt.IsZero() {
			m.add(at+".expires_at", "expires_at is missing")
		}
		if v.InvitedBy != "" && !ValidEmail(v.InvitedBy) {
			m.add(at+".invited_by", "%.80q is not one plain address", v.InvitedBy)
		} else if users[LowerASCII(v.InvitedBy)] > 1 {
			m.add(at+".invited_by", "several users of this file have the address %s", v.InvitedBy)
		}
	}
}

// checkPlace checks what memberships and invitations share, and reports whether it has no mistake. An organization's
// slug need not be valid today: it is looked up, and unknown if it never was.
func checkPlace(m *ImportMistakes, at, organization, email, role string) bool {
	before := len(*m)
	if !IsDNSLabel(organization) {
		m.add(at+".organization", "%.80q is no organization's slug", organization)
	}
	if !ValidEmail(email) {
		m.add(at+".email", "%.80q is not one plain address", email)
	}
	if role != "" && !ValidRole(role) {
		m.add(at+".role", "the role %.80q is not one word of letters, digits and ._:/-", role)
	}
	return len(*m) == before
}

// NotInviterError is [ErrInvalid] for an invitation in the name of a person who is not an active member: it would
// show the name of a person who has nothing to do with the organization.
func NotInviterError(email, organization string) error {
	return fmt.Errorf("%w: invited_by: %s is not an active member of %s", ErrInvalid, email, organization)
}

// TwoProfilesError is [ErrConflict] for a user whose identity is bound to one
// profile while the address is another one's.
func TwoProfilesError(bound, boundEmail, other, email string) error {
	return fmt.Errorf("%w: the identity (issuer, subject) is bound to the profile %s of %s, and the address %s is that of the profile %s: "+
		"give this entry the address %s, or leave issuer and subject out", ErrConflict, bound, boundEmail, email, other, boundEmail)
}
