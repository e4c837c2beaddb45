package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"orglogin/store"
	"orglogin/store/manage"
	"orglogin/store/manage/managetest"
)

// Store is a store under test, with the database on which an operator changes what the store reads.
type Store interface {
	store.OperatorStore
	Manage() manage.Database
}

var command = manage.Caller{Name: manage.Command}

// manager does what an operator does, at the time of the fixture.
func (f *fixture) manager() *manage.Manager {
	return managetest.NewManager(f.s.Manage(), func() time.Time { return f.now })
}

// createInvitation returns the hash of the token.
func (f *fixture) createInvitation(slug string, n manage.NewInvitation) ([]byte, error) {
	made, err := f.manager().CreateInvitation(f.Context(), command, slug, n)
	_, token, _ := strings.Cut(made.Link, "invitation=")
	return store.HashToken(token), err
}

func (f *fixture) addConnection(o store.Organization, name string) (manage.Connection, error) {
	return f.manager().AddConnection(f.Context(), command, o.Slug, manage.NewConnection{
		Name: name, Issuer: "https://" + o.Slug + ".test", ClientID: "client", ClientSecret: "secret", HostedDomains: []string{"acme.test"},
	})
}

func (f *fixture) activate(id string) error { return f.setStatus(id, store.ConnectionActive) }

func (f *fixture) deactivate(id string) error { return f.setStatus(id, store.ConnectionDisabled) }

func (f *fixture) setStatus(id string, status store.ConnectionState) error {
	_, err := f.manager().UpdateConnection(f.Context(), command, "", id, manage.ConnectionChange{Status: &status})
	return err
}

func (f *fixture) removeConnection(id string) error {
	_, err := f.manager().RemoveConnection(f.Context(), command, "", id)
	return err
}

// testConnection makes the link of a test login some time ago, and returns the hash of its token.
func (f *fixture) testConnection(id string, ago time.Duration) ([]byte, error) {
	m := f.manager()
	m.Now = func() time.Time { return f.now.Add(-ago) }
	test, err := m.TestConnection(f.Context(), command, "", id)
	_, token, _ := strings.Cut(test.URL, "&test=")
	return store.HashToken(token), err
}

func (f *fixture) setSSO(o store.Organization, sso store.SSO) error {
	_, err := f.manager().UpdateOrganization(f.Context(), command, o.Slug, manage.OrganizationChange{SSO: &sso})
	return err
}

// record stores what a check found at a time: as the service, and as the owner where the service may not, of a claim
// that is pending.
func (f *fixture) record(o store.Organization, domain string, verdict store.DomainVerdict, at time.Time) (store.Domain, error) {
	d, err := f.s.RecordDomainCheck(f.Context(), o.ID, domain, verdict, string(verdict), at)
	if !errors.Is(err, store.ErrNotFound) {
		return d, err
	}
	m := f.manager()
	m.Now = func() time.Time { return at }
	m.CheckDomain = func(context.Context, string, string) (store.DomainVerdict, string) { return verdict, string(verdict) }
	n, err := m.VerifyDomain(f.Context(), command, o.Slug, domain)
	if errors.Is(err, store.ErrConflict) && verdict != store.DomainProved {
		err = nil // it says that the domain is not verified
	}
	return domainOf(o, n, err)
}

func (f *fixture) verifyByHand(o store.Organization, domain string, takeOver bool) (store.Domain, error) {
	n, err := f.manager().VerifyDomainByHand(f.Context(), command, o.Slug, domain, manage.ByHand{TakeOver: takeOver})
	return domainOf(o, n, err)
}

func (f *fixture) updateDomain(o store.Organization, domain string, c manage.DomainChange) (store.Domain, error) {
	done, err := f.manager().UpdateDomain(f.Context(), command, o.Slug, domain, c)
	return domainOf(o, done.After, err)
}

func (f *fixture) setJoin(o store.Organization, domain string, mode store.JoinMode) {
	f.Helper()
	_, err := f.updateDomain(o, domain, manage.DomainChange{Join: &mode})
	f.must(err)
}

func (f *fixture) removeDomain(o store.Organization, domain string) error {
	_, err := f.manager().RemoveDomain(f.Context(), command, o.Slug, domain)
	return err
}

func (f *fixture) listDomains(o store.Organization) (all []store.Domain, err error) {
	found, err := f.manager().Domains(f.Context(), command, o.Slug, manage.List{})
	for _, n := range found.Items {
		d, wrong := domainOf(o, n, nil)
		all, err = append(all, d), errors.Join(err, wrong)
	}
	return all, err
}

// requests are those of an organization: those that wait first, then the oldest first.
func (f *fixture) requests(o store.Organization) []manage.JoinRequest {
	f.Helper()
	found, err := f.manager().JoinRequests(f.Context(), command, o.Slug, manage.List{})
	f.must(err)
	return found.Items
}

func (f *fixture) decide(id string, approve bool) (manage.JoinRequest, error) {
	done, err := f.manager().DecideJoinRequest(f.Context(), command, id, approve)
	return done.After, err
}

// domainOf is a claim of the organization as a store returns it.
func domainOf(o store.Organization, n manage.Domain, err error) (store.Domain, error) {
	switch {
	case err != nil:
		return store.Domain{}, err
	case n.Organization != o.Slug:
		return store.Domain{}, fmt.Errorf("the domain %s is of %q, want %q", n.Domain, n.Organization, o.Slug)
	}
	return store.Domain{
		Organization: o, Name: n.Domain, Status: n.Status, Join: n.Join, Discoverable: n.Discoverable,
		Token: strings.TrimPrefix(n.Value, manage.DomainValue("")), ByHand: n.ByHand, CreatedAt: n.CreatedAt,
		VerifiedAt: timeOf(n.VerifiedAt), CheckedAt: timeOf(n.CheckedAt), FailingSince: timeOf(n.FailingSince), Detail: n.Detail,
	}, nil
}

func timeOf(at *time.Time) time.Time {
	if at == nil {
		return time.Time{}
	}
	return *at
}
