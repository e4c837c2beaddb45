package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	gomail "github.com/wneessen/go-mail"

	"orglogin/cmd/internal/mail/mailtest"
	"orglogin/store"
	"orglogin/store/manage"
	"orglogin/store/sqlite"
	"orglogin/store/sqlite/sqlitetest"
)

// scene is an outbox, and a worker whose clock the test moves.
type scene struct {
	*Worker
	ahead   atomic.Int64 // of the real clock
	results []manage.MailState
	log     strings.Builder
}

func (s *scene) now() time.Time       { return time.Now().Add(time.Duration(s.ahead.Load())) }
func (s *scene) wait(d time.Duration) { s.ahead.Add(int64(d)) }

// newScene sends through smtp:// at an address of loopback.
func newScene(t *testing.T, address string) *scene {
	t.Helper()
	path := filepath.Join(t.TempDir(), "orglogin.db")
	sqlitetest.Migrate(t, path)
	s := &scene{}
	db, err := sqlite.Open(t.Context(), sqlite.Config{Path: path, Now: s.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	manager := &manage.Manager{
		Database: db.Manage(), Now: s.now, PublicURL: "https://login.example.test", SendMail: true,
		Seal: func(name, value string) (string, error) { return name + "|" + value, nil },
		Open: func(name, sealed string) (string, error) {
			value, ok := strings.CutPrefix(sealed, name+"|")
			if !ok {
				return "", errors.New("another name")
			}
			return value, nil
		},
	}
	s.Worker = &Worker{
		Manager: manager, Logger: slog.New(slog.NewTextHandler(&s.log, nil)),
		Sender:  &Sender{Server: &url.URL{Scheme: "smtp", Host: address}, FromName: "Example", From: "login@example.test", Domain: "login.example.test", Now: s.now},
		Observe: func(r manage.MailState) { s.results = append(s.results, r) },
	}
	name := "Acme\u202e Corporation of a Name that is much longer than the sixty characters"
	if _, err := manager.CreateOrganization(t.Context(), command, manage.NewOrganization{Slug: "acme", Name: name, Status: store.Verified}); err != nil {
		t.Fatal(err)
	}
	return s
}

var command = manage.Caller{Name: manage.Command}

func (s *scene) invite(t *testing.T) manage.SentInvitation {
	t.Helper()
	made, err := s.Manager.CreateInvitation(t.Context(), command, "acme", manage.NewInvitation{Email: "ann@acme.test", Role: "admin", Send: true})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func (s *scene) sendDue(t *testing.T) {
	t.Helper()
	if err := s.SendDue(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (s *scene) state(t *testing.T, id string) manage.MailState {
	t.Helper()
	i, err := s.Manager.Invitation(t.Context(), command, "acme", id)
	if err != nil {
		t.Fatal(err)
	}
	return i.Mail
}

func TestAnInvitationIsSentOnce(t *testing.T) {
	srv := mailtest.Start(t, nil, false)
	s := newScene(t, srv.Address)
	made := s.invite(t)
	s.sendDue(t)
	s.wait(time.Hour)
	s.sendDue(t)
	all := srv.Accepted()
	if len(all) != 1 || s.state(t, made.ID) != manage.MailSent {
		t.Fatalf("%d mails, state %s", len(all), s.state(t, made.ID))
	}
	head := all[0].Header
	if got := head.Get("To"); got != "<ann@acme.test>" {
		t.Errorf("To is %q", got)
	}
	if got := head.Get("Subject"); strings.Contains(got, "202e") || len(got) > 120 || !strings.Contains(got, "Acme") {
		t.Errorf("Subject is %q", got)
	}
	body := strings.ReplaceAll(strings.ReplaceAll(all[0].Text, "=\r\n", ""), "=3D", "=")
	if strings.Count(body, made.Link) < 3 { // text, button and address
		t.Errorf("the link %s is not in both parts of\n%s", made.Link, body)
	}
	if strings.Contains(body, "sixty characters") {
		t.Error("the name is not cut")
	}
}

func TestAMailIsTriedAgainAfterGreylisting(t *testing.T) {
	srv := mailtest.Start(t, nil, false)
	srv.Refuse(451, smtp.EnhancedCode{4, 7, 1})
	s := newScene(t, srv.Address)
	made := s.invite(t)
	s.sendDue(t)
	if len(srv.Accepted()) != 0 || s.state(t, made.ID) != manage.MailQueued {
		t.Fatalf("state %s", s.state(t, made.ID))
	}
	s.sendDue(t) // too early
	if len(srv.Accepted()) != 0 {
		t.Fatal("it did not wait")
	}
	s.wait(2 * time.Minute)
	s.sendDue(t)
	if len(srv.Accepted()) != 1 || s.state(t, made.ID) != manage.MailSent {
		t.Errorf("%d mails, state %s", len(srv.Accepted()), s.state(t, made.ID))
	}
	if strings.Contains(s.log.String(), "ann@") {
		t.Errorf("an address is in the log: %s", s.log.String())
	}
}

func TestAMailIsGivenUp(t *testing.T) {
	for name, test := range map[string]struct {
		code     int
		enhanced smtp.EnhancedCode
		attempts int
	}{
		"at once where the recipient is refused": {550, smtp.EnhancedCode{5, 1, 1}, 1},
		"after five attempts":                    {451, smtp.EnhancedCode{4, 7, 1}, 5},
	} {
		t.Run(name, func(t *testing.T) {
			srv := mailtest.Start(t, nil, false)
			s := newScene(t, srv.Address)
			made := s.invite(t)
			for range 10 {
				srv.Refuse(test.code, test.enhanced)
				s.sendDue(t)
				s.wait(time.Hour)
			}
			if len(s.results) != test.attempts || s.state(t, made.ID) != manage.MailFailed || len(srv.Accepted()) != 0 {
				t.Errorf("%d attempts, state %s", len(s.results), s.state(t, made.ID))
			}
		})
	}
}

func TestAMailIsNotLostByAKill(t *testing.T) {
	srv := mailtest.Start(t, nil, false)
	s := newScene(t, srv.Address)
	made := s.invite(t)
	// The process is killed after it has taken the mail.
	if m, err := s.Manager.TakeMail(t.Context()); err != nil || m.InvitationID != made.ID {
		t.Fatalf("got %+v, %v", m, err)
	}
	s.sendDue(t)
	if len(srv.Accepted()) != 0 {
		t.Fatal("another instance sent it although one may be sending it")
	}
	s.wait(3 * time.Minute)
	// It is killed again, after the server has accepted the mail.
	m, err := s.Manager.TakeMail(t.Context())
	if err != nil || m.Attempt != 2 {
		t.Fatalf("got %+v, %v", m, err)
	}
	if err := s.Sender.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	s.wait(3 * time.Minute)
	s.sendDue(t)
	all := srv.Accepted()
	if len(all) != 2 || all[0].Header.Get("Message-ID") != all[1].Header.Get("Message-ID") || all[0].Header.Get("Message-ID") == "" {
		t.Errorf("%d mails, and a mail server cannot tell that they are one", len(all))
	}
}

func TestAMailIsNotSentForAnInvitationThatEnded(t *testing.T) {
	srv := mailtest.Start(t, nil, false)
	s := newScene(t, srv.Address)
	made := s.invite(t)
	if _, err := s.Manager.RevokeInvitation(t.Context(), command, "acme", made.ID); err != nil {
		t.Fatal(err)
	}
	s.invite(t)
	s.wait(25 * time.Hour)
	s.sendDue(t)
	if len(srv.Accepted()) != 0 {
		t.Error("a mail was sent")
	}
}

func TestAServerThatHangsDelaysNoMoreThanItsAttempt(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // accepts, and never answers
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s := newScene(t, l.Addr().String())
	s.Sender.Timeout = 300 * time.Millisecond
	made := s.invite(t)
	s.sendDue(t)
	if got := s.state(t, made.ID); got != manage.MailQueued {
		t.Errorf("state %s", got)
	}
}

func TestTLSOffLoopback(t *testing.T) {
	certificate, pool := mailtest.Certificate(t, "mail.example.test")
	_, otherPool := mailtest.Certificate(t, "mail.example.test")
	for name, test := range map[string]struct {
		scheme   string
		offered  *tls.Certificate
		implicit bool
		trusted  bool
		want     bool
	}{
		"STARTTLS":                          {"smtp", certificate, false, true, true},
		"TLS from the first byte":           {"smtps", certificate, true, true, true},
		"a server without STARTTLS":         {"smtp", nil, false, true, false},
		"a certificate that is not trusted": {"smtp", certificate, false, false, false},
		"smtps and no trusted certificate":  {"smtps", certificate, true, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			srv := mailtest.Start(t, test.offered, test.implicit)
			s := newScene(t, "mail.example.test:25")
			s.Sender.Server.Scheme = test.scheme
			roots := otherPool
			if test.trusted {
				roots = pool
			}
			s.Sender.Options = []gomail.Option{
				gomail.WithTLSConfig(&tls.Config{ServerName: "mail.example.test", RootCAs: roots}),
				gomail.WithDialContextFunc(func(ctx context.Context, network, _ string) (net.Conn, error) {
					conn, err := new(net.Dialer).DialContext(ctx, network, srv.Address)
					if err == nil && test.scheme == "smtps" {
						conn = tls.Client(conn, &tls.Config{ServerName: "mail.example.test", RootCAs: roots})
					}
					return conn, err
				}),
			}
			s.invite(t)
			s.sendDue(t)
			if got := len(srv.Accepted()) == 1; got != test.want {
				t.Errorf("sent %t, want %t: %s", got, test.want, s.log.String())
			}
		})
	}
}

func TestTheMailNamesWhoInvited(t *testing.T) {
	s := Sender{From: "login@example.test", Domain: "login.example.test", Now: time.Now}
	for inviter, want := range map[string]string{"Ann \u202eSmith\n": "Ann Smith invited you to Acme as an admin", "\u200b": "You are invited to Acme as an admin"} {
		message, err := s.newMessage(manage.Mail{Email: "bob@acme.test", OrganizationName: "Acme", Inviter: inviter, Role: "admin"})
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		if _, err := message.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(b.String(), want); n != 2 { // text and HTML
			t.Errorf("%q is there %d times in\n%s", want, n, b.String())
		}
	}
}
