package serve

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/mail/mailtest"
	"orglogin/cmd/internal/operate"
	"orglogin/cmd/internal/servetest"
	"orglogin/store/manage"
)

// A command puts an invitation into the outbox, and the running service sends it, with or without the API.
func TestServeSendsTheMailsOfInvitations(t *testing.T) {
	server := mailtest.Start(t, nil, false)
	cfg := servetest.Config(t)
	cfg.Mail = config.Mail{Server: &url.URL{Scheme: "smtp", Host: server.Address}, From: config.Sender{Address: "login@example.test"}}
	operator, err := operate.Open(t.Context(), cfg.Database, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := operator.Close(); err != nil {
			t.Error(err)
		}
	}()
	m, err := operator.Manage(operate.ManagerConfig{Site: cfg.Site.Redirect(), Keys: cfg.Keys.Secret, SendMail: true, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	command := manage.Caller{Name: manage.Command}
	if _, err := m.CreateOrganization(t.Context(), command, manage.NewOrganization{Slug: "acme", Name: "Acme"}); err != nil {
		t.Fatal(err)
	}
	made, err := m.CreateInvitation(t.Context(), command, "acme", manage.NewInvitation{Email: "ann@acme.test", Send: true})
	if err != nil {
		t.Fatal(err)
	}

	s := start(t, cfg, Options{})
	servetest.Eventually(t, "the mail", func() bool { return len(server.Accepted()) == 1 })
	if got := server.Accepted()[0]; got.Header.Get("Subject") != "Invitation to Acme" {
		t.Errorf("got %v", got.Header)
	}
	servetest.Eventually(t, "that the mail is sent", func() bool {
		i, err := m.Invitation(t.Context(), command, "acme", made.ID)
		return err == nil && i.Mail == manage.MailSent
	})
	if _, metrics := get(t, s.admin+"/metrics", ""); !strings.Contains(metrics, "\norglogin_mail_attempts_total{result=\"sent\"} 1\n") {
		t.Error("the mail is not in the metrics")
	}
}
