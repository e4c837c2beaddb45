package main

import (
	"context"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/operate"
	"orglogin/store"
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
func claimDomains(ctx context.Context, cfg config.Config, operator *operate.Operator) error {
	discoverable := true
	for _, d := range ownDomains() {
		all, err := operator.Domains(ctx, d.slug)
		if err != nil {
			return err
		}
		if len(all) > 0 { // of an earlier start
			continue
		}
		if _, err := operator.AddDomain(ctx, cfg.Site.BaseDomain, d.slug, d.name); err != nil {
			return err
		}
		if _, err := operator.VerifyDomainByHand(ctx, d.slug, d.name, false, false); err != nil {
			return err
		}
		if _, err := operator.UpdateDomain(ctx, d.slug, d.name, &d.join, &discoverable); err != nil {
			return err
		}
	}
	return nil
}
