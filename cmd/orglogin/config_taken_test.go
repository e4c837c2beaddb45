package main

import (
	"encoding/base64"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orglogin/cmd/internal/config"
	"orglogin/store"
)

func TestConfigurationTaken(t *testing.T) {
	t.Run("the least has the defaults of the contract", func(t *testing.T) {
		env := environ(t, nil)
		got, check := read(t, env)
		if err := check.Err(); err != nil {
			t.Fatal(err)
		}
		want := config.Config{
			Database: config.Database{URL: "sqlite:orglogin.db", AdminURL: "sqlite:orglogin.db"},
			Provider: config.Provider{
				ID: "default", Name: "Google", Issuer: "https://accounts.google.com", ClientID: "client", ClientSecret: "hush-hush",
				EmailVerified: store.EmailVerifiedClaim, UserInfo: config.UserInfoAuto,
			},
			OrganizationProviders: config.On,
			SignupPolicy:          config.SignupPolicy{Signup: "organization"},
			Sessions:              config.Sessions{Lifetime: 12 * time.Hour, Idle: 2 * time.Hour},
			CacheTTL:              5 * time.Minute,
			TrustedProxies:        []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")},
			ListenAddr:            ":8080",
			AdminListener:         config.AdminListener{AdminAddr: "127.0.0.1:9090"},
			Pages:                 config.Pages{Languages: []string{"en", "de", "fr", "es", "ja"}},
			Discovery:             "off",
			Token:                 config.Token{Audience: "authenticated", Role: "authenticated"},
			Log:                   config.Log{Format: "json", Level: slog.LevelInfo, Requests: "all"},
			ShutdownDelay:         time.Second,
		}
		want.Site, want.Keys, want.RateLimit = got.Site, got.Keys, got.RateLimit
		if d := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }), cmp.Exporter(func(reflect.Type) bool { return true })); d != "" {
			t.Error(d)
		}
		if got.Site.Public.String() != "https://login.example.com" || got.Site.App.String() != "https://app.example.com" ||
			got.Site.BaseDomain != "example.com" || got.Site.DashboardPath != "/dashboard" || got.Site.FallbackPath != "/clients" {
			t.Errorf("site %+v", got.Site)
		}
		if got.RateLimit.Count != 120 || got.RateLimit.Per != time.Minute {
			t.Errorf("rate limit %+v", got.RateLimit)
		}
		if len(got.Keys.Secret) != 1 || got.Keys.SigningFile == "" {
			t.Errorf("%d secret keys, signing keys in %q", len(got.Keys.Secret), got.Keys.SigningFile)
		}
	})
	dir := t.TempDir()
	write := func(name, content string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	entra := write("providers", `[
		{"id": "entra", "issuer": "https://login.microsoftonline.com/organizations/v2.0", "client_id": "a", "client_secret": "b",
			"email_verified": "xms_edov", "trust_email": true, "tenants": ["AAAAAAAA-2222-3333-4444-555555555555"]},
		{"id": "okta", "name": "Okta", "issuer": "https://op.example.org", "client_id": "a", "client_secret_file": "`+write("secret", "hush-hush\n")+`",
			"hosted_domains": ["Example.org"], "userinfo": "off"}
	]`)
	brand := filepath.Join("..", "..", "templates", "brand") + string(filepath.Separator)
	for _, test := range []struct {
		name  string
		env   map[string]string
		args  []string
		holds func(config.Config) bool
	}{
		{
			"further providers, with the defaults of one",
			map[string]string{"PROVIDERS_FILE": entra, "ORGANIZATION_PROVIDERS": "off", "OUTBOUND_ALLOWED_NETWORKS": "10.1.0.0/16"},
			nil,
			func(c config.Config) bool {
				return cmp.Equal(c.FurtherProviders, []config.Provider{
					{
						ID: "entra", Name: "Microsoft", Issuer: "https://login.microsoftonline.com/organizations/v2.0", ClientID: "a", ClientSecret: "b",
						TrustEmail: true, EmailVerified: store.EmailVerifiedEDOV, UserInfo: "auto", Tenants: []string{"aaaaaaaa-2222-3333-4444-555555555555"},
					},
					{
						ID: "okta", Name: "Okta", Issuer: "https://op.example.org", ClientID: "a", ClientSecret: "hush-hush",
						HostedDomains: []string{"example.org"}, EmailVerified: store.EmailVerifiedClaim, UserInfo: "off",
					},
				}) && c.OrganizationProviders != config.On && slices.Equal(c.OutboundNetworks, []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")})
			},
		},
		{
			"a brand",
			map[string]string{
				"BRAND_NAME": "Harbour", "BRAND_COLOR": "#8A2B5B", "BRAND_LOGO_FILE": brand + "logo.svg", "BRAND_LOGO_DARK_FILE": brand + "logo-dark.svg",
				"BRAND_ICON_FILE": brand + "acme.png", "SUPPORT_URL": "mailto:help@example.com", "TERMS_URL": "https://example.com/terms",
				"HOME_URL": "http://www.example.localhost:8080/",
			},
			[]string{"--status-url", "https://status.example.com"},
			func(c config.Config) bool {
				b := c.Pages.Brand
				return b.Name == "Harbour" && b.Color == "#8a2b5b" && b.Logo.Given() && b.LogoDark.Given() && b.Icon.Given() &&
					b.SupportURL == "mailto:help@example.com" && b.TermsURL == "https://example.com/terms" && b.PrivacyURL == "" &&
					b.StatusURL == "https://status.example.com" && b.HomeURL == "http://www.example.localhost:8080/"
			},
		},
		{
			"http on *.localhost",
			map[string]string{"PUBLIC_URL": "http://login.example.localhost:8080", "APP_URL": "http://app.example.localhost:8080", "BASE_DOMAIN": "example.localhost"},
			nil,
			func(c config.Config) bool { return c.Site.Public.Port == "8080" },
		},
		{
			"an app outside the base domain",
			map[string]string{"APP_URL": "https://app.example.org"},
			nil,
			func(c config.Config) bool { return c.Site.App.Host == "app.example.org" },
		},
		{
			"a base domain in capitals",
			map[string]string{"BASE_DOMAIN": "Example.COM"},
			nil,
			func(c config.Config) bool { return c.Site.BaseDomain == "example.com" },
		},
		{
			"a base domain with a registry's suffix of two labels",
			map[string]string{"PUBLIC_URL": "https://login.shop.co.uk", "APP_URL": "https://app.shop.co.uk", "BASE_DOMAIN": "shop.co.uk"},
			nil,
			func(c config.Config) bool { return c.Site.BaseDomain == "shop.co.uk" },
		},
		{
			"allowed hosts of both forms",
			map[string]string{"REDIRECT_ALLOWED_HOSTS": "docs.example.org, *.Preview.example.com"},
			nil,
			func(c config.Config) bool {
				return slices.Equal(c.Site.AllowedHosts, []string{"docs.example.org", "*.preview.example.com"})
			},
		},
		{
			"an issuer over http on loopback",
			map[string]string{"OIDC_ISSUER": "http://127.0.0.1:9999/op/"},
			nil,
			func(c config.Config) bool { return c.Provider.Issuer == "http://127.0.0.1:9999/op/" },
		},
		{
			"trust from the environment",
			map[string]string{"OIDC_TRUST_EMAIL": "true"},
			nil,
			func(c config.Config) bool { return c.Provider.TrustEmail },
		},
		{
			"trust from the command line, without a value", nil,
			[]string{"--oidc-trust-email"},
			func(c config.Config) bool { return c.Provider.TrustEmail },
		},
		{
			"hosted domains",
			map[string]string{"OIDC_HOSTED_DOMAINS": "Example.org,example.net"},
			nil,
			func(c config.Config) bool {
				return slices.Equal(c.Provider.HostedDomains, []string{"example.org", "example.net"})
			},
		},
		{
			"a lifetime that is shorter than the default idle time",
			map[string]string{"SESSION_LIFETIME": "1h"},
			nil,
			func(c config.Config) bool { return c.Sessions == config.Sessions{Lifetime: time.Hour, Idle: time.Hour} },
		},
		{
			"networks of proxies that are large",
			map[string]string{"TRUSTED_PROXIES": "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7 fe80::/10 104.16.0.0/12 2606:4700::/32"},
			nil,
			func(c config.Config) bool { return len(c.TrustedProxies) == 7 },
		},
		{
			"PostgreSQL, and its owner by default",
			map[string]string{"DATABASE_URL": "postgres://svc:pw@db/x"},
			nil,
			func(c config.Config) bool {
				return c.Database == config.Database{URL: "postgres://svc:pw@db/x", AdminURL: "postgres://svc:pw@db/x"}
			},
		},
		{
			"PostgreSQL with an owner of its own",
			map[string]string{"DATABASE_URL": "postgres://svc@db/x", "DATABASE_ADMIN_URL": "postgresql://owner@db/x"},
			nil,
			func(c config.Config) bool { return c.Database.AdminURL == "postgresql://owner@db/x" },
		},
		{
			"Redis on loopback",
			map[string]string{"REDIS_URL": "redis://127.0.0.1:6379/2"},
			nil,
			func(c config.Config) bool { return slices.Equal(c.Redis, []string{"redis://127.0.0.1:6379/2"}) },
		},
		{
			"Redis on a socket",
			map[string]string{"REDIS_URL": "unix:///run/redis.sock?db=1"},
			nil,
			func(c config.Config) bool { return slices.Equal(c.Redis, []string{"unix:///run/redis.sock?db=1"}) },
		},
		{
			"Redis guarded on the network, the nodes of a cluster",
			map[string]string{"REDIS_URL": "rediss://u:p@one:6379 rediss://u:p@two:6379,rediss://u:p@three:6379"},
			nil,
			func(c config.Config) bool { return len(c.Redis) == 3 },
		},
		{
			"no rate limit",
			map[string]string{"RATE_LIMIT": "off"},
			nil,
			func(c config.Config) bool { return c.RateLimit.Count == 0 },
		},
		{
			"a rate per hour",
			map[string]string{"RATE_LIMIT": "5/h"},
			nil,
			func(c config.Config) bool { return c.RateLimit.Count == 5 && c.RateLimit.Per == time.Hour },
		},
		{
			"a proxy's single address",
			map[string]string{"TRUSTED_PROXIES": "10.0.0.7,fd00::/8"},
			nil,
			func(c config.Config) bool {
				return len(c.TrustedProxies) == 2 && c.TrustedProxies[0] == netip.MustParsePrefix("10.0.0.7/32")
			},
		},
		{
			"no proxy at all",
			map[string]string{"TRUSTED_PROXIES": "none"},
			nil,
			func(c config.Config) bool { return len(c.TrustedProxies) == 0 },
		},
		{
			"free ports for both listeners",
			map[string]string{"LISTEN_ADDR": "127.0.0.1:0", "ADMIN_LISTEN_ADDR": "127.0.0.1:0"},
			nil,
			func(c config.Config) bool { return c.ListenAddr == c.AdminAddr },
		},
		{
			"a cookie suffix",
			map[string]string{"COOKIE_SUFFIX": "-staging"},
			nil,
			func(c config.Config) bool { return c.CookieSuffix == "-staging" },
		},
		{
			"text logs of everything",
			map[string]string{"LOG_FORMAT": "text", "LOG_LEVEL": "debug"},
			nil,
			func(c config.Config) bool {
				return c.Log == config.Log{Format: "text", Level: slog.LevelDebug, Requests: "all"}
			},
		},
		{
			"no line for a request that succeeds",
			map[string]string{"LOG_REQUESTS": "errors"},
			nil,
			func(c config.Config) bool { return c.Log.Requests == "errors" },
		},
		{
			"no delay at shutdown",
			map[string]string{"SHUTDOWN_DELAY": "0s"},
			nil,
			func(c config.Config) bool { return c.ShutdownDelay == 0 },
		},
		{
			"an empty variable as one that is not set",
			map[string]string{"SIGNUP": "", "SESSION_IDLE": "", "OIDC_TRUST_EMAIL": ""},
			nil,
			func(c config.Config) bool { return c.Signup == "organization" && c.Sessions.Idle == 2*time.Hour },
		},
		{
			"a flag before its variable",
			map[string]string{"SIGNUP": "closed"},
			[]string{"--signup=profile"},
			func(c config.Config) bool { return c.Signup == "profile" },
		},
		{
			"two secret keys",
			map[string]string{"SECRET_KEYS": secret + "," + base64.StdEncoding.EncodeToString(make([]byte, 32))},
			nil,
			func(c config.Config) bool { return len(c.Keys.Secret) == 2 },
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			cfg, check := read(t, environ(t, test.env), test.args...)
			if err := check.Err(); err != nil {
				t.Fatal(err)
			}
			if !test.holds(cfg) {
				t.Errorf("got %+v", cfg)
			}
		})
	}
}
