package serve

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
	"github.com/prometheus/prometheus/model/timestamp"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/util/annotations"
	"go.yaml.in/yaml/v3"
)

// timeSeries holds series for the engine of Prometheus.
type timeSeries struct {
	series map[string]*promql.Series // by their labels
	engine *promql.Engine
	parser parser.Parser
}

func newTimeSeries(t *testing.T) *timeSeries {
	t.Helper()
	p := parser.NewParser(parser.Options{})
	engine := promql.NewEngine(promql.EngineOpts{MaxSamples: 1_000_000, Timeout: time.Minute, Parser: p})
	t.Cleanup(func() { _ = engine.Close() })
	return &timeSeries{map[string]*promql.Series{}, engine, p}
}

func (d *timeSeries) add(metric labels.Labels, at time.Time, value float64) {
	key := metric.String()
	if d.series[key] == nil {
		d.series[key] = &promql.Series{Metric: metric}
	}
	d.series[key].Floats = append(d.series[key].Floats, promql.FPoint{T: timestamp.FromTime(at), F: value})
}

// scrape adds what /metrics answered, with the labels that Prometheus adds.
func (d *timeSeries) scrape(t *testing.T, text string, at time.Time) {
	t.Helper()
	p := textparse.NewPromParser([]byte(text), labels.NewSymbolTable(), false)
	for {
		entry, err := p.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if entry != textparse.EntrySeries {
			continue
		}
		var metric labels.Labels
		p.Labels(&metric)
		_, _, value := p.Series()
		d.add(labels.NewBuilder(metric).Set("job", "orglogin").Set("instance", "127.0.0.1:9090").Labels(), at, value)
	}
}

// load adds series in the notation of promtool, a sample a minute.
func (d *timeSeries) load(t *testing.T, from time.Time, series ...string) {
	t.Helper()
	for _, text := range series {
		metric, values, err := d.parser.ParseSeriesDesc(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		for i, v := range values {
			if !v.Omitted {
				d.add(metric, from.Add(time.Duration(i)*time.Minute), v.Value)
			}
		}
	}
}

// eval is the answer to a query that answers a vector.
func (d *timeSeries) eval(t *testing.T, query string, at time.Time) promql.Vector {
	t.Helper()
	q, err := d.engine.NewInstantQuery(t.Context(), d, nil, query, at)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer q.Close()
	vector, err := q.Exec(t.Context()).Vector()
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return slices.Clone(vector)
}

// Querier implements [storage.Queryable].
func (d *timeSeries) Querier(_, _ int64) (storage.Querier, error) { return querier{d}, nil }

type querier struct{ *timeSeries }

// Select implements [storage.Querier].
func (q querier) Select(_ context.Context, _ bool, _ *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
	var found []storage.Series
	for _, key := range slices.Sorted(maps.Keys(q.series)) {
		s := q.series[key]
		if !slices.ContainsFunc(matchers, func(m *labels.Matcher) bool { return !m.Matches(s.Metric.Get(m.Name)) }) {
			found = append(found, promql.NewStorageSeries(*s))
		}
	}
	return &seriesSet{series: found}
}

// LabelValues implements [storage.Querier]; no query asks it.
func (querier) LabelValues(context.Context, string, *storage.LabelHints, ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return nil, nil, errors.ErrUnsupported
}

// LabelNames implements [storage.Querier]; no query asks it.
func (querier) LabelNames(context.Context, *storage.LabelHints, ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return nil, nil, errors.ErrUnsupported
}

// Close implements [storage.Querier].
func (querier) Close() error { return nil }

type seriesSet struct {
	series []storage.Series
	at     storage.Series
}

func (s *seriesSet) Next() bool {
	if len(s.series) == 0 {
		return false
	}
	s.at, s.series = s.series[0], s.series[1:]
	return true
}

func (s *seriesSet) At() storage.Series { return s.at }

func (*seriesSet) Err() error { return nil }

func (*seriesSet) Warnings() annotations.Annotations { return nil }

// alert is a rule of Prometheus, as far as the shipped ones go.
type alert struct {
	Alert       string            `yaml:"alert"`
	Expr        string            `yaml:"expr"`
	For         time.Duration     `yaml:"for"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
}

// alerts are those of the shipped rules, by name.
func alerts(t *testing.T) map[string]alert {
	t.Helper()
	text, err := os.ReadFile("../../../docs/deploy/prometheus-rules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Groups []struct {
			Name  string  `yaml:"name"`
			Rules []alert `yaml:"rules"`
		} `yaml:"groups"`
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&file); err != nil {
		t.Fatal(err)
	}
	all := map[string]alert{}
	for _, group := range file.Groups {
		for _, rule := range group.Rules {
			if _, twice := all[rule.Alert]; twice || rule.Alert == "" {
				t.Errorf("two rules are called %q", rule.Alert)
			}
			all[rule.Alert] = rule
		}
	}
	return all
}
