package operate

import (
	"cmp"
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
		return d, o.domainError(ctx, organization, d.Name, err)
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
	name, err := domainName(text)
	if err != nil {
		return store.Domain{}, err
	}
	if domains.MailProvider(name) && !certain {
		return store.Domain{}, config.Misuse(fmt.Sprintf("anybody can have an address in %s, so anybody could join %s: add --i-know if that is meant", name, organization))
	}
	d, err := o.db.VerifyDomainByHand(ctx, organization, name, takeOver, o.now())
	if err != nil {
		return d, o.domainError(ctx, organization, name, err)
	}
	o.publishChanges(ctx, cache.Change{})
	return d, nil
}

// UpdateDomain sets what is not nil.
func (o *Operator) UpdateDomain(ctx context.Context, organization, text string, join *store.JoinMode, discoverable *bool) (store.Domain, error) {
	name, err := domainName(text)
	if err != nil {
		return store.Domain{}, err
	}
	d, err := o.db.UpdateDomain(ctx, organization, name, join, discoverable)
	return d, o.domainError(ctx, organization, name, err)
}

// RemoveDomain deletes a claim. Members stay.
func (o *Operator) RemoveDomain(ctx context.Context, organization, text string) error {
	name, err := domainName(text)
	if err != nil {
		return err
	}
	return o.domainError(ctx, organization, name, o.db.RemoveDomain(ctx, organization, name))
}

// domainName returns the name of a domain as it is stored.
func domainName(text string) (string, error) {
	name, ok := store.NormalizeDomain(text)
	if !ok {
		return "", config.Misuse(config.Show(text) + " is not a domain name")
	}
	return name, nil
}

// domain finds a claim by its name, however it was written.
func (o *Operator) domain(ctx context.Context, organization, text string) (store.Domain, error) {
	name, err := domainName(text)
	if err != nil {
		return store.Domain{}, err
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
	return store.Domain{}, fmt.Errorf("organization %s has no domain %s: run: orglogin domains add --organization %s %s", organization, name, organization, name)
}

// domainError says of ErrNotFound whether the organization or the claim is unknown.
func (o *Operator) domainError(ctx context.Context, organization, name string, err error) error {
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	_, unknown := o.domain(ctx, organization, name)
	return cmp.Or(unknown, err) // err alone where the claim was made meanwhile
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
