package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/database"
	"orglogin/cmd/internal/operate"
	"orglogin/handlers/signin/fakeidp"
	"orglogin/store"
	"orglogin/store/manage"
)

// ownProvider is an organization that signs its people in with a provider of its own.
type ownProvider struct {
	slug, name string // of the organization; the name is on the button too
	sso        store.SSO
	people     []fakeidp.Person
}

// ownProviders are those of the demo.
func ownProviders() []ownProvider {
	return []ownProvider{
		{"umbrella", "Umbrella", store.SSORequired, []fakeidp.Person{
			{Subject: "uma", Email: "uma@umbrella.test", EmailVerified: true, Name: "Uma Underhill", Note: "owner of Umbrella"},
			{Subject: "ada", Email: "ada@umbrella.test", EmailVerified: true, Name: "Ada Albers", Note: "no member of Umbrella"},
		}},
		{"hooli", "Hooli", store.SSOOptional, []fakeidp.Person{
			{Subject: "hal", Email: "hal@hooli.test", EmailVerified: true, Name: "Hal Holm", Note: "owner of Hooli"},
			{Subject: "hedy", Email: "hedy@hooli.test", EmailVerified: true, Name: "Hedy Hart", Note: "becomes a member of Hooli by signing in"},
		}},
	}
}

// members are the people of the provider who are in the organization from the start.
func (o ownProvider) members() []fakeidp.Person { return o.people[:1] }

// connect gives each of them its connection, tested and active, and its people.
func connect(ctx context.Context, cfg config.Config, h hosts, operator *operate.Operator, m *manage.Manager, logger *slog.Logger) error {
	db, err := database.Open(ctx, cfg.Database, database.Options{Now: time.Now, Logger: logger})
	if err != nil {
		return err
	}
	for _, o := range ownProviders() {
		if err == nil {
			err = o.connect(ctx, h, operator, m, db)
		}
	}
	return errors.Join(err, db.Close())
}

func (o ownProvider) connect(ctx context.Context, h hosts, operator *operate.Operator, m *manage.Manager, db store.Store) error {
	all, err := m.Connections(ctx, command, o.slug, manage.List{})
	if err != nil || len(all.Items) > 0 { // of an earlier start
		return err
	}
	connection, err := m.AddConnection(ctx, command, o.slug, manage.NewConnection{
		Name: o.name, Issuer: h.organizationIssuer(o.slug), ClientID: clientID, ClientSecret: clientSecret, Private: true,
	})
	if err != nil {
		return err
	}
	id := connection.ID
	added, err := db.Connection(ctx, id)
	if err != nil {
		return err
	}
	// Without a test login: the provider is the demo's own.
	if err := db.FinishConnectionTest(ctx, id, added.Revision); err != nil {
		return fmt.Errorf("connection of %s: %w", o.slug, err)
	}
	active := store.ConnectionActive
	if _, err := m.UpdateConnection(ctx, command, o.slug, id, manage.ConnectionChange{Status: &active}); err != nil {
		return err
	}
	if _, err := m.UpdateOrganization(ctx, command, o.slug, manage.OrganizationChange{SSO: &o.sso}); err != nil {
		return err
	}
	file := store.ImportFile{}
	for _, p := range o.members() {
		file.Users = append(file.Users, store.ImportUser{
			Email: p.Email, Name: p.Name, Connection: id, Issuer: added.Issuer, Subject: p.Subject,
		})
		file.Memberships = append(file.Memberships, store.ImportMembership{Organization: o.slug, Email: p.Email, Role: "owner"})
	}
	return operator.Import(ctx, file)
}

// organizationProviders are the providers of ownProviders, by the name of their host.
func organizationProviders(h hosts) map[string]http.Handler {
	all := map[string]http.Handler{}
	for _, o := range ownProviders() {
		all[organizationIDP(o.slug)] = fakeidp.New(fakeidp.Config{
			Issuer: h.organizationIssuer(o.slug), ClientID: clientID, ClientSecret: clientSecret, People: o.people,
		})
	}
	return all
}
