package signin

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"orglogin/store"
)

func TestRotation(t *testing.T) {
	o := newOP(t)
	p := o.client(t, func(c *Config) { c.Now = o.clock.now })
	mustLogin(t, o, p)
	t.Run("E4 a new key alone logs in after one refetch", func(t *testing.T) {
		o.RotateKeys()
		mustLogin(t, o, p)
		mustLogin(t, o, p)
		if n := o.count("/jwks"); n != 2 {
			t.Errorf("%d fetches, want 2", n)
		}
	})
	t.Run("E3 unknown keys within five seconds are not fetched for, however many ask", func(t *testing.T) {
		o.RotateKeys()
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				_, err := o.login(t, p)
				if e, ok := errors.AsType[*Error](err); !ok || e.Status != 502 {
					t.Errorf("got %v", err)
				}
			})
		}
		all.Wait()
		if n := o.count("/jwks"); n != 2 {
			t.Errorf("%d fetches, want still 2", n)
		}
	})
	t.Run("E3 after that, a hundred at once fetch once and all log in", func(t *testing.T) {
		o.clock.advance(keysCoolDown)
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				if _, err := o.login(t, p); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := o.count("/jwks"); n != 3 {
			t.Errorf("%d fetches, want 3", n)
		}
	})
}

func TestE3ABadSignatureUnderAKnownKidFetchesNothing(t *testing.T) {
	o := newOPWithKey(t)
	p := o.client(t, nil)
	o.with(text(func(s string) string { return s[:len(s)-8] + "AAAAAAAA" }))
	for range 20 {
		_, err := o.login(t, p)
		wantError(t, err, store.ProviderAnswer, 502)
	}
	if n := o.count("/jwks"); n != 1 {
		t.Errorf("%d fetches, want 1", n)
	}
}

func TestE4AProviderWithoutKidsMayChangeItsOnlyKey(t *testing.T) {
	o := newOP(t)
	keys := []*rsa.PrivateKey{testKey(), must(rsa.GenerateKey(rand.Reader, 2048))}
	var now int
	o.replace("/jwks", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: keys[now].Public()}}})
	})
	o.with(func(c map[string]any) string {
		s := must(jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: keys[now]}, nil))
		return must(must(s.Sign([]byte(asJSON(c)))).CompactSerialize())
	})
	p := o.client(t, nil)
	mustLogin(t, o, p)
	now = 1
	mustLogin(t, o, p)
	if n := o.count("/jwks"); n != 2 {
		t.Errorf("%d fetches, want 2", n)
	}
}

func TestE6AKeySetThatFailsDropsNoKey(t *testing.T) {
	for name, fail := range map[string]http.HandlerFunc{
		"500":              func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) },
		"reset":            func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"HTML":             func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") },
		"truncated":        func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"keys":[`) },
		"empty":            func(http.ResponseWriter, *http.Request) {},
		"null":             func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "null") },
		"no keys":          func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"keys":[]}`) },
		"keys in capitals": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"KEYS":[]}`) },
		"keys of null":     func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"keys":[null]}`) },
	} {
		t.Run(name, func(t *testing.T) {
			o := newOPWithKey(t)
			p := o.client(t, func(c *Config) { c.Now = o.clock.now })
			o.with(claim("x", nil))
			mustLogin(t, o, p)
			o.replace("/jwks", fail)
			// An unknown key makes us fetch the set again.
			o.with(withHeader(`{"alg":"RS256","kid":"new"}`))
			_, err := o.login(t, p)
			if e, ok := errors.AsType[*Error](err); !ok || e.Status != 502 {
				t.Errorf("got %v", err)
			}
			if o.count("/jwks") < 2 {
				t.Error("the key set was not asked for")
			}
			o.clock.advance(time.Minute)
			o.with(claim("x", nil))
			mustLogin(t, o, p)
		})
	}
}

func TestE5AHungKeySetFetch(t *testing.T) {
	o := newOPWithKey(t)
	p := o.client(t, func(c *Config) { c.Now = o.clock.now })
	o.with(claim("x", nil))
	mustLogin(t, o, p)
	known := p.keys.timeout
	p.keys.timeout = 500 * time.Millisecond // of the fetch that hangs
	hung, released := make(chan struct{}), make(chan struct{})
	o.replace("/jwks", func(_ http.ResponseWriter, r *http.Request) {
		close(hung)
		<-r.Context().Done()
		close(released)
	})
	o.with(withHeader(`{"alg":"RS256","kid":"new"}`))
	f, a := o.begin(t, p, "")
	waits := make(chan error)
	go func() {
		_, err := p.Finish(t.Context(), f, a)
		waits <- err
	}()
	<-hung
	t.Run("delays no login whose key is known", func(t *testing.T) {
		o.with(claim("x", nil))
		mustLogin(t, o, p)
	})
	t.Run("ends by its own deadline and frees who waits", func(t *testing.T) {
		wantError(t, <-waits, store.ProviderSlow, 504)
		<-released
	})
	p.keys.timeout = known
	t.Run("leaves nothing in the way of the next", func(t *testing.T) {
		o.clock.advance(keysCoolDown)
		o.replace("/jwks", func(w http.ResponseWriter, _ *http.Request) {
			_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: testKey().Public(), KeyID: "new"}}})
		})
		o.with(withHeader(`{"alg":"RS256","kid":"new"}`))
		mustLogin(t, o, p)
	})
}

func TestABrowserThatLeavesEndsNoFetch(t *testing.T) {
	o := newOP(t)
	arrived, let := make(chan struct{}), make(chan struct{})
	o.replace("/jwks", func(w http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-let
		o.Provider.ServeHTTP(w, r)
	})
	p := o.client(t, nil)
	f, a := o.begin(t, p, "")
	ctx, leave := context.WithCancel(t.Context())
	gone := make(chan error)
	go func() {
		_, err := p.Finish(ctx, f, a)
		gone <- err
	}()
	<-arrived
	leave()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	close(let)
	mustLogin(t, o, p)
	if n := o.count("/jwks"); n != 1 || !p.Up() {
		t.Errorf("%d fetches, up %v", n, p.Up())
	}
}

func TestKeysAreRenewedInTheBackground(t *testing.T) {
	o := newOP(t)
	p := o.client(t, func(c *Config) { c.Now = o.clock.now })
	if err := p.Warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	arrived, let := make(chan struct{}), make(chan struct{})
	o.replace("/jwks", func(w http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-let
		o.Provider.ServeHTTP(w, r)
	})
	o.clock.advance(54*time.Minute - time.Second) // of max-age=3600
	mustLogin(t, o, p)
	if n := o.count("/jwks"); n != 1 {
		t.Fatalf("%d fetches before their time", n)
	}
	o.clock.advance(2 * time.Second)
	mustLogin(t, o, p) // does not wait
	<-arrived
	close(let)
}

func TestWhichKeysAreUsed(t *testing.T) {
	b := base64.RawURLEncoding.EncodeToString
	n := b(testKey().N.Bytes())
	small := must(rsa.GenerateKey(rand.Reader, 1024)).N
	point := must(must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)).PublicKey.Bytes())
	x, y := b(point[1:33]), b(point[33:])
	ec := func(curve, x, y string) string {
		return `{"kty":"EC","crv":"` + curve + `","x":"` + x + `","y":"` + y + `"}`
	}
	rsaKey := func(more string) string { return `{"kty":"RSA","n":"` + n + `","e":"AQAB"` + more + `}` }
	for _, test := range []struct {
		name, key string
		used      bool
	}{
		{"an RSA key", rsaKey(""), true},
		{"one for signatures", rsaKey(`,"use":"sig","alg":"RS256","kid":"1","key_ops":["verify"]`), true},
		{"one with a certificate that is none", rsaKey(`,"x5c":["!"],"x5t":1`), true},
		{"an EC key", ec("P-256", x, y), true},
		{"E8 use=enc", rsaKey(`,"use":"enc"`), false},
		{"E8 key_ops without verify", rsaKey(`,"key_ops":["encrypt"]`), false},
		{"E8 an algorithm for encryption", rsaKey(`,"alg":"RSA-OAEP"`), false},
		{"E8 an HMAC's algorithm", rsaKey(`,"alg":"HS256"`), false},
		{"E8 an elliptic algorithm for RSA", rsaKey(`,"alg":"ES256"`), false},
		{"E8 RSA of 1024 bits", `{"kty":"RSA","n":"` + b(small.Bytes()) + `","e":"AQAB"}`, false},
		{"E8 RSA of e 1", `{"kty":"RSA","n":"` + n + `","e":"AQ"}`, false},
		{"E8 RSA of e 2", `{"kty":"RSA","n":"` + n + `","e":"Ag"}`, false},
		{"E8 RSA of e past 64 bits", `{"kty":"RSA","n":"` + n + `","e":"AQAAAAAAAAAAAAAD"}`, false},
		{"E8 RSA of 32768 bits", `{"kty":"RSA","n":"` + b(new(big.Int).SetBit(new(big.Int).Lsh(testKey().N, 32768-2048), 0, 1).Bytes()) + `","e":"AQAB"}`, false},
		{"E8 oct", `{"kty":"oct","k":"` + n + `"}`, false},
		{"E8 a point off its curve", ec("P-256", x, x), false},
		{"E8 a point of zeros", ec("P-256", b(make([]byte, 32)), b(make([]byte, 32))), false},
		{"E7 an unknown curve", ec("P-999", x, y), false},
		{"E7 an unknown kind of key", `{"kty":"AKP","alg":"ML-DSA-65","pub":"AAAA"}`, false},
		{"E7 a number for a key", `1`, false},
		{"E7 null for a key", `null`, false},
		{"E7 an Ed25519 key too short", `{"kty":"OKP","crv":"Ed25519","x":"AAAA"}`, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			good := `{"kty":"RSA","kid":"good","n":"` + n + `","e":"AQAB"}`
			set, err := readKeys([]byte(`{"keys":[` + test.key + "," + good + `]}`))
			want := 1
			if test.used {
				want = 2
			}
			if err != nil || len(set) != want {
				t.Errorf("%d keys, %v; want %d", len(set), err, want)
			}
		})
	}
	t.Run("a key for one algorithm checks no other", func(t *testing.T) {
		set := must(readKeys([]byte(`{"keys":[` + rsaKey(`,"alg":"RS256","kid":"1"`) + `]}`)))
		if len(set.candidates("1", jose.RS256)) != 1 || len(set.candidates("1", jose.PS256)) != 0 || len(set.candidates("2", jose.RS256)) != 0 {
			t.Error("wrong candidates")
		}
	})
	t.Run("a token without kid is refused where two keys fit", func(t *testing.T) {
		set := must(readKeys([]byte(`{"keys":[` + rsaKey(`,"kid":"1"`) + "," + rsaKey(`,"kid":"2"`) + `]}`)))
		if len(set.candidates("", jose.RS256)) != 0 {
			t.Error("one was taken")
		}
	})
}

func TestFreshness(t *testing.T) {
	for header, want := range map[string]time.Duration{
		"":                             54 * time.Minute,
		"no-store":                     54 * time.Minute,
		"max-age=0":                    270 * time.Second,
		"public, MAX-AGE=20000":        5 * time.Hour,
		"max-age=99999999999999999999": 54 * time.Minute,
		"max-age=2000000000":           24 * time.Hour * 9 / 10,
		"max-age=-1":                   54 * time.Minute,
	} {
		if got := freshness(header); got != want {
			t.Errorf("%q: %v, want %v", header, got, want)
		}
	}
}
