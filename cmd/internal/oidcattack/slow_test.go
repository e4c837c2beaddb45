package oidcattack_test

import (
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"orglogin/store"
)

// TestAProviderThatTakesItsTimeIsLeft waits the real deadlines, ten seconds for
// a code or metadata and five for keys, all of them side by side (C2, E2, E5).
func TestAProviderThatTakesItsTimeIsLeft(t *testing.T) {
	t.Parallel()
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	token := func(reply func(w http.ResponseWriter, honest string, r *http.Request)) func(*testing.T, world, *http.Client) string {
		return func(t *testing.T, w world, c *http.Client) string {
			w.login(t)
			return w.bringBack(t, c, &attack{reply: reply})
		}
	}
	cases := []struct {
		name   string
		target func(*testing.T, world, *http.Client) string // what the browser asks for
	}{
		{"C2 a token endpoint that does not answer", token(func(w http.ResponseWriter, _ string, r *http.Request) { hang(w, r) })},
		{"C2 a token endpoint that sends a head and no body", token(func(w http.ResponseWriter, _ string, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusOK)
			w.(http.Flusher).Flush()
			hang(w, r)
		})},
		{"C2 a token endpoint that sends a byte now and then", token(drip)},
		{"E2 metadata that does not come", func(_ *testing.T, w world, _ *http.Client) string {
			w.provider.replace(discoveryPath, hang)
			return public + "/auth/start?redirect=%2Freports"
		}},
		{"E5 keys that do not come", func(t *testing.T, w world, c *http.Client) string {
			w.login(t)
			w.provider.replace("/jwks", hang)
			return w.bringBack(t, c, signedBy(keys().next, "next"))
		}},
	}
	worlds, browsers, before := make([]world, len(cases)), make([]*http.Client, len(cases)), make([]string, len(cases))
	answers, errs := make([]*http.Response, len(cases)), make([]error, len(cases))
	var all sync.WaitGroup
	for i, test := range cases {
		worlds[i] = newWorld(t, nil)
		browsers[i] = worlds[i].browser(t)
		target := test.target(t, worlds[i], browsers[i])
		before[i] = worlds[i].rows(t)
		all.Go(func() { answers[i], errs[i] = browsers[i].Get(target) })
	}
	t.Run("E5 keys that do not come delay no login that needs none", func(t *testing.T) {
		w := worlds[len(worlds)-1]
		for w.provider.asked("/jwks") < 2 { // the fetch is under way
			time.Sleep(10 * time.Millisecond)
		}
		w.login(t)
		before[len(worlds)-1] = w.rows(t)
	})
	all.Wait()
	for i, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			must(t, errs[i])
			text, err := io.ReadAll(answers[i].Body)
			must(t, err)
			w := worlds[i]
			w.refused(t, browsers[i], page{answers[i], string(text)}, http.StatusGatewayTimeout, store.ProviderSlow)
			w.unchanged(t, before[i])
			w.provider.replace(discoveryPath, nil)
			w.provider.replace("/jwks", nil)
			w.clock.Move(11 * time.Second)
			w.login(t)
		})
	}
}

// drip sends the honest answer, a byte every tenth of a second.
func drip(w http.ResponseWriter, honest string, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	for i := range honest {
		_, _ = io.WriteString(w, honest[i:i+1])
		w.(http.Flusher).Flush()
		select {
		case <-r.Context().Done():
			return
		case <-time.After(100 * time.Millisecond):
		}
	}
}
