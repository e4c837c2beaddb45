package mail

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"

	"orglogin/store"
	"orglogin/store/manage"
)

// Sender sends mails through one SMTP server.
type Sender struct {
	Server   *url.URL // smtps://, or smtp:// with STARTTLS except on loopback
	From     string   // an address
	FromName string   // beside it; may be empty
	Domain   string   // right part of Message-IDs: the host of PUBLIC_URL
	Now      func() time.Time
	// Timeout bounds one attempt; zero is [attemptTimeout].
	Timeout time.Duration
	// Options are further ones of the SMTP client; tests name the certificate of their server.
	Options []gomail.Option
}

// attemptTimeout bounds one attempt, which is far less than an instance has for it.
const attemptTimeout = 45 * time.Second

// refusal is an answer of the server that another attempt would not change.
type refusal struct{ error }

func (r refusal) Unwrap() error { return r.error }

// Send sends one mail. The error is a [refusal] where the server refuses this recipient or this mail for good.
func (s *Sender) Send(ctx context.Context, m manage.Mail) error {
	message, err := s.newMessage(m)
	if err != nil {
		return refusal{err}
	}
	client, err := s.client()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout())
	defer cancel()
	err = client.DialAndSendWithContext(ctx, message)
	var refused *gomail.SendError
	switch {
	case err == nil, message.IsDelivered(): // it may still fail to say goodbye
		return nil
	case !errors.As(err, &refused):
		return err // the server was not asked yet, so no address is in it
	case refused.ErrorCode() == 0:
		return fmt.Errorf("the connection to the SMTP server failed in the step %q", refused.Reason)
	}
	// The text of the server may repeat the address, which belongs into no log.
	err = fmt.Errorf("the SMTP server answered %d %s in the step %q", refused.ErrorCode(), refused.EnhancedStatusCode(), refused.Reason)
	if refused.ErrorCode() >= 500 {
		return refusal{err}
	}
	return err
}

func (s *Sender) timeout() time.Duration { return cmp.Or(s.Timeout, attemptTimeout) }

func (s *Sender) client() (*gomail.Client, error) {
	options := []gomail.Option{
		gomail.WithTimeout(s.timeout() / 3), // of one answer
		gomail.WithoutNoop(),
		gomail.WithHELO(s.Domain),
	}
	port, implicit := 587, s.Server.Scheme == "smtps"
	switch {
	case implicit:
		port, options = 465, append(options, gomail.WithSSL())
	case store.IsLoopback(s.Server.Hostname()):
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if text := s.Server.Port(); text != "" {
		var err error
		if port, err = strconv.Atoi(text); err != nil {
			return nil, fmt.Errorf("the port of the SMTP server: %w", err)
		}
	}
	options = append(options, gomail.WithPort(port))
	if user := s.Server.User; user != nil {
		password, _ := user.Password()
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(user.Username()), gomail.WithPassword(password))
	}
	return gomail.NewClient(s.Server.Hostname(), append(options, s.Options...)...)
}
