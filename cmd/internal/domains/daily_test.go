package domains_test

import (
	"bytes"
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"orglogin/cmd/internal/domains"
	"orglogin/cmd/internal/domains/dnstest"
	"orglogin/store"
	"orglogin/store/manage"
	"orglogin/store/manage/managetest"
	"orglogin/store/sqlite"
	"orglogin/store/sqlite/sqlitetest"
)

// day is one on which every domain is due again, whatever its jitter.
const day = 27 * time.Hour

// daily is a database with a verified domain, a DNS server, and a clock.
type daily struct {
	domains.Daily
	records  *dnstest.Records
	operator *manage.Manager
	now      time.Time
	log      *bytes.Buffer
	counted  map[store.DomainVerdict]int
	domain   manage.Domain
}

var command = manage.Caller{Name: manage.Command}

func newDaily(t *testing.T) *daily {
	t.Helper()
	path := filepath.Join(t.TempDir(), "orglogin.db")
	sqlitetest.Migrate(t, path)
	w := &daily{records: &dnstest.Records{}, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), log: &bytes.Buffer{}, counted: map[store.DomainVerdict]int{}}
	clock := func() time.Time { return w.now }
	logger := slog.New(slog.NewTextHandler(w.log, nil))
	db, err := sqlite.Open(t.Context(), sqlite.Config{Path: path, Now: clock, Logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	w.operator = managetest.NewManager(db.Manage(), clock)
	err = db.Import(t.Context(), store.ImportFile{Organizations: []store.ImportOrganization{
		{Slug: "acme", Name: "Acme", SubdomainStatus: store.Verified}, {Slug: "globex", Name: "Globex", SubdomainStatus: store.Verified},
	}}, w.now)
	if err != nil {
		t.Fatal(err)
	}
	w.Daily = domains.Daily{
		Store: db, Checker: domains.Checker{Server: dnstest.Start(t, w.records.Reply), Timeout: 10 * time.Second},
		Now: clock, Logger: logger, Observe: func(v store.DomainVerdict) { w.counted[v]++ },
	}
	w.domain = w.verified(t, "acme")
	return w
}

// verified claims acme.test for an organization and proves it.
func (w *daily) verified(t *testing.T, slug string) manage.Domain {
	t.Helper()
	d, err := w.operator.AddDomain(t.Context(), command, slug, "acme.test")
	if err != nil {
		t.Fatal(err)
	}
	w.records.Set(d.Record, d.Value)
	d, err = w.operator.VerifyDomain(t.Context(), command, slug, "acme.test")
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// nextDay lets a day pass, checks what is due, and returns acme's domain and what was logged.
func (w *daily) nextDay(t *testing.T) (manage.Domain, string) {
	t.Helper()
	w.now = w.now.Add(day)
	w.log.Reset()
	if err := w.CheckDue(context.Background()); err != nil {
		t.Fatal(err)
	}
	d, err := w.operator.Domain(t.Context(), command, "acme", "acme.test")
	if err != nil {
		t.Fatal(err)
	}
	return d, w.log.String()
}

func TestADomainLapsesAWeekAfterItsRecordWasMissingFirst(t *testing.T) {
	w := newDaily(t)
	if d, logged := w.nextDay(t); d.Status != store.DomainVerified || d.FailingSince != nil || logged != "" {
		t.Fatalf("with its record the domain is %+v, logged %q", d, logged)
	}

	w.records.Set(w.domain.Record, "")
	first, logged := w.nextDay(t)
	if first.Status != store.DomainVerified || first.FailingSince == nil || !first.FailingSince.Equal(w.now) || !strings.Contains(first.Detail, "does not exist") {
		t.Errorf("on the first day without a record it is %+v", first)
	}
	lapses := "lapses_at=" + w.now.Add(store.DomainGrace).Format("2006-01-02T15:04:05")
	if !strings.Contains(logged, "level=WARN") || !strings.Contains(logged, "domain=acme.test organization=acme") || !strings.Contains(logged, lapses) {
		t.Errorf("on the first day the log says %q, not %s", logged, lapses)
	}

	w.records.Fail(true) // which says nothing of the record
	w.now = w.now.Add(store.DomainGrace)
	if d, _ := w.nextDay(t); d.Status != store.DomainVerified || d.FailingSince == nil || !d.FailingSince.Equal(*first.FailingSince) {
		t.Errorf("by a server that fails it became %+v", d)
	}

	w.records.Fail(false)
	lapsed, logged := w.nextDay(t)
	if lapsed.Status != store.DomainLapsed || !strings.Contains(logged, "a domain has lapsed") {
		t.Errorf("after a week it is %+v, logged %q", lapsed, logged)
	}

	w.records.Set(w.domain.Record, w.domain.Value)
	if d, logged := w.nextDay(t); d.Status != store.DomainVerified || d.FailingSince != nil || !strings.Contains(logged, "verified again") {
		t.Errorf("with its record again it is %+v, logged %q", d, logged)
	}
	want := map[store.DomainVerdict]int{store.DomainProved: 2, store.DomainMissing: 2, store.DomainUnanswered: 1}
	for verdict, n := range want {
		if w.counted[verdict] != n {
			t.Errorf("%d checks are counted as %s, not %d", w.counted[verdict], verdict, n)
		}
	}
}

func TestALapsedDomainIsNotTakenBackFromItsNewHolder(t *testing.T) {
	w := newDaily(t)
	w.records.Set(w.domain.Record, "")
	w.nextDay(t)
	w.now = w.now.Add(store.DomainGrace)
	w.nextDay(t)
	w.verified(t, "globex")

	w.records.Set(w.domain.Record, w.domain.Value) // acme's again, and not globex's
	d, logged := w.nextDay(t)
	if d.Status != store.DomainLapsed || !strings.Contains(logged, "another organization holds") {
		t.Errorf("the former holder has it as %+v, logged %q", d, logged)
	}
	held, err := w.operator.Domain(t.Context(), command, "globex", "acme.test")
	if err != nil || held.Status != store.DomainVerified || held.FailingSince == nil {
		t.Errorf("the new holder has %+v, %v", held, err)
	}
}

func TestADomainThatIsRemovedDuringItsCheckIsNoError(t *testing.T) {
	w := newDaily(t)
	w.Store = removing{w.Store, w.operator, t}
	w.now = w.now.Add(day)
	if err := w.CheckDue(t.Context()); err != nil {
		t.Error(err)
	}
}

// removing is a store from which a domain is removed between its check and the result.
type removing struct {
	domains.Store
	operator *manage.Manager
	t        *testing.T
}

func (r removing) RecordDomainCheck(ctx context.Context, organizationID, domain string, v store.DomainVerdict, detail string, now time.Time) (store.Domain, error) {
	if _, err := r.operator.RemoveDomain(ctx, command, "acme", domain); err != nil {
		r.t.Error(err)
	}
	return r.Store.RecordDomainCheck(ctx, organizationID, domain, v, detail, now)
}
