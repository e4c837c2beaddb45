package config

import (
	"net/url"
	"strconv"
	"strings"

	"orglogin/store"
)

// Mail says how invitations are sent; Server is nil where none are.
type Mail struct {
	Server *url.URL `name:"smtp-url" variable:"SMTP_URL" type:"smtp-url" placeholder:"URL" help:"Mail server that sends invitations: smtps://USER:PASSWORD@HOST, or smtp://HOST, with STARTTLS unless it is this machine. None by default."`
	From   Sender   `name:"mail-from" variable:"MAIL_FROM" type:"sender" placeholder:"ADDRESS" help:"Sender of the mails, such as 'Example <login@example.com>'. Required with SMTP_URL."`
}

// Sender is the address that mails are from, and the name beside it, which may be empty.
type Sender struct{ Address, Name string }

func (m *Mail) check(c *Check) {
	server, from := m.Server != nil || c.has("SMTP_URL"), m.From.Address != "" || c.has("MAIL_FROM")
	switch {
	case from && !server:
		c.Add("MAIL_FROM", m.From.Address, "is set without "+Prefix+"SMTP_URL, so no mail is sent", "Set both or neither.")
	case server && !from:
		c.missing("MAIL_FROM", "Write the sender of the mails, such as 'Example <login@example.com>'.")
	}
}

// checkSender refuses mail without a role that may read the outbox: serve sends as the role of the API.
func (m *Mail) checkSender(c *Check, d Database) {
	if m.Server != nil && d.URL != "" && d.Path() == "" && d.APIURL == "" && !c.has("API_DATABASE_URL") {
		c.missing("API_DATABASE_URL", "With "+Prefix+"SMTP_URL the mails are read as the role of the API: make one that owns nothing, and run migrate with its URL here.")
	}
}

func (s setting) sender(text string) Sender {
	name, address, ok := parseSender(text)
	if !ok {
		s.add(text, "is not an address, or a name with an address in angle brackets", "Write an address, such as 'Example <login@example.com>'.")
		return Sender{}
	}
	return Sender{Name: name, Address: address}
}

// parseSender takes an address, or a name with an address in angle brackets.
func parseSender(text string) (name, address string, ok bool) {
	address = text
	if before, rest, found := strings.Cut(text, "<"); found {
		inside, behind, _ := strings.Cut(rest, ">")
		if name, address = strings.TrimSpace(before), inside; behind != "" {
			return "", "", false
		}
	}
	address, ok = store.NormalizeEmail(address)
	return name, address, ok && plainSender(name)
}

// plainSender reports whether a name can stand in the header of a mail as it is.
func plainSender(name string) bool {
	return name == store.CleanName(name) && !strings.ContainsAny(name, `"<>@,;:\`) && len(name) <= 200
}

func (s setting) smtpURL(text string) *url.URL {
	const fix = "Write smtps://USER:PASSWORD@HOST:PORT, or smtp://HOST:PORT."
	u, err := store.ParseAddress(text)
	if err != nil {
		s.check.addAddress(s.variable, text, err.Error(), fix)
		return nil
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	switch {
	case u.Scheme != "smtp" && u.Scheme != "smtps":
		s.check.addAddress(s.variable, text, "has the scheme "+Show(u.Scheme)+", not smtp or smtps", fix)
	case u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "":
		s.check.addAddress(s.variable, text, "has no host, or a path or a query", fix)
	case u.Port() != "" && (err != nil || port == 0):
		s.check.addAddress(s.variable, text, "has a port that is none", fix)
	default:
		return u
	}
	return nil
}
