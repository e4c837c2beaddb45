// Package mail sends invitations by SMTP.
package mail

import (
	"crypto/sha256"
	_ "embed" // the page of the mail
	"encoding/hex"
	"fmt"
	"html/template"
	"strings"
	"unicode"

	gomail "github.com/wneessen/go-mail"

	"orglogin/store"
	"orglogin/store/manage"
)

//go:embed invitation.html
var htmlFile string

var htmlBody = template.Must(template.New("invitation").Parse(htmlFile))

// textBody takes organization, role, address, link and time.
const textBody = `%s to %s %s.

To accept, open this link and sign in as %s:

%s

The link is good until %s, for this address alone.

If you did not expect this invitation, ignore this mail: nothing happens unless you sign in.
`

// invitation is what both bodies show.
type invitation struct {
	Invited      string // "You are invited", or who invites
	Organization string
	As           string // such as "as an admin"
	Email        string
	Expires      string
	Link         string
}

// maxNameCharacters is the most of a name that a mail shows.
const maxNameCharacters = 60

// cleanName keeps a name that strangers can choose from forging a line or hiding what follows it: without
// control and format characters, on one line, at most 60 characters.
func cleanName(name string) string {
	name = strings.Join(strings.FieldsFunc(store.CleanName(name), unicode.IsSpace), " ")
	if characters := []rune(name); len(characters) > maxNameCharacters {
		name = string(characters[:maxNameCharacters-1]) + "…"
	}
	return name
}

// as says a role in a sentence.
func as(role string) string {
	switch role {
	case "owner", "admin":
		return "as an " + role
	case "member":
		return "as a member"
	}
	return fmt.Sprintf("with the role %s", role)
}

// newMessage writes an invitation. Its Message-ID is the same for every attempt, so that a mail that was sent again after a crash is recognized as the same.
func (s *Sender) newMessage(m manage.Mail) (*gomail.Msg, error) {
	message := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := message.FromFormat(s.FromName, s.From); err != nil {
		return nil, fmt.Errorf("the sender's address: %w", err)
	}
	if err := message.To(m.Email); err != nil {
		return nil, fmt.Errorf("the recipient's address: %w", err)
	}
	i := invitation{
		Invited: "You are invited", Organization: cleanName(m.OrganizationName), As: as(m.Role), Email: m.Email,
		Expires: m.ExpiresAt.UTC().Format("2 January 2006, 15:04 UTC"), Link: m.Link,
	}
	if name := cleanName(m.Inviter); name != "" {
		i.Invited = name + " invited you"
	}
	message.Subject("Invitation to " + i.Organization)
	message.SetDateWithValue(s.Now())
	id := sha256.Sum256([]byte(m.Link))
	message.SetMessageIDWithValue(hex.EncodeToString(id[:16]) + "@" + s.Domain)
	message.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834 section 5
	message.SetBodyString(gomail.TypeTextPlain, fmt.Sprintf(textBody, i.Invited, i.Organization, i.As, i.Email, i.Link, i.Expires))
	if err := message.AddAlternativeHTMLTemplate(htmlBody, i); err != nil {
		return nil, fmt.Errorf("the HTML: %w", err)
	}
	return message, nil
}
