package signin

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"orglogin/handlers/handlertest"
	"orglogin/store"
)

func TestMetadataThatIsNotUsed(t *testing.T) {
	o := newOP(t)
	set := func(name string, value any) func(map[string]any) {
		return func(d map[string]any) {
			if d[name] = value; value == nil {
				delete(d, name)
			}
		}
	}
	for _, test := range []struct {
		name   string
		change func(map[string]any)
	}{
		{"E1 another issuer", set("issuer", "https://evil.test")},
		{"E1 the issuer with a slash more", set("issuer", o.server.URL+"/")},
		{"E1 no issuer", set("issuer", nil)},
		{"E1 the issuer in a list", set("issuer", []string{o.server.URL})},
		{"E2 a token endpoint over http elsewhere", set("token_endpoint", "http://evil.test/token")},
		{"E2 a key set in a file", set("jwks_uri", "file:///etc/passwd")},
		{"E2 a key set with userinfo", set("jwks_uri", "https://op.test@evil.test/jwks")},
		{"no authorization endpoint", set("authorization_endpoint", nil)},
		{"an authorization endpoint without a scheme", set("authorization_endpoint", "//op.test/authorize")},
		{"an authorization endpoint that is script", set("authorization_endpoint", "javascript:alert(1)")},
		{"an authorization endpoint with a fragment", set("authorization_endpoint", "https://op.test/#x")},
		{"an authorization endpoint that brings a redirect_uri along", set("authorization_endpoint", "https://op.test/?redirect_uri=https://evil.test")},
		{"D5 only HMAC and none", set("id_token_signing_alg_values_supported", []string{"none", "HS256"})},
		{"D5 no algorithms", set("id_token_signing_alg_values_supported", nil)},
	} {
		t.Run(test.name, func(t *testing.T) {
			o.mu.Lock()
			o.mangle.Discovery = test.change
			o.mu.Unlock()
			p := o.client(t, nil)
			_, err := p.AuthURL(t.Context(), p.NewFlow(), Request{State: "s"})
			wantError(t, err, store.ProviderAnswer, 502)
		})
	}
	t.Run("an https issuer names no endpoint over http, not even on loopback", func(t *testing.T) {
		p := must(New(Config{Issuer: "https://op.test", ClientID: "c", ClientSecret: "s", RedirectURL: redirectURL}))
		_, err := p.readMetadata([]byte(`{"issuer":"https://op.test","authorization_endpoint":"https://op.test/a",` +
			`"token_endpoint":"http://127.0.0.1/t","jwks_uri":"https://op.test/k","id_token_signing_alg_values_supported":["RS256"]}`))
		if err == nil || !strings.Contains(err.Error(), "token_endpoint") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("an authorization endpoint keeps parameters of its own", func(t *testing.T) {
		o.mu.Lock()
		o.mangle.Discovery = set("authorization_endpoint", "https://op.test/authorize?tenant=1")
		o.mu.Unlock()
		p := o.client(t, nil)
		where, err := p.AuthURL(t.Context(), p.NewFlow(), Request{State: "s"})
		if err != nil || !strings.HasPrefix(where, "https://op.test/authorize?tenant=1&client_id=") {
			t.Errorf("got %s, %v", where, err)
		}
	})
}

func TestE10MetadataIsRenewedHourlyAndAMoveRaisesAnAlarm(t *testing.T) {
	o := newOP(t)
	log := new(lines)
	p := o.client(t, func(c *Config) { c.Now, c.Logger = o.clock.now, log.logger() })
	mustLogin(t, o, p)
	o.clock.advance(metadataFresh - time.Second)
	if _, err := p.AuthURL(t.Context(), p.NewFlow(), Request{State: "s"}); err != nil || o.count("/.well-known/openid-configuration") != 1 {
		t.Fatalf("%v, or fetched before its time", err)
	}
	o.mu.Lock()
	o.mangle.Discovery = func(d map[string]any) { d["token_endpoint"] = "https://moved.test/token" }
	o.mu.Unlock()
	o.clock.advance(2 * time.Second)
	if _, err := p.AuthURL(t.Context(), p.NewFlow(), Request{State: "s"}); err != nil {
		t.Fatal(err)
	}
	p.metadata.mu.Lock()
	f := p.metadata.running
	p.metadata.mu.Unlock()
	if f != nil {
		<-f.done
	}
	if !strings.Contains(log.String(), "level=ERROR") || !strings.Contains(log.String(), "https://moved.test/token") {
		t.Errorf("the log says %q", log)
	}
}

// lines is a log that a test reads while it is written.
type lines struct{ handlertest.Log }

func (l *lines) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }
