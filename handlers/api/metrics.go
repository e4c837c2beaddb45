package api

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
}

// newMetrics registers what the API counts. A route is method and path as the document has them, or none.
func newMetrics(r *prometheus.Registry) (*metrics, error) {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "orglogin_api_requests_total", Help: "Requests of the HTTP API.",
		}, []string{"route", "status"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "orglogin_api_request_duration_seconds", Help: "Requests of the HTTP API, from the first byte to the answer.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 5, 25},
		}, []string{"route"}),
	}
	for _, c := range []prometheus.Collector{m.requests, m.duration} {
		if err := r.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// noRoute is the route of a request that has none.
const noRoute = "none"

// addZeros counts nothing for every answer that the document knows: an alert sees an increase of what was there before.
func (m *metrics) addZeros(document *huma.OpenAPI) {
	zero := func(route string, statuses ...string) {
		m.duration.WithLabelValues(route)
		for _, status := range statuses {
			m.requests.WithLabelValues(route, status)
		}
	}
	zero(noRoute, "404", "405", "500")
	for path, item := range document.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Put, item.Post, item.Patch, item.Delete} {
			if op != nil {
				zero(op.Method+" "+path, append(slices.Collect(maps.Keys(op.Responses)), "500")...)
			}
		}
	}
}

func (m *metrics) observe(route string, status int, took time.Duration) {
	if route == "" {
		route = noRoute
	}
	m.requests.WithLabelValues(route, strconv.Itoa(status)).Inc()
	m.duration.WithLabelValues(route).Observe(took.Seconds())
}
