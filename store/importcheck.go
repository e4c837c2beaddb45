package store

import (
	"fmt"
	"slices"
	"time"
)

// MinToken is the shortest invitation token: 22 characters of base64url hold
// 128 bits.
const MinToken = 22

// Check returns [ErrInvalid], naming the first entry that no store may bring
// in. Reserved are the labels of PUBLIC_URL and APP_URL, which are no organization's
// slug. No text holds a token.
func (f ImportFile) Check(reserved []string) error {
	for _, check := range []func() error{
		func() error { return f.checkOrganizations(reserved) },
		f.checkUsers,
		f.checkMemberships,
		f.checkInvitations,
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (f ImportFile) checkOrganizations(reserved []string) error {
	seen := map[string]int{}
	for i, o := range f.Organizations {
		at := fmt.Sprintf("organizations[%d]", i)
		if err := CheckSlug(o.Slug, reserved); err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
		if first, ok := seen[o.Slug]; ok {
			return invalid("%s: the slug %q is that of organizations[%d] too", at, o.Slug, first)
		}
		seen[o.Slug] = i
		if !ValidText(o.Name, MaxName) {
			return invalid("%s: the name is not text or longer than %d bytes", at, MaxName)
		}
		if o.SubdomainStatus != "" && !o.SubdomainStatus.Valid() {
			return invalid("%s: the subdomain_status %.40q is none of pending, verifying, verified, failed, disabled", at, o.SubdomainStatus)
		}
	}
	return nil
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

func (f ImportFile) checkUsers() error {
	type who struct{ connection, issuer, subject, email string }
	seen := map[who]int{}
	named := map[string]int{} // address → its first entry
	unbound := map[string]bool{}
	for i, u := range f.Users {
		at := fmt.Sprintf("users[%d]", i)
		email := LowerASCII(u.Email)
		switch {
		case !ValidEmail(u.Email):
			return invalid("%s: %.80q is not one plain address", at, u.Email)
		case (u.Issuer == "") != (u.Subject == ""):
			return invalid("%s: issuer and subject go together", at)
		case u.Connection != "" && (u.Issuer == "" || !ValidConnectionID(u.Connection)):
			return invalid("%s: the connection %.80q is not an id ([a-z0-9-], at most 32 characters), or has no issuer and subject", at, u.Connection)
		case !ValidText(u.Issuer, MaxIssuer) || !ValidText(u.Subject, MaxSubject):
			return invalid("%s: the issuer or the subject is not text or too long", at)
		case !ValidText(u.Name, MaxName):
			return invalid("%s: the name is not text or longer than %d bytes", at, MaxName)
		}
		key := who{u.Identity().Connection, u.Issuer, u.Subject, ""}
		if u.Issuer == "" {
			key.email = email
		}
		if first, ok := seen[key]; ok {
			return invalid("%s: is users[%d] again", at, first)
		}
		seen[key] = i
		first, again := named[email]
		if again && (u.Issuer == "" || unbound[email]) {
			return invalid("%s: %s is users[%d] too; give both issuer and subject", at, email, first)
		}
		if !again {
			named[email] = i
		}
		unbound[email] = u.Issuer == ""
	}
	return nil
}

func (f ImportFile) checkMemberships() error {
	users := map[string]int{}
	for _, u := range f.Users {
		users[LowerASCII(u.Email)]++
	}
	seen := map[[2]string]int{}
	for i, m := range f.Memberships {
		at := fmt.Sprintf("memberships[%d]", i)
		if err := checkPlace(m.Organization, m.Email, m.Role); err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
		key := [2]string{m.Organization, LowerASCII(m.Email)}
		if first, ok := seen[key]; ok {
			return invalid("%s: is memberships[%d] again", at, first)
		}
		seen[key] = i
		if users[key[1]] > 1 {
			return invalid("%s: several users of this file have the address %s", at, key[1])
		}
	}
	return nil
}

func (f ImportFile) checkInvitations() error {
	seen := map[string]int{}
	for i, v := range f.Invitations {
		at := fmt.Sprintf("invitations[%d]", i)
		if err := checkPlace(v.Organization, v.Email, v.Role); err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
		if len(v.Token) < MinToken || !ValidText(v.Token, MaxName) {
			return invalid("%s: the token has fewer than %d characters, is not text or too long", at, MinToken)
		}
		if TrimInvitationToken(v.Token) != v.Token {
			return invalid("%s: the token ends in punctuation, which is cut from the link: let it end in a letter or digit", at)
		}
		if first, ok := seen[v.Token]; ok {
			return invalid("%s: the token is that of invitations[%d] too", at, first)
		}
		seen[v.Token] = i
		if v.ExpiresAt.IsZero() {
			return invalid("%s: expires_at is missing", at)
		}
	}
	return nil
}

// checkPlace checks what memberships and invitations share. An organization's
// slug need not be valid today: it is looked up, and unknown if it never was.
func checkPlace(organization, email, role string) error {
	switch {
	case !IsDNSLabel(organization):
		return invalid("%.80q is no organization's slug", organization)
	case !ValidEmail(email):
		return invalid("%.80q is not one plain address", email)
	case role != "" && !ValidRole(role):
		return invalid("the role %.80q is not one word of letters, digits and ._:/-", role)
	}
	return nil
}

// Check returns [ErrInvalid] for an invitation that no store may keep. An
// unknown organization is for the store to find.
func (n NewInvitation) Check(now time.Time) error {
	switch {
	case !ValidEmail(n.Email):
		return invalid("%.80q is not one plain address", n.Email)
	case !ValidRole(n.Role):
		return invalid("the role %.80q is not one word of letters, digits and ._:/-", n.Role)
	case !ValidHash(n.TokenHash):
		return invalid("the token's hash is not SHA-256")
	case !n.ExpiresAt.After(now):
		return invalid("the invitation would have expired already")
	}
	return nil
}

// TwoProfilesError is [ErrConflict] for a user whose identity is bound to one
// profile while the address is another one's.
func TwoProfilesError(bound, boundEmail, other, email string) error {
	return fmt.Errorf("%w: the identity (issuer, subject) is bound to the profile %s of %s, and the address %s is that of the profile %s: "+
		"give this entry the address %s, or leave issuer and subject out", ErrConflict, bound, boundEmail, email, other, boundEmail)
}
