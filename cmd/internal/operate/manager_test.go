package operate

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/database"
	"orglogin/redirect"
	"orglogin/store"
	"orglogin/store/manage"
)

func openManager(t *testing.T, c ManagerConfig) *manage.Manager {
	t.Helper()
	at := config.Database{URL: "sqlite:" + filepath.Join(t.TempDir(), "orglogin.db")}
	if _, err := database.Migrate(t.Context(), at); err != nil {
		t.Fatal(err)
	}
	operator, err := Open(t.Context(), at, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = operator.Close() })
	c.Site = redirect.Site{
		Public: redirect.Origin{Scheme: "https", Host: "login.example.com"}, App: redirect.Origin{Scheme: "https", Host: "app.example.com"},
		BaseDomain: "example.com",
	}
	m, err := operator.Manage(c)
	if err != nil {
		t.Fatal(err)
	}
	_, err = m.CreateOrganization(t.Context(), manage.Caller{Name: manage.Command}, manage.NewOrganization{Slug: "acme", Name: "Acme"})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestEveryFieldOfAProviderIsRefusedAtOnce(t *testing.T) {
	m := openManager(t, ManagerConfig{Keys: [][]byte{make([]byte, 32)}})
	_, err := m.AddConnection(t.Context(), manage.Caller{Name: manage.Command}, "acme", manage.NewConnection{
		Issuer: "https://acme.example.com", ClientID: "a b", ClientSecret: "a b", EmailVerified: "always", UserInfo: "never", HostedDomains: []string{"a b"},
	})
	var refused *manage.Error
	if !errors.As(err, &refused) || refused.Kind != store.ErrInvalid {
		t.Fatalf("got %v", err)
	}
	var names []string
	for _, f := range refused.Fields {
		names = append(names, f.Name)
	}
	want := "userinfo client_secret name client_id hosted_domains email_verified issuer"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("got %s, want %s: %v", got, want, err)
	}
	if !strings.Contains(err.Error(), "issuer is refused: its host is one of this service") {
		t.Errorf("got %v", err)
	}
}

func TestWhatNeedsAKeyIsRefusedWithoutOne(t *testing.T) {
	m := openManager(t, ManagerConfig{})
	k := manage.NewConnection{Name: "Okta", Issuer: "https://acme.okta.com", ClientID: "1", ClientSecret: "s"}
	_, err := m.AddConnection(t.Context(), manage.Caller{Name: manage.Command}, "acme", k)
	if !errors.Is(err, errNoKeys) || !strings.Contains(err.Error(), "ORGLOGIN_SECRET_KEYS") {
		t.Errorf("got %v", err)
	}
}

func TestARepeatedRequestGetsTheFirstAnswer(t *testing.T) {
	m := openManager(t, ManagerConfig{Keys: [][]byte{make([]byte, 32)}})
	token, err := m.CreateToken(t.Context(), manage.Caller{Name: manage.Command}, manage.NewToken{Name: "backend", Scopes: []string{"invitations:write"}})
	if err != nil {
		t.Fatal(err)
	}
	by := manage.Caller{Name: "token", TokenID: token.ID, Once: &manage.Once{Key: "k", Fingerprint: "f"}}
	offer := manage.NewInvitation{Email: "ann@acme.test", ExpiresAt: time.Now().Add(time.Hour)}
	first, err := m.CreateInvitation(t.Context(), by, "acme", offer)
	if err != nil {
		t.Fatal(err)
	}
	again, err := m.CreateInvitation(t.Context(), by, "acme", offer)
	if err != nil || !by.Once.Replayed || again.Link != first.Link || !strings.HasPrefix(first.Link, "https://login.example.com/login?invitation=") {
		t.Errorf("got %+v, %v, want %+v", again, err, first)
	}
}
