package serve

import (
	"context"
	"crypto/tls"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"orglogin/cmd/internal/telemetry"
	"orglogin/handlers/signin"
	"orglogin/store"
	"orglogin/store/cache"
	"orglogin/store/manage"
)

// metrics are those of what serve wires; handlers has its own.
type metrics struct {
	registry *prometheus.Registry
	provider *prometheus.HistogramVec // calls to the operators' providers
	tenant   *prometheus.HistogramVec // calls to organizations' providers
	storeUp  *prometheus.GaugeVec
	lookups  map[store.Source]map[cache.Result]prometheus.Counter // each is found once, not at every lookup
	domains  *prometheus.CounterVec
	mails    *prometheus.CounterVec
}

func newMetrics(r *prometheus.Registry) (*metrics, error) {
	lookups := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "orglogin_lookup_total", Help: "Lookups, by where they were answered from.",
	}, []string{"source", "result"})
	m := &metrics{
		registry: r,
		provider: newProviderDuration("orglogin_provider_request_duration_seconds", "Calls to the OpenID providers of the configuration."),
		tenant:   newProviderDuration("orglogin_organization_provider_request_duration_seconds", "Calls to the OpenID providers of organizations."),
		storeUp: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "orglogin_store_up", Help: "Whether the store answered when last asked.",
		}, []string{"store"}),
		lookups: map[store.Source]map[cache.Result]prometheus.Counter{},
		domains: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "orglogin_domain_checks_total", Help: "Daily checks of the records of verified and lapsed domains.",
		}, []string{"verdict"}),
		mails: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "orglogin_mail_attempts_total", Help: "Attempts to send an invitation by mail: sent, failed for good, or queued to be tried again.",
		}, []string{"result"}),
	}
	for _, c := range []prometheus.Collector{
		m.provider, m.tenant, m.storeUp, lookups, m.domains, m.mails,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	} {
		if err := r.Register(c); err != nil {
			return nil, err
		}
	}
	for _, v := range []store.DomainVerdict{store.DomainProved, store.DomainMissing, store.DomainUnanswered} {
		m.domains.WithLabelValues(string(v)) // zero is a value too, of which an alert sees the first increase
	}
	for _, state := range []manage.MailState{manage.MailSent, manage.MailFailed, manage.MailQueued} {
		m.mails.WithLabelValues(string(state))
	}
	for _, endpoint := range signin.Endpoints() {
		m.provider.WithLabelValues(endpoint)
		m.tenant.WithLabelValues(endpoint)
	}
	for source, results := range cache.Results() {
		m.lookups[source] = map[cache.Result]prometheus.Counter{}
		for _, result := range results {
			m.lookups[source][result] = lookups.WithLabelValues(string(source), string(result))
		}
	}
	return m, nil
}

func newProviderDuration(name, help string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: name, Help: help, Buckets: []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
	}, []string{"endpoint"})
}

// observeCalls counts calls to providers, and traces them.
func observeCalls(duration *prometheus.HistogramVec, tracing *telemetry.Tracing) func(context.Context, string, time.Duration, error) {
	return func(ctx context.Context, endpoint string, d time.Duration, err error) {
		duration.WithLabelValues(endpoint).Observe(d.Seconds())
		tracing.Call(ctx, endpoint, d, err)
	}
}

// watchProviders watches every operator connection.
func (m *metrics) watchProviders(all *signin.Registry) error {
	for _, connection := range all.Operators() {
		if err := m.watchProvider(connection.ID, all.Up); err != nil {
			return err
		}
	}
	return nil
}

// watchProvider reports at every scrape whether the provider of an operator connection is up.
// The default one is orglogin_provider_up too.
func (m *metrics) watchProvider(connectionID string, up func(connectionID string) bool) error {
	read := func() float64 { return zeroOrOne(up(connectionID)) }
	const help = "Whether a login can succeed with the OpenID provider, as far as is known."
	err := m.registry.Register(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "orglogin_connection_up", Help: help + " By operator connection.",
		ConstLabels: prometheus.Labels{"connection": connectionID},
	}, read))
	if err != nil || connectionID != store.DefaultConnection {
		return err
	}
	return m.registry.Register(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "orglogin_provider_up", Help: help}, read))
}

// watchCertificate reports at every scrape when the certificate of the API expires, where it has one.
func (m *metrics) watchCertificate(certificate *atomic.Pointer[tls.Certificate]) error {
	if certificate.Load() == nil {
		return nil
	}
	return m.registry.Register(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "orglogin_api_certificate_expiry_timestamp_seconds", Help: "When API_TLS_CERT expires, in Unix time.",
	}, func() float64 { return float64(certificate.Load().Leaf.NotAfter.Unix()) }))
}

func (m *metrics) domainCheck(v store.DomainVerdict) { m.domains.WithLabelValues(string(v)).Inc() }

func (m *metrics) mail(state manage.MailState) { m.mails.WithLabelValues(string(state)).Inc() }

func (m *metrics) lookup(source store.Source, result cache.Result) { m.lookups[source][result].Inc() }

func (m *metrics) store(name string, up bool) {
	m.storeUp.WithLabelValues(name).Set(zeroOrOne(up))
}

func zeroOrOne(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
