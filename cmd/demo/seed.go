package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/database"
	"orglogin/cmd/internal/operate"
	"orglogin/handlers/signin/fakeidp"
	"orglogin/store"
	"orglogin/store/manage"
	"orglogin/templates"
)

// The invitations, by their tokens. They are no secrets: who runs the demo can
// sign in as anyone.
const (
	tokenForIvy  = "an-invitation-for-ivy-to-acme"
	tokenForAnn  = "an-invitation-for-ann-to-globex"
	tokenExpired = "an-invitation-that-has-expired"
	tokenRevoked = "an-invitation-that-was-revoked"
)

// people are those on the provider's page.
func people() []fakeidp.Person {
	return []fakeidp.Person{
		{Subject: "ann", Email: "ann@acme.test", EmailVerified: true, Name: "Ann Archer", Note: "owner of Acme"},
		{Subject: "ben", Email: "ben@acme.test", EmailVerified: true, Name: "Ben Baker", Note: "in two organizations, Acme and Globex"},
		{Subject: "pia", Email: "pia@initech.test", EmailVerified: true, Name: "Pia Porter", Note: "owner of Initech, whose subdomain is pending"},
		{Subject: "ivy", Email: "ivy@acme.test", EmailVerified: true, Name: "Ivy Irwin", Note: "invited to Acme, never signed in before"},
		{Subject: "hugo", Email: "hugo@hooli.test", EmailVerified: true, Name: "Hugo Haas", Note: "becomes a member of Hooli by signing in"},
		{Subject: "art", Email: "art@vandelay.test", EmailVerified: true, Name: "Art Adler", Note: "may ask to join Vandelay"},
		{Subject: "una", Email: "una@nowhere.test", EmailVerified: true, Name: "Una Unger", Note: "unknown to everybody"},
		{Subject: "ned", Email: "ned@acme.test", EmailVerified: false, Name: "Ned Noble", Note: "his address is not verified"},
		{Subject: "dan", Email: "dan@acme.test", EmailVerified: true, Name: "Dan Denis", Deny: true, Note: "refuses consent"},
		{Subject: "dora", Email: "dora@acme.test", EmailVerified: true, Name: "Dora Dorn", Note: "her account is disabled"},
	}
}

// seed brings the database to this version and the people in. What visitors
// have done since is left alone.
func seed(ctx context.Context, cfg config.Config, h hosts, now time.Time, logger *slog.Logger) error {
	if _, err := database.Migrate(ctx, cfg.Database); err != nil {
		return fmt.Errorf("make the database: %w", err)
	}
	operator, err := operate.Open(ctx, cfg.Database, config.Reserved(cfg.Site.Redirect()), logger)
	if err != nil {
		return err
	}
	m, err := operator.Manage(operate.ManagerConfig{Site: cfg.Site.Redirect(), Keys: cfg.Keys.Secret, AllowedNetworks: cfg.OutboundNetworks})
	if err == nil {
		err = operator.Import(ctx, fixture(h, now))
	}
	if err == nil {
		err = connect(ctx, cfg, h, operator, m, logger)
	}
	if err == nil {
		err = claimDomains(ctx, m)
	}
	if err == nil {
		err = dress(ctx, m)
	}
	return errors.Join(err, operator.Close())
}

// command is who the demo is to the operations: what its visitors see was made by the operator.
var command = manage.Caller{Name: manage.Command}

// fixture is who is known from the start.
func fixture(h hosts, now time.Time) store.ImportFile {
	known := map[string]bool{"ann": true, "ben": true, "pia": true, "dora": true}
	file := store.ImportFile{
		Organizations: []store.ImportOrganization{
			{Slug: "acme", Name: "Acme", SubdomainStatus: store.Verified},
			{Slug: "globex", Name: "Globex Corporation", SubdomainStatus: store.Verified},
			{Slug: "initech", Name: "Initech", SubdomainStatus: store.Pending},
			{Slug: "umbrella", Name: "Umbrella", SubdomainStatus: store.Verified},
			{Slug: "hooli", Name: "Hooli", SubdomainStatus: store.Verified},
			{Slug: "vandelay", Name: "Vandelay", SubdomainStatus: store.Verified},
		},
		Memberships: []store.ImportMembership{
			{Organization: "acme", Email: "ann@acme.test", Role: "owner"},
			{Organization: "acme", Email: "ben@acme.test", Role: "member"},
			{Organization: "globex", Email: "ben@acme.test", Role: "admin"},
			{Organization: "initech", Email: "pia@initech.test", Role: "owner"},
			{Organization: "acme", Email: "dora@acme.test", Role: "member"},
		},
		Invitations: []store.ImportInvitation{
			{Organization: "acme", Email: "ivy@acme.test", Role: "member", Token: tokenForIvy, ExpiresAt: now.Add(7 * 24 * time.Hour)},
			{Organization: "globex", Email: "ann@acme.test", Role: "member", Token: tokenForAnn, ExpiresAt: now.Add(7 * 24 * time.Hour)},
			{Organization: "globex", Email: "ann@acme.test", Role: "member", Token: tokenExpired, ExpiresAt: now.Add(-24 * time.Hour)},
			{Organization: "globex", Email: "ann@acme.test", Role: "member", Token: tokenRevoked, ExpiresAt: now.Add(7 * 24 * time.Hour), Revoked: true},
		},
	}
	disabled := true
	for _, p := range people() {
		if !known[p.Subject] {
			continue
		}
		user := store.ImportUser{Email: p.Email, Name: p.Name, Issuer: h.issuer(), Subject: p.Subject}
		if p.Subject == "dora" {
			user.Disabled = &disabled
		}
		file.Users = append(file.Users, user)
	}
	return file
}

// dress gives two organizations looks of their own.
func dress(ctx context.Context, m *manage.Manager) error {
	look := templates.SampleLook()
	logo := templates.SampleLogo()
	orange := "#a84300"
	_, acme := m.UpdateOrganization(ctx, command, "acme", manage.OrganizationChange{Color: &look.Color, Logo: &logo})
	_, hooli := m.UpdateOrganization(ctx, command, "hooli", manage.OrganizationChange{Color: &orange})
	return errors.Join(acme, hooli)
}
