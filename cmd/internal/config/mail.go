package config

import (
	"net/url"
	"strconv"
	"strings"

	"orglogin/store"
)

// MailSettings say how invitations are sent.
type MailSettings struct {
	SMTPURL  string `name:"smtp-url" variable:"SMTP_URL" placeholder:"URL" help:"Mail server that sends invitations: smtps://USER:PASSWORD@HOST, or smtp://HOST, with STARTTLS unless it is this machine. None by default."`
	MailFrom string `variable:"MAIL_FROM" placeholder:"ADDRESS" help:"Sender of the mails, such as 'Example <login@example.com>'. Required with SMTP_URL."`
}

// Mail says how mails are sent; Server is nil where none are.
type Mail struct {
	Server   *url.URL
	From     string // address of the sender
	FromName string // beside it; may be empty
}

// CheckSender refuses mail without a role that may read the outbox: serve sends as the role of the API.
func (m Mail) CheckSender(c *Check, d Database) {
	if m.Server != nil && d.URL != "" && d.APIURL == "" && !c.has("API_DATABASE_URL") {
		c.missing("API_DATABASE_URL", "With "+Prefix+"SMTP_URL the mails are read as the role of the API: make one that owns nothing, and run migrate with its URL here.")
	}
}

// Check returns the mail server, nil where none is set.
func (s MailSettings) Check(c *Check) Mail {
	if s.SMTPURL == "" {
		if s.MailFrom != "" {
			c.Add("MAIL_FROM", s.MailFrom, "is set without "+Prefix+"SMTP_URL, so no mail is sent", "Set both or neither.")
		}
		return Mail{}
	}
	m := Mail{Server: c.smtp("SMTP_URL", s.SMTPURL)}
	if s.MailFrom == "" {
		c.missing("MAIL_FROM", "Write the sender of the mails, such as 'Example <login@example.com>'.")
		return m
	}
	var ok bool
	if m.FromName, m.From, ok = parseSender(s.MailFrom); !ok {
		c.Add("MAIL_FROM", s.MailFrom, "is not an address, or a name with an address in angle brackets", "Write an address, such as 'Example <login@example.com>'.")
	}
	return m
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

// smtp returns nil for what is no mail server.
func (c *Check) smtp(variable, text string) *url.URL {
	const fix = "Write smtps://USER:PASSWORD@HOST:PORT, or smtp://HOST:PORT."
	u, err := store.ParseAddress(text)
	if err != nil {
		c.addAddress(variable, text, err.Error(), fix)
		return nil
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	switch {
	case u.Scheme != "smtp" && u.Scheme != "smtps":
		c.addAddress(variable, text, "has the scheme "+Show(u.Scheme)+", not smtp or smtps", fix)
	case u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "":
		c.addAddress(variable, text, "has no host, or a path or a query", fix)
	case u.Port() != "" && (err != nil || port == 0):
		c.addAddress(variable, text, "has a port that is none", fix)
	default:
		return u
	}
	return nil
}
