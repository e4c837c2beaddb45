package doctor

import (
	"context"
	"errors"
	"fmt"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/operate"
	"orglogin/store"
	"orglogin/store/manage"
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
	verified, failing, err := readDomains(ctx, operator)
	if err = errors.Join(err, operator.Close()); err != nil {
		return []Finding{{Name: "domains", Detail: err.Error()}}
	}
	if len(failing) > 0 || verified == 0 {
		return failing
	}
	return []Finding{{Name: "domains", OK: true, Detail: fmt.Sprintf("%d verified, the record of each was right when checked last", verified)}}
}

// readDomains counts the verified domains, and reports those whose record is missing.
func readDomains(ctx context.Context, operator *operate.Operator) (verified int, failing []Finding, err error) {
	m, err := operator.Manage(operate.ManagerConfig{})
	if err != nil {
		return 0, nil, err
	}
	list := func(page manage.List) (manage.Page[manage.Domain], error) {
		return m.Domains(ctx, manage.Caller{Name: manage.Command}, "", page)
	}
	for d, err := range manage.All(list) {
		if err != nil {
			return 0, nil, err
		}
		if d.Status != store.DomainVerified {
			continue
		}
		if verified++; d.FailingSince != nil {
			failing = append(failing, Finding{
				Name: "domain " + d.Domain,
				Detail: fmt.Sprintf("%s, since %s; without it the domain lapses for %s on %s", d.Detail, d.FailingSince.UTC().Format("2006-01-02"),
					d.Organization, d.FailingSince.Add(store.DomainGrace).UTC().Format("2006-01-02")),
				Fix: fmt.Sprintf("in DNS, set the TXT record %s to %s", d.Record, d.Value),
			})
		}
	}
	return verified, failing, nil
}
