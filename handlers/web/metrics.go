package web

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics counts requests by their route as we named it, "none" where there is no such route.
type Metrics struct {
	routes map[string]*routeMetrics
}

type routeMetrics struct {
	answers  [len(answerKinds)]prometheus.Counter
	duration prometheus.Observer
}

// answerKinds are the values of the label status. 429 is apart: it is a client too many, not one that is wrong.
var answerKinds = [...]string{"2xx", "3xx", "4xx", "429", "5xx"}

// NewMetrics registers what the requests of these routes count, everything at zero: an alert sees an increase of what
// was there before.
func NewMetrics(r *prometheus.Registry, routes []string) (*Metrics, error) {
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "orglogin_requests_total", Help: "Requests of the public listener, by route and kind of answer.",
	}, []string{"route", "status"})
	duration := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "orglogin_request_duration_seconds", Help: "Requests of the public listener, from the head to the answer.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 25},
	}, []string{"route"})
	m := &Metrics{routes: map[string]*routeMetrics{}}
	for _, route := range append([]string{""}, routes...) {
		name := route
		if route == "" {
			name = "none"
		}
		of := &routeMetrics{duration: duration.WithLabelValues(name)}
		for i, kind := range answerKinds {
			of.answers[i] = requests.WithLabelValues(name, kind)
		}
		m.routes[route] = of
	}
	for _, c := range []prometheus.Collector{requests, duration} {
		if err := r.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *Metrics) observe(route string, status int, took time.Duration) {
	if m == nil {
		return
	}
	of := m.routes[route]
	if of == nil {
		of = m.routes[""]
	}
	of.answers[kindOf(status)].Inc()
	of.duration.Observe(took.Seconds())
}

// kindOf is an index of [answerKinds].
func kindOf(status int) int {
	switch {
	case status < http.StatusMultipleChoices:
		return 0
	case status < http.StatusBadRequest:
		return 1
	case status == http.StatusTooManyRequests:
		return 3
	case status < http.StatusInternalServerError:
		return 2
	}
	return 4
}
