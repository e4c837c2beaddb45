package operate

import (
	"context"
	"errors"
	"fmt"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/domains"
	"orglogin/store"
	"orglogin/store/cache"
)

// AddDomain claims a domain for an organization, and returns the claim with the token of its record. One that
// the organization has already is returned as it is. baseDomain is BASE_DOMAIN.
func (o *Operator) AddDomain(ctx context.Context, baseDomain, organization, text string) (store.Domain, error) {
	name, err := domains.Name(text, baseDomain)
	if err != nil {
		return store.Domain{}, config.Misuse(fmt.Sprintf("domain %s %v", config.Show(text), err))
	}
	d, err := o.db.AddDomain(ctx, organization, name, domains.NewToken(), o.now())
	if errors.Is(err, store.ErrNotFound) {
		return d, noOrganization(organization)
	}
	return d, err
}

// Domains lists those of an organization, or of all where its slug is empty.
func (o *Operator) Domains(ctx context.Context, organization string) ([]store.Domain, error) {
	all, err := o.db.ListDomains(ctx, organization)
	if errors.Is(err, store.ErrNotFound) {
		return nil, noOrganization(organization)
	}
	return all, err
}

// VerifyDomain asks for the record of a claim now. The domain is as it is afterwards, also beside
// an error, which says why it is not verified.
func (o *Operator) VerifyDomain(ctx context.Context, checker domains.Checker, organization, text string) (store.Domain, error) {
	d, err := o.domain(ctx, organization, text)
	if err != nil {
		return d, err
	}
	found := checker.Check(ctx, d.Name, d.Token)
	after, err := o.db.RecordDomainCheck(ctx, d.Organization.ID, d.Name, found.Verdict, found.Detail, o.now())
	if err != nil {
		return d, domainError(organization, d.Name, err)
	}
	o.publishChanges(ctx, cache.Change{})
	if found.Verdict != store.DomainProved {
		return after, fmt.Errorf("%s is not verified now: %s", d.Name, found.Detail)
	}
	return after, nil
}

// VerifyDomainByHand marks a claim verified without a record, which is never checked then. takeOver takes the
// domain from another organization, whose claim lapses. A domain of a mail provider needs certain.
func (o *Operator) VerifyDomainByHand(ctx context.Context, organization, text string, takeOver, certain bool) (store.Domain, error) {
	d, err := o.domain(ctx, organization, text)
	if err != nil {
		return d, err
	}
	if domains.MailProvider(d.Name) && !certain {
		return d, config.Misuse(fmt.Sprintf("anybody can have an address in %s, so anybody could join %s: add --i-know if that is meant", d.Name, organization))
	}
	after, err := o.db.VerifyDomainByHand(ctx, organization, d.Name, takeOver, o.now())
	if err != nil {
		return d, domainError(organization, d.Name, err)
	}
	o.publishChanges(ctx, cache.Change{})
	return after, nil
}

// UpdateDomain sets what is not nil.
func (o *Operator) UpdateDomain(ctx context.Context, organization, text string, join *store.JoinMode, discoverable *bool) (store.Domain, error) {
	d, err := o.domain(ctx, organization, text)
	if err != nil {
		return d, err
	}
	after, err := o.db.UpdateDomain(ctx, organization, d.Name, join, discoverable)
	return after, domainError(organization, d.Name, err)
}

// RemoveDomain deletes a claim. Members stay.
func (o *Operator) RemoveDomain(ctx context.Context, organization, text string) error {
	d, err := o.domain(ctx, organization, text)
	if err != nil {
		return err
	}
	return domainError(organization, d.Name, o.db.RemoveDomain(ctx, organization, d.Name))
}

// domain finds a claim by its name, however it was written.
func (o *Operator) domain(ctx context.Context, organization, text string) (store.Domain, error) {
	name, ok := store.NormalizeDomain(text)
	if !ok {
		return store.Domain{}, config.Misuse(config.Show(text) + " is not a domain name")
	}
	all, err := o.Domains(ctx, organization)
	if err != nil {
		return store.Domain{}, err
	}
	for _, d := range all {
		if d.Name == name {
			return d, nil
		}
	}
	return store.Domain{}, domainError(organization, name, store.ErrNotFound)
}

func domainError(organization, name string, err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("organization %s has no domain %s: run: orglogin domains add --organization %s %s", organization, name, organization, name)
	}
	return err
}

// JoinRequests lists those of an organization, or of all where its slug is empty.
func (o *Operator) JoinRequests(ctx context.Context, organization string) ([]store.JoinRequest, error) {
	all, err := o.db.ListJoinRequests(ctx, organization)
	if errors.Is(err, store.ErrNotFound) {
		return nil, noOrganization(organization)
	}
	return all, err
}

// DecideJoinRequest makes the person a member, or declines.
func (o *Operator) DecideJoinRequest(ctx context.Context, id string, approve bool) (store.JoinRequest, error) {
	if !store.ValidID(id) {
		return store.JoinRequest{}, config.Misuse(config.Show(id) + " is not the id of a join request")
	}
	r, err := o.db.DecideJoinRequest(ctx, id, approve, o.now())
	if errors.Is(err, store.ErrNotFound) {
		return r, fmt.Errorf("no join request has the id %s", config.Show(id))
	}
	if err != nil {
		return r, err
	}
	o.publishChanges(ctx, cache.Change{})
	return r, nil
}
