package signin

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"orglogin/store"
)

// C12: after some timeouts in a row one code at a time is sent, and other logins
// fail at once; when the provider answers, all are served again.
func TestC12LoginsFailAtOnceWhileTheProviderHangs(t *testing.T) {
	o := newOP(t)
	p := o.client(t, nil)
	mustLogin(t, o, p)
	var sent sync.Map // codes; one that was given up may come late
	o.replace("/token", func(_ http.ResponseWriter, r *http.Request) {
		sent.Store(r.PostFormValue("code"), true) // and the body is read: only then is it seen that the client lets go
		<-r.Context().Done()
	})
	for range openAfter {
		f, a := o.begin(t, p, "")
		_, err := p.Finish(short(t), f, a)
		wantError(t, err, store.ProviderSlow, 504)
	}
	p.exchanges <- struct{}{} // one is trying it
	for range 50 {
		f, a := o.begin(t, p, "")
		_, err := p.Finish(t.Context(), f, a)
		wantError(t, err, store.ProviderSlow, 504)
		if _, ok := sent.Load(a.Code); ok {
			t.Error("a code was sent meanwhile")
		}
	}
	<-p.exchanges
	o.replace("/token", nil)
	mustLogin(t, o, p)
	for range 20 {
		mustLogin(t, o, p)
	}
	if p.slow.Load() != 0 {
		t.Error("it is still taken for slow")
	}
}

// C12: while there is no metadata and a fetch hangs, only the first one waits
// for it as long as it takes.
func TestC12WithoutMetadataNoLoginWaitsForASecondFetch(t *testing.T) {
	o := newOP(t)
	p := o.client(t, func(c *Config) { c.Now = o.clock.now })
	const path = "/.well-known/openid-configuration"
	o.replace(path, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	_, err := p.AuthURL(t.Context(), p.NewFlow(), Request{State: "s"})
	wantError(t, err, store.ProviderAnswer, 502)
	let := make(chan struct{})
	o.replace(path, func(w http.ResponseWriter, r *http.Request) {
		<-let
		o.Provider.ServeHTTP(w, r)
	})
	o.clock.advance(time.Minute)
	for range 3 { // each gets the error of the last fetch, while this one hangs
		_, err := p.AuthURL(t.Context(), p.NewFlow(), Request{State: "s"})
		wantError(t, err, store.ProviderAnswer, 502)
	}
	close(let)
	for deadline := time.Now().Add(time.Minute); !p.metadata.known(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the fetch in progress gave no metadata")
		}
	}
	mustLogin(t, o, p)
}
