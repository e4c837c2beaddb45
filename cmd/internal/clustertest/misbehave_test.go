package clustertest

import (
	"flag"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"
)

// soak is how long the provider misbehaves, or one fault follows another, each
// at least once. `make soak` gives ten minutes.
var soak = flag.Duration("soak", 3*time.Second, "how long the provider misbehaves, or one fault follows another")

// misdeeds are what a provider does wrong in place of its token answer.
func misdeeds() []http.HandlerFunc {
	answer := func(status int, media, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", media)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	const json = "application/json"
	return []http.HandlerFunc{
		answer(500, "text/html", "<h1>Internal Server Error</h1>"),
		answer(503, json, `{"error":"temporarily_unavailable"}`),
		answer(429, json, `{"error":"slow_down"}`),
		answer(400, json, `{"error":"invalid_grant"}`),
		answer(401, json, `{"error":"invalid_client"}`),
		answer(200, json, ``),
		answer(200, json, `{"access_token":`),
		answer(200, json, `{"access_token":"a","token_type":"Bearer"}`),
		answer(200, json, `{"access_token":"a","token_type":"Bearer","id_token":"e30.e30.e30"}`),
		answer(200, json, `[`+strings.Repeat(`[`, 10_000)),
		answer(200, "text/html", `<html>`),
		answer(200, json, `{"x":"`+strings.Repeat("x", 2<<20)+`"}`),
		func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://"+r.Host+"/token", http.StatusTemporaryRedirect)
		},
		func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, // the connection breaks
		func(w http.ResponseWriter, _ *http.Request) { // in the middle of the answer
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, `{"access_token":"`)
			panic(http.ErrAbortHandler)
		},
	}
}

func TestAProviderThatMisbehaves(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	goroutines := func(i *Instance) float64 {
		n, err := i.Metric(t.Context(), "go_goroutines")
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	var before []float64
	for _, i := range f.Instances {
		before = append(before, goroutines(i))
	}
	misdeeds := misdeeds()
	f.Provider.Instead(func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/token" || rand.IntN(10) >= 3 {
			return false
		}
		if n := rand.IntN(len(misdeeds) + 1); n < len(misdeeds) {
			misdeeds[n](w, r)
			return true
		}
		time.Sleep(rand.N(500 * time.Millisecond))
		return false
	})
	c := f.crowd(t, crowdSize, crowdPause, f.one, func(a attempt) string {
		switch a.Status {
		case http.StatusBadRequest, http.StatusBadGateway, http.StatusGatewayTimeout:
		default:
			return "neither landed nor cleanly refused"
		}
		for name := range a.cookies() {
			if !strings.HasPrefix(name, "__Host-flow") {
				return "a refused login set " + name
			}
		}
		if !strings.Contains(a.Body, "/auth/start") {
			return "a page without a way to try again"
		}
		return ""
	})
	for begun := time.Now(); time.Since(begun) < *soak; time.Sleep(*soak / 100) {
		if t.Failed() {
			return
		}
	}
	c.more(t, crowdSize)
	c.Stop()
	t.Logf("%d landed, %d were refused", c.Landed.Load(), c.Failed.Load())
	if c.Failed.Load() == 0 {
		t.Error("it did not misbehave")
	}
	f.Provider.Instead(nil)
	for n, i := range f.Instances {
		landed(t, f.visitor(t, "ann").login(i.Addr, ""), f.URL("acme", "/dashboard"))
		if strings.Contains(i.Said(), `"msg":"panic"`) {
			t.Error("an instance panicked")
		}
		f.transport(i.Addr).CloseIdleConnections()
		// Less than one is left for a browser; those that remain keep connections to the provider open.
		eventually(t, "as few goroutines as before", func() bool { return goroutines(i) < before[n]+crowd/2 })
		t.Logf("%.0f goroutines before, %.0f afterwards", before[n], goroutines(i))
	}
}

// cookies are those that an answer sets, by name.
func (a Answer) cookies() map[string]string {
	set := map[string]string{}
	for _, line := range a.Header.Values("Set-Cookie") {
		if c, err := http.ParseSetCookie(line); err == nil && c.MaxAge >= 0 {
			set[c.Name] = c.Value
		}
	}
	return set
}
