package login

import (
	"log/slog"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"orglogin/handlers/web"
	"orglogin/redirect"
	"orglogin/store"
)

// Outcomes of a login, in the log and the metrics.
const (
	outcomeLanded  = "landed"
	outcomePage    = "page"    // 403, 404, 410, choose
	outcomeRefused = "refused" // no login
	outcomeFailed  = "failed"  // 502, 503, 504
)

type metrics struct {
	logins           *prometheus.CounterVec
	loginDuration    prometheus.Histogram
	redirectsRefused *prometheus.CounterVec
}

// newMetrics registers what logins count. Labels are words of ours only,
// never a host, an address or a path.
func newMetrics(r *prometheus.Registry) (*metrics, error) {
	m := &metrics{
		logins: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "orglogin_logins_total", Help: "Decided, refused and failed logins.",
		}, []string{"outcome", "step", "reason"}),
		loginDuration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "orglogin_login_duration_seconds", Help: "From the beginning of a login to its landing.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 900},
		}),
		redirectsRefused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "orglogin_redirects_refused_total", Help: "Redirect parameters refused, by reason.",
		}, []string{"reason"}),
	}
	for _, c := range []prometheus.Collector{m.logins, m.loginDuration, m.redirectsRefused} {
		if err := r.Register(c); err != nil {
			return nil, err
		}
	}
	m.addZeros()
	return m, nil
}

// recordDecision writes the one login line of a decision, and counts it.
func (s *Handler) recordDecision(c echo.Context, a arrival, d redirect.Decision, outcome string) {
	organizationID := ""
	if d.Organization != nil {
		organizationID = d.Organization.ID
	}
	took := max(s.Now().Sub(a.begun), 0)
	s.metrics.loginDuration.Observe(took.Seconds())
	s.record(c, outcome, string(d.Step), d.Reason,
		slog.String("user_id", a.session.UserID),
		slog.String("organization_id", organizationID),
		slog.String("receipt", d.Receipt),
		slog.Duration("duration", took.Round(time.Microsecond)))
}

// loginLine is the line of a login that came to no decision.
func (s *Handler) loginLine(c echo.Context, outcome string, reason store.Reason) {
	s.record(c, outcome, "", reason)
}

func (s *Handler) record(c echo.Context, outcome, step string, reason store.Reason, more ...slog.Attr) {
	s.metrics.logins.WithLabelValues(outcome, step, string(reason)).Inc()
	web.TraceDecision(c, "decide login", outcome, step, reason)
	s.Line(c, slog.LevelInfo, "login", append([]slog.Attr{
		slog.String("outcome", outcome),
		slog.String("step", step),
		slog.String("reason", string(reason)),
		slog.String("client", web.ClientOf(c)),
	}, more...)...)
}
