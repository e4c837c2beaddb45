package telemetry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"orglogin/cmd/internal/config"
	"orglogin/store"
)

type stateError string

func (e stateError) Error() string    { return "a row with secret@example.com" }
func (e stateError) SQLState() string { return string(e) }

func TestAnErrorIsExportedAsItsKind(t *testing.T) {
	for _, test := range []struct {
		err  error
		want string
	}{
		{nil, ""},
		{fmt.Errorf("profile: %w", store.ErrNotFound), ""},
		{fmt.Errorf("insert: %w", stateError("23505")), "23505"},
		{fmt.Errorf("ask: %w", context.DeadlineExceeded), "timeout"},
		{&net.DNSError{IsTimeout: true}, "timeout"},
		{context.Canceled, "canceled"},
		{errors.New("dial secret.example"), "_OTHER"},
	} {
		if got := errorType(test.err); got != test.want {
			t.Errorf("%v: %q, want %q", test.err, got, test.want)
		}
	}
}

func TestAStatementIsNamedByWhatItDoes(t *testing.T) {
	for statement, want := range map[string]string{
		"\n\tSELECT id, name\n\tFROM orglogin.complete_login($1::jsonb)": "SELECT orglogin.complete_login",
		"SELECT coalesce((SELECT a FROM b), 1) FROM c AS d":              "SELECT c",
		"INSERT INTO sessions (id) VALUES (?)":                           "INSERT sessions",
		"update profiles SET name = ?":                                   "UPDATE profiles",
		"begin":                                                          "BEGIN",
		"SELECT set_config('request.jwt.claims', $1::text, true)":        "SELECT",
		"": "statement",
	} {
		if got := summarize(statement); got != want {
			t.Errorf("%q: %q, want %q", statement, got, want)
		}
	}
}

func TestACollectorWithoutRoomIsAskedAgain(t *testing.T) {
	answers := []int{http.StatusServiceUnavailable, http.StatusTooManyRequests, http.StatusOK}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(answers[0])
		answers = answers[1:]
	}))
	defer server.Close()
	endpoint, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	c := newClient(&config.Tracing{Endpoint: endpoint, Header: http.Header{}, Timeout: time.Minute})
	c.retry = time.Millisecond
	if err := c.UploadTraces(t.Context(), []*tracepb.ResourceSpans{{}}); err != nil || len(answers) > 0 {
		t.Errorf("%v, %d answers left", err, len(answers))
	}
	answers = []int{http.StatusBadRequest}
	if err := c.UploadTraces(t.Context(), []*tracepb.ResourceSpans{{}}); err == nil {
		t.Error("400 is no error")
	}
}

func TestWithoutTracingThereIsNothingToCall(t *testing.T) {
	none, err := Open(t.Context(), nil, slog.New(slog.DiscardHandler))
	if err != nil || none != nil {
		t.Fatal(none, err)
	}
	if none.Statements("sqlite") != nil || none.Redis() != nil || none.Lookups() != nil {
		t.Error("a store would be traced")
	}
	if n := testing.AllocsPerRun(1000, func() { none.Call(t.Context(), "token", time.Second, nil) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
	none.Close()
}
