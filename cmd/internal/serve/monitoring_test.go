package serve

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"orglogin/cmd/internal/servetest"
	"orglogin/handlers/signin/fakeidp"
)

// scraped holds the metrics of a service that just began, over a minute, and when that was.
func scraped(t *testing.T) (d *timeSeries, end time.Time) {
	t.Helper()
	cfg := withEverything(t)
	withProvider(t, &cfg, fakeidp.Person{Subject: "ann"})
	s := start(t, cfg, Options{})
	servetest.Eventually(t, "that the provider is up", func() bool {
		_, text := get(t, s.admin+"/metrics", "")
		return strings.Contains(text, "\norglogin_provider_up 1\n")
	})
	d, end = newTimeSeries(t), time.Now()
	for range 5 {
		get(t, s.url+"/login", "login.example.localhost:8080")
		_, text := get(t, s.admin+"/metrics", "")
		end = end.Add(15 * time.Second)
		d.scrape(t, text, end)
	}
	return d, end
}

// TestEveryQueryOfTheDashboardHasAnAnswer needs no login: what has not happened is there at zero.
func TestEveryQueryOfTheDashboardHasAnAnswer(t *testing.T) {
	text, err := os.ReadFile("../../../docs/deploy/grafana-dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Panels []struct {
			Title   string
			Type    string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &dashboard); err != nil {
		t.Fatal(err)
	}
	d, end := scraped(t)
	queries := 0
	for _, panel := range dashboard.Panels {
		if panel.Type != "row" && len(panel.Targets) == 0 {
			t.Errorf("panel %q asks nothing", panel.Title)
		}
		for _, target := range panel.Targets {
			queries++
			query := strings.ReplaceAll(target.Expr, "$__rate_interval", "1m")
			if len(d.eval(t, query, end)) == 0 {
				t.Errorf("panel %q: no answer to %s", panel.Title, query)
			}
			d.checkSelectors(t, query, end)
		}
	}
	if queries < 25 {
		t.Errorf("only %d queries were read", queries)
	}
}

func TestAlertsSelectMetricsThatAreThere(t *testing.T) {
	d, end := scraped(t)
	for name, rule := range alerts(t) {
		if rule.Labels["severity"] == "" || rule.Annotations["summary"] == "" || rule.Annotations["description"] == "" {
			t.Errorf("%s says too little: %v %v", name, rule.Labels, rule.Annotations)
		}
		d.checkSelectors(t, rule.Expr, end)
		if found := d.eval(t, rule.Expr, end); len(found) > 0 {
			t.Errorf("%s fires for a service that is well: %v", name, found)
		}
	}
}

// checkSelectors fails for a part of a query that selects nothing, whatever the rest makes of it.
func (d *timeSeries) checkSelectors(t *testing.T, query string, at time.Time) {
	t.Helper()
	expr, err := d.parser.ParseExpr(query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		if v, ok := node.(*parser.VectorSelector); ok {
			plain := *v
			plain.OriginalOffset, plain.Offset = 0, 0
			if len(d.eval(t, plain.String(), at)) == 0 {
				t.Errorf("%s: nothing is %s", query, plain.String())
			}
		}
		return nil
	})
}
