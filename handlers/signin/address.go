package signin

import (
	"errors"
	"fmt"
	"slices"

	"orglogin/store"
)

// address is what one document of the provider says of the person's address.
type address struct {
	email    string // one plain address, or empty
	verified bool
	problem  string // why it is not verified
}

func (c Config) checkEmailVerified() error {
	shared := store.SharedMicrosoftIssuer(c.Issuer)
	switch c.EmailVerified {
	case "", store.EmailVerifiedClaim, store.EmailVerifiedEDOV:
	case store.EmailVerifiedIssuer:
		if shared || c.Issuer == store.GoogleIssuer {
			return FieldError{"email_verified", fmt.Sprintf("issuer vouches for every address of %s, where anybody can have an account", c.Issuer)}
		}
	default:
		return FieldError{"email_verified", fmt.Sprintf("%q is neither claim, xms_edov nor issuer", c.EmailVerified)}
	}
	if shared && c.TrustEmail && c.EmailVerified != store.EmailVerifiedEDOV {
		return fmt.Errorf("trust email: with %s it needs email verified xms_edov", c.Issuer)
	}
	return nil
}

// lacking names the claim that is missing in an ID token for the address to be
// judged; empty where none is.
func (p *Provider) lacking(idToken object) string {
	switch {
	case idToken.raw("email") == "":
		return "email"
	case p.config.EmailVerified == store.EmailVerifiedClaim && idToken.raw("email_verified") == "":
		return "email_verified"
	}
	return ""
}

// readAddress reads address and verification from one document, called name in
// the problem.
func (p *Provider) readAddress(document object, name string) address {
	text, given, err := document.text("email")
	email, valid := store.NormalizeEmail(text)
	switch {
	case err != nil:
		return address{problem: name + ": " + err.Error()}
	case !given:
		return address{problem: name + " has no email claim"}
	case !valid:
		return address{problem: "email is not one plain address in " + name}
	}
	if problem := p.unverified(document, name); problem != "" {
		return address{email: email, problem: problem}
	}
	return address{email: email, verified: true}
}

// unverified says why the document does not verify its address; empty where it does.
// An explicit email_verified of false verifies in no mode.
func (p *Provider) unverified(document object, name string) string {
	claimed := document.raw("email_verified")
	says := func(claim string) string { return claim + " is " + document.kind(claim) + " in " + name }
	switch {
	case p.config.EmailVerified == store.EmailVerifiedClaim && claimed != "true":
		return says("email_verified") + "; only the JSON value true is accepted"
	case p.config.EmailVerified == store.EmailVerifiedEDOV && !truthy(document.raw("xms_edov")):
		return says("xms_edov") + `; true, 1, "1" and "true" are accepted`
	case claimed != "" && !truthy(claimed):
		return says("email_verified")
	}
	return ""
}

// truthy reports whether a claim is one of the values with which Microsoft Entra
// says yes.
func truthy(raw string) bool { return slices.Contains([]string{"true", "1", `"1"`, `"true"`}, raw) }

// sameAddress checks that the ID token, where it has an address, has that of UserInfo.
func sameAddress(idToken object, fromUserInfo address) error {
	text, given, err := idToken.text("email")
	email, _ := store.NormalizeEmail(text)
	if err != nil || given && email != fromUserInfo.email {
		return errors.New("the email claims of the ID token and of UserInfo differ")
	}
	return nil
}
