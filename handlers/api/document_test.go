package api_test

import (
	"bytes"
	"flag"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"orglogin/handlers/api"
	"orglogin/store/manage"
)

var update = flag.Bool("update", false, "write testdata/openapi.json anew")

// The document is what clients are generated from: a change of it is a change of the contract, to be seen in review.
func TestTheDocumentIsTheGoldenOne(t *testing.T) {
	s, err := api.New(api.Config{
		Manage: &manage.Manager{}, Logger: slog.New(slog.DiscardHandler), Registry: prometheus.NewRegistry(), Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/openapi.json"
	got := append(s.Document(), '\n')
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("the document is another than %s: if that is meant, run: go test ./handlers/api -update", golden)
	}
}
