package doctor

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/servetest"
	"orglogin/handlers/signin"
	"orglogin/handlers/signin/fakeidp"
	"orglogin/redirect"
	"orglogin/store"
	"orglogin/store/cache"
)

// inspect returns what is found of one name.
func inspect(t *testing.T, i Inspection, name string) Finding {
	t.Helper()
	var found []Finding
	for _, f := range i.Report(t.Context()).Checks {
		if f.Name == name {
			found = append(found, f)
		}
	}
	if len(found) != 1 {
		t.Fatalf("found %+v", found)
	}
	if found[0].OK != (found[0].Fix == "") || found[0].Detail == "" {
		t.Errorf("got %+v", found[0])
	}
	return found[0]
}

// want sees that a finding says this.
func (f Finding) want(t *testing.T, ok bool, detail string) {
	t.Helper()
	if f.OK != ok || !strings.Contains(f.Detail, detail) {
		t.Errorf("got %+v", f)
	}
}

func inspection(t *testing.T, cfg config.Config) Inspection {
	t.Helper()
	return NewInspection(cfg, nil, slog.New(slog.DiscardHandler))
}

// idp serves an OpenID provider whose clock is ahead by this much, and returns its issuer.
func idp(t *testing.T, ahead time.Duration) string {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	issuer := "http://" + server.Listener.Addr().String()
	now := func() time.Time { return time.Now().Add(ahead) }
	provider := fakeidp.New(fakeidp.Config{Issuer: issuer, ClientID: "client", ClientSecret: "secret", Now: now})
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", now().UTC().Format(http.TimeFormat))
		provider.ServeHTTP(w, r)
	})
	server.Start()
	t.Cleanup(server.Close)
	return issuer
}

func TestInspectionOfTheProvider(t *testing.T) {
	cfg := servetest.Config(t)
	t.Run("one that does not answer is reported, and its clock is not", func(t *testing.T) {
		i := inspection(t, cfg) // its provider is at a port without a listener
		inspect(t, i, "provider").want(t, false, "provider_away")
		for _, f := range i.Report(t.Context()).Checks {
			if f.Name == "clock" {
				t.Errorf("got %+v", f)
			}
		}
	})
	t.Run("one that hangs is given up", func(t *testing.T) {
		silent, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer silent.Close()
		slow := cfg
		slow.Provider.Issuer = "http://" + silent.Addr().String()
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if got := inspection(t, slow).providers(ctx); len(got) != 1 || got[0].OK || !strings.Contains(got[0].Detail, "provider_slow") {
			t.Errorf("got %+v", got)
		}
	})
	for _, test := range []struct {
		name   string
		ahead  time.Duration
		ok     bool
		detail string
	}{
		{"a clock that agrees", 0, true, "agrees"},
		{"a clock that is ahead of ours", time.Hour, false, "behind the provider's"},
		{"a clock that is behind ours", -time.Hour, false, "ahead of the provider's"},
	} {
		t.Run(test.name, func(t *testing.T) {
			cfg := cfg
			cfg.Provider.Issuer = idp(t, test.ahead)
			inspect(t, inspection(t, cfg), "provider").want(t, true, cfg.Provider.Issuer+" is discovered, keys: 1")
			inspect(t, inspection(t, cfg), "clock").want(t, test.ok, test.detail)
		})
	}
}

// redisCLI says one line to a Redis.
func redisCLI(t *testing.T, url, line string) {
	t.Helper()
	args := append([]string{"-e", "-s", strings.TrimPrefix(url, "unix://")}, strings.Fields(line)...)
	if out, err := exec.Command("redis-cli", args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", line, err, out)
	}
}

func TestInspectionOfRedis(t *testing.T) {
	cfg := servetest.Config(t)
	url, kill := servetest.Redis(t)
	cfg.Redis = []string{url}
	servetest.Eventually(t, "Redis answers", func() bool { return inspect(t, inspection(t, cfg), "redis").OK })
	t.Run("a replica takes nothing", func(t *testing.T) {
		socket := strings.TrimPrefix(url, "unix://")
		for _, of := range [][]string{{"127.0.0.1", "1"}, {"NO", "ONE"}} {
			if out, err := exec.Command("redis-cli", append([]string{"-s", socket, "REPLICAOF"}, of...)...).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			if f := inspect(t, inspection(t, cfg), "redis"); f.OK != (of[0] == "NO") || !f.OK && !strings.Contains(f.Detail, "replica") {
				t.Errorf("got %+v", f)
			}
		}
	})
	for _, test := range []struct{ name, url, set, unset, detail, fix string }{
		{"one that is full", url, "CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0", "refuses SET: OOM", "maxmemory-policy"},
		{
			"one that forbids the channel", "unix://limited:hush-hush@" + strings.TrimPrefix(url, "unix://"),
			"ACL SETUSER limited on >hush-hush +@all ~* resetchannels", "ACL DELUSER limited", "refuses PUBLISH: NOPERM", "&orglogin:*",
		},
		{
			"one that forbids other keys", "unix://limited:hush-hush@" + strings.TrimPrefix(url, "unix://"),
			"ACL SETUSER limited on >hush-hush +@all ~other:* &*", "ACL DELUSER limited", "refuses SET: NOPERM", "~orglogin:*",
		},
	} {
		t.Run(test.name+" is reported, with the fix", func(t *testing.T) {
			redisCLI(t, url, test.set)
			defer redisCLI(t, url, test.unset)
			cfg := cfg
			cfg.Redis = []string{test.url}
			f := inspect(t, inspection(t, cfg), "redis")
			f.want(t, false, test.detail)
			if !strings.Contains(f.Fix, test.fix) || strings.Contains(f.Detail+f.Fix, "hush") {
				t.Errorf("got %+v", f)
			}
		})
	}
	t.Run("one whose user may do what the fix says is sound", func(t *testing.T) {
		fix := fixRedis(&cache.Refused{Err: errors.New("NOPERM")})
		_, rules, ok := strings.Cut(fix, "ACL SETUSER NAME ")
		if !ok {
			t.Fatalf("it is %q", fix)
		}
		redisCLI(t, url, "ACL SETUSER limited on >hush-hush "+rules)
		cfg := cfg
		cfg.Redis = []string{"unix://limited:hush-hush@" + strings.TrimPrefix(url, "unix://")}
		inspect(t, inspection(t, cfg), "redis").want(t, true, "answers")
	})
	kill()
	inspect(t, inspection(t, cfg), "redis").want(t, false, "connect")
	t.Run("no password is shown", func(t *testing.T) {
		cfg := cfg
		cfg.Redis = []string{"redis://user:hush-hush@127.0.0.1:1"}
		if f := inspect(t, inspection(t, cfg), "redis"); f.OK || strings.Contains(f.Detail+f.Fix, "hush") {
			t.Errorf("got %+v", f)
		}
	})
}

// names is a DNS server that knows these names, *.DOMAIN being any below it,
// and returns how to ask it.
func names(t *testing.T, known map[string]string) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		buf := make([]byte, 1500)
		for {
			n, peer, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			name := strings.TrimSuffix(m.Questions[0].Name.String(), ".")
			_, above, _ := strings.Cut(name, ".")
			addr, ok := known[name]
			if !ok {
				addr, ok = known["*."+above]
			}
			m.Response, m.RecursionAvailable = true, true
			m.Additionals = nil
			switch {
			case addr == "fails":
				m.RCode = dnsmessage.RCodeServerFailure
			case !ok:
				m.RCode = dnsmessage.RCodeNameError
			case m.Questions[0].Type == dnsmessage.TypeA:
				m.Answers = []dnsmessage.Resource{{
					Header: dnsmessage.ResourceHeader{Name: m.Questions[0].Name, Class: dnsmessage.ClassINET, TTL: 1},
					Body:   &dnsmessage.AResource{A: netip.MustParseAddr(addr).As4()},
				}}
			}
			if answer, err := m.Pack(); err == nil {
				_, _ = conn.WriteTo(answer, peer)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

func TestInspectionOfTheWildcard(t *testing.T) {
	const login, wild = "login.example.com", "*.example.com"
	cfg := servetest.Config(t)
	for _, test := range []struct {
		name   string
		known  map[string]string
		ok     bool
		detail string
	}{
		{"one record for all", map[string]string{wild: "192.0.2.1"}, true, "resolves, to where login.example.com does"},
		{"the login host elsewhere", map[string]string{wild: "192.0.2.1", login: "192.0.2.2"}, true, "other addresses"},
		{"no wildcard", map[string]string{login: "192.0.2.2"}, false, ".example.com does not resolve"},
		{"no login host", map[string]string{wild: "192.0.2.1", login: "fails"}, false, "looking login.example.com up failed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			i := inspection(t, cfg)
			i.Config.Site = config.Site{
				Public:     redirect.Origin{Scheme: "https", Host: "login.example.com"},
				App:        redirect.Origin{Scheme: "https", Host: "app.example.com"},
				BaseDomain: "example.com",
			}
			i.LookupNetIP = names(t, test.known).LookupNetIP
			inspect(t, i, "wildcard DNS").want(t, test.ok, test.detail)
		})
	}
	t.Run("names under localhost are not looked up", func(t *testing.T) {
		i := inspection(t, cfg)
		i.LookupNetIP = nil
		inspect(t, i, "wildcard DNS").want(t, true, "by themselves")
	})
}

func TestInspectionOfTheCookieDomain(t *testing.T) {
	for _, test := range []struct {
		name                string
		login, base, suffix string
		ok                  bool
		detail              string
	}{
		{"a domain of one's own", "login.example.com", "example.com", "", true, "a cookie of login.example.com reaches the hosts under example.com"},
		{"a domain below it", "login.staging.example.com", "staging.example.com", "", true, "such as example.com, give this one ORGLOGIN_COOKIE_SUFFIX"},
		{"a domain below it with a suffix", "login.staging.example.com", "staging.example.com", "-staging", true, "under staging.example.com"},
		{"a public suffix", "login.github.io", "github.io", "", false, "does not bring"},
		{"a login host elsewhere", "login.example.org", "example.com", "", false, "does not bring"},
	} {
		t.Run(test.name, func(t *testing.T) {
			cfg := config.Config{Site: config.Site{Public: redirect.Origin{Scheme: "https", Host: test.login}, BaseDomain: test.base}, CookieSuffix: test.suffix}
			got := inspection(t, cfg).cookieDomain(t.Context())
			if len(got) != 1 {
				t.Fatalf("got %+v", got)
			}
			got[0].want(t, test.ok, test.detail)
			if hint := strings.Contains(got[0].Detail, "COOKIE_SUFFIX"); hint != strings.Contains(test.detail, "COOKIE_SUFFIX") {
				t.Errorf("got %+v", got[0])
			}
		})
	}
}

func TestInspectionOfAMissingDatabase(t *testing.T) {
	cfg := servetest.Config(t)
	cfg.Database.URL = "sqlite:" + filepath.Join(t.TempDir(), "none.db")
	f := inspect(t, inspection(t, cfg), "database")
	f.want(t, false, "none.db")
	if !strings.Contains(f.Fix, "orglogin migrate") {
		t.Errorf("got %+v", f)
	}
}

func TestReportIsWhatATerminalDoesNotObey(t *testing.T) {
	var text strings.Builder
	r := newReport("Ann", []Finding{{Name: "policy", Detail: "a\x1b[2J\nb\u202e", Fix: "\u009b"}})
	if err := r.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	if got := text.String(); got != "Ann\n  policy  failed  a [2J b \n                  fix:  \nfailed: policy\n" {
		t.Errorf("got %q", got)
	}
}

// Doctor says before the first login what may be missing for a verified address.
func TestDoctorSaysWhatAnAddressMayLack(t *testing.T) {
	const claim, edov, issuer = store.EmailVerifiedClaim, store.EmailVerifiedEDOV, store.EmailVerifiedIssuer
	entra := store.MicrosoftIssuers + "organizations/v2.0"
	all, endpoint := []string{"sub", "email", "email_verified"}, "https://op.test/userinfo"
	for _, test := range []struct {
		of    config.Provider
		facts signin.Facts
		want  string
	}{
		{config.Provider{EmailVerified: claim, UserInfo: config.UserInfoAuto}, signin.Facts{Claims: all, UserInfoEndpoint: endpoint}, ""},
		{config.Provider{EmailVerified: claim, UserInfo: config.UserInfoAuto}, signin.Facts{UserInfoEndpoint: endpoint}, ""},
		{config.Provider{EmailVerified: claim}, signin.Facts{Claims: all[:2]}, "claims_supported has no email_verified"},
		{config.Provider{EmailVerified: issuer}, signin.Facts{Claims: all[:2]}, ""},
		{config.Provider{EmailVerified: edov, Issuer: entra}, signin.Facts{Claims: all[:2]}, ""},
		{config.Provider{EmailVerified: edov, Issuer: "https://op.test"}, signin.Facts{}, "which Microsoft Entra alone sends"},
		{config.Provider{EmailVerified: claim, UserInfo: config.UserInfoAuto}, signin.Facts{Claims: all}, "no UserInfo endpoint, so the ID token must have email"},
		{config.Provider{EmailVerified: claim}, signin.Facts{Claims: all}, ""},
	} {
		if got := addressWarning(test.of, test.facts); (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
			t.Errorf("%+v, %+v: %q, want %q", test.of, test.facts, got, test.want)
		}
	}
}
