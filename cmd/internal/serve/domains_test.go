package serve

import (
	"strings"
	"testing"
	"time"

	"orglogin/cmd/internal/domains/dnstest"
	"orglogin/cmd/internal/operate"
	"orglogin/cmd/internal/servetest"
	"orglogin/store"
	"orglogin/store/manage"
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
	m, err := operator.Manage(operate.ManagerConfig{Site: cfg.Site.Redirect(), DNSResolver: cfg.DNSResolver})
	if err != nil {
		t.Fatal(err)
	}
	command := manage.Caller{Name: manage.Command}
	d, err := m.AddDomain(t.Context(), command, "acme", "acme.test")
	if err != nil {
		t.Fatal(err)
	}
	records.Set(d.Record, d.Value)
	if _, err := m.VerifyDomain(t.Context(), command, "acme", d.Domain); err != nil {
		t.Fatal(err)
	}

	records.Set(d.Record, "")
	s := start(t, cfg, Options{Now: func() time.Time { return time.Now().Add(27 * time.Hour) }}) // the domain is due
	servetest.Eventually(t, "the day since when the record is missing", func() bool {
		now, err := m.Domain(t.Context(), command, "acme", d.Domain)
		return err == nil && now.Status == store.DomainVerified && now.FailingSince != nil
	})
	if _, metrics := get(t, s.admin+"/metrics", ""); !strings.Contains(metrics, "\norglogin_domain_checks_total{verdict=\"missing\"} 1\n") {
		t.Error("the check is not in the metrics")
	}
}
