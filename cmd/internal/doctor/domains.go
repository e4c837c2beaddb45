package doctor

import (
	"context"
	"errors"
	"fmt"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/domains"
	"orglogin/cmd/internal/operate"
	"orglogin/store"
)

// domains reports each verified domain whose record is missing, from the first day.
func (i Inspection) domains(ctx context.Context) []Finding {
	if i.Config.Database == (config.Database{}) {
		return nil
	}
	operator, err := operate.Open(ctx, i.Config.Database, nil, i.Logger)
	if err != nil {
		return nil // the check of the database says why
	}
	all, err := operator.Domains(ctx, "")
	if err = errors.Join(err, operator.Close()); err != nil {
		return []Finding{{Name: "domains", Detail: err.Error()}}
	}
	var failing []Finding
	verified := 0
	for _, d := range all {
		if d.Status != store.DomainVerified {
			continue
		}
		if verified++; !d.FailingSince.IsZero() {
			failing = append(failing, Finding{
				Name: "domain " + d.Name,
				Detail: fmt.Sprintf("%s, since %s; without it the domain lapses for %s on %s", d.Detail, d.FailingSince.UTC().Format("2006-01-02"),
					d.Organization.Slug, d.FailingSince.Add(store.DomainGrace).UTC().Format("2006-01-02")),
				Fix: fmt.Sprintf("in DNS, set the TXT record %s to %s", domains.Record(d.Name), domains.Value(d.Token)),
			})
		}
	}
	if len(failing) > 0 || verified == 0 {
		return failing
	}
	return []Finding{{Name: "domains", OK: true, Detail: fmt.Sprintf("%d verified, the record of each was right when checked last", verified)}}
}
