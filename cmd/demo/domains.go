package main

import (
	"context"

	"orglogin/store"
	"orglogin/store/manage"
)

// ownDomain is an email domain that an organization has verified.
type ownDomain struct {
	slug, name string
	join       store.JoinMode
}

// ownDomains are those of the demo.
func ownDomains() []ownDomain {
	return []ownDomain{
		{"hooli", "hooli.test", store.JoinAuto},
		{"vandelay", "vandelay.test", store.JoinByRequest},
	}
}

// claimDomains verifies each by hand: no DNS server knows these names.
func claimDomains(ctx context.Context, m *manage.Manager) error {
	discoverable := true
	for _, d := range ownDomains() {
		all, err := m.Domains(ctx, command, d.slug, manage.List{})
		if err != nil {
			return err
		}
		if len(all.Items) > 0 { // of an earlier start
			continue
		}
		if _, err := m.AddDomain(ctx, command, d.slug, d.name); err != nil {
			return err
		}
		if _, err := m.VerifyDomainByHand(ctx, command, d.slug, d.name, manage.ByHand{}); err != nil {
			return err
		}
		if _, err := m.UpdateDomain(ctx, command, d.slug, d.name, manage.DomainChange{Join: &d.join, Discoverable: &discoverable}); err != nil {
			return err
		}
	}
	return nil
}
