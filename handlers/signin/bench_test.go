package signin

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

func BenchmarkAuthURL(b *testing.B) {
	p := newOP(b).client(b, nil)
	if err := p.Warm(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.AuthURL(b.Context(), p.NewFlow(), Request{State: "state", Prompt: "select_account", LoginHint: "ann@acme.test"}); err != nil {
			b.Fatal(err)
		}
	}
}

// Our share of Finish that is not the network.
func BenchmarkVerifyIDToken(b *testing.B) {
	o := newOPWithKey(b)
	p := o.client(b, nil)
	var raw string
	o.with(func(c map[string]any) string {
		delete(c, "at_hash")
		raw = forge(goodHeader, asJSON(c))
		return raw
	})
	f, a := o.begin(b, p, "")
	if _, err := p.Finish(b.Context(), f, a); err != nil {
		b.Fatal(err)
	}
	m := metadata{algorithms: []jose.SignatureAlgorithm{jose.RS256}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.verifyIDToken(b.Context(), m, f, tokens{access: "a", id: raw}); err != nil {
			b.Fatal(err)
		}
	}
}

// A login by an organization connection costs the same however many there are: the
// registry looks up one and keeps no more than maxHeld.
func BenchmarkFinishByOrganization(b *testing.B) {
	for _, connections := range []int{1, maxHeld, 1000} {
		b.Run(fmt.Sprint(connections, " connections"), func(b *testing.B) {
			s := steadyAt(b, "idp.localhost", nil)
			r, _ := local(b, slices.Repeat([]string{s.issuer}, connections)...)
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			for i := range connections { // each has signed in one person
				finish(b, r, s, i)
			}
			runtime.GC()
			runtime.ReadMemStats(&after)
			used := connections - min(connections, maxHeld) // the first of those in memory
			b.ReportAllocs()
			begun, i := cpu(b), 0
			for b.Loop() {
				finish(b, r, s, used+i%(connections-used))
				i++
			}
			b.ReportMetric(float64(cpu(b)-begun)/float64(b.N), "cpu-ns/op")
			b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(len(r.held.byID)), "B/provider")
		})
	}
}

// How long another organization's logins take while one provider hangs with 200
// logins at it: blocks of logins with and without it, in turns, because the machine
// is not equally fast at all times.
func BenchmarkFinishBesideAProviderThatHangs(b *testing.B) {
	const block, waiting = 100, 200
	hung := make(chan struct{})
	var arrived atomic.Int64
	hang := func() {
		arrived.Add(1)
		<-hung
	}
	slow, s := steadyAt(b, "hung.localhost", hang), steadyAt(b, "idp.localhost", nil)
	r, _ := local(b, slow.issuer, s.issuer)
	p := r.tenant(b, 0)
	if err := p.Warm(b.Context()); err != nil {
		b.Fatal(err)
	}
	p.exchangeWait = time.Hour // longer than a block: all of them wait until its end
	f := slow.flow
	f.Connection = tenantID(0)
	finish(b, r, s, 1)
	var quiet, beside []time.Duration
	logins := func(took *[]time.Duration) {
		for range block / 10 { // until the arrival of the others, or their end, is over
			finish(b, r, s, 1)
		}
		for range block {
			begun := time.Now()
			finish(b, r, s, 1)
			*took = append(*took, time.Since(begun))
		}
	}
	for b.Loop() {
		logins(&quiet)
		ctx, cancel := context.WithCancel(b.Context())
		var all sync.WaitGroup
		arrived.Store(0)
		var begun atomic.Int64
		for range waiting {
			all.Go(func() {
				begun.Add(1)
				_, _ = p.Finish(ctx, f, Answer{Code: "a-code"})
			})
		}
		for arrived.Load() < maxTenantExchanges || begun.Load() < waiting {
			time.Sleep(time.Millisecond)
		}
		logins(&beside)
		cancel()
		all.Wait()
	}
	close(hung)
	for name, took := range map[string][]time.Duration{"quiet": quiet, "beside": beside} {
		slices.Sort(took)
		b.ReportMetric(float64(took[len(took)/2]), name+"-p50-ns")
		b.ReportMetric(float64(took[len(took)*99/100]), name+"-p99-ns")
	}
}

// finish is one login by the n-th connection.
func finish(b *testing.B, r *Registry, s *steady, n int) {
	b.Helper()
	f := s.flow
	f.Connection = tenantID(n)
	if _, err := r.tenant(b, n).Finish(b.Context(), f, Answer{Code: "a-code-of-some-length"}); err != nil {
		b.Fatal(err)
	}
}

// steadyAt serves a steady provider at a name of this machine. Its token endpoint
// calls hold first, unless that is nil.
func steadyAt(b *testing.B, host string, hold func()) *steady {
	b.Helper()
	server := httptest.NewUnstartedServer(nil)
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	s := newSteady("http://" + host + ":" + port)
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if hold != nil && r.URL.Path == "/token" {
			hold()
		}
		s.ServeHTTP(w, r)
	})
	server.Start()
	b.Cleanup(server.Close)
	return s
}
