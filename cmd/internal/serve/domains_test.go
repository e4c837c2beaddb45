package serve

import (
	"strings"
	"testing"
	"time"

	"orglogin/cmd/internal/domains"
	"orglogin/cmd/internal/domains/dnstest"
	"orglogin/cmd/internal/operate"
	"orglogin/cmd/internal/servetest"
	"orglogin/store"
)

func TestServeChecksTheDomainsThatAreDue(t *testing.T) {
	records := &dnstest.Records{}
	cfg := servetest.Config(t)
	cfg.DNSResolver = dnstest.Start(t, records.Reply)
	operator, err := operate.Open(t.Context(), cfg.Database, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := operator.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := operator.Import(t.Context(), store.ImportFile{Organizations: []store.ImportOrganization{{Slug: "acme", Name: "Acme"}}}); err != nil {
		t.Fatal(err)
	}
	d, err := operator.AddDomain(t.Context(), cfg.Site.BaseDomain, "acme", "acme.test")
	if err != nil {
		t.Fatal(err)
	}
	records.Set(domains.Record(d.Name), domains.Value(d.Token))
	if _, err := operator.VerifyDomain(t.Context(), domains.Checker{Server: cfg.DNSResolver}, "acme", d.Name); err != nil {
		t.Fatal(err)
	}

	records.Set(domains.Record(d.Name), "")
	s := start(t, cfg, Options{Now: func() time.Time { return time.Now().Add(27 * time.Hour) }}) // the domain is due
	servetest.Eventually(t, "the day since when the record is missing", func() bool {
		all, err := operator.Domains(t.Context(), "acme")
		return err == nil && len(all) == 1 && all[0].Status == store.DomainVerified && !all[0].FailingSince.IsZero()
	})
	if _, metrics := get(t, s.admin+"/metrics", ""); !strings.Contains(metrics, "\norglogin_domain_checks_total{verdict=\"missing\"} 1\n") {
		t.Error("the check is not in the metrics")
	}
}
