package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/operate"
)

// secret is a key that no message may show.
const secret = "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0MTI="

// environ is the least that serve runs on, with more set over it.
func environ(t *testing.T, more map[string]string) map[string]string {
	t.Helper()
	files, err := operate.NewKeys(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	env := map[string]string{
		"PUBLIC_URL":         "https://login.example.com",
		"BASE_DOMAIN":        "example.com",
		"APP_URL":            "https://app.example.com",
		"OIDC_CLIENT_ID":     "client",
		"OIDC_CLIENT_SECRET": "hush-hush",
		"SECRET_KEYS":        secret,
		"SIGNING_KEYS_FILE":  files.Signing,
	}
	maps.Copy(env, more)
	return env
}

// read parses the command line of serve and judges its configuration.
func read(t *testing.T, env map[string]string, args ...string) (config.Config, *config.Check) {
	t.Helper()
	var serve serveCommand
	check := &config.Check{}
	parser, err := newParser(&serve, variables{
		getenv: func(name string) string { return env[strings.TrimPrefix(name, config.Prefix)] },
		check:  check,
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(args); err != nil {
		t.Fatal(err)
	}
	check.Use(&serve.Config)
	return serve.Config, check
}

// variableNames are those that kong finds, of a command and of the commands below it, without [config.Prefix].
func variableNames(command *kong.Node) []string {
	var names []string
	for _, flag := range command.Flags {
		if name := flag.Tag.Get(variableTag); name != "" {
			names = append(names, name)
		}
	}
	for _, child := range command.Children {
		names = append(names, variableNames(child)...)
	}
	return names
}

// TestEveryVariableIsKnown: serve is read without the other commands, and knows their variables.
func TestEveryVariableIsKnown(t *testing.T) {
	parser, err := newParser(&commands{}, variables{check: &config.Check{}})
	if err != nil {
		t.Fatal(err)
	}
	want, got := variableNames(parser.Model.Node), variablesOf(reflect.TypeFor[commands]())
	slices.Sort(want)
	slices.Sort(got)
	if want, got = slices.Compact(want), slices.Compact(got); len(want) < 40 || !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestConfigurationRefused(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, content []byte) string {
		t.Helper()
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	empty := write("empty", []byte("\n"))
	large := write("large", make([]byte, 2<<20))
	noKey := write("nokey", []byte(`{"keys":[]}`))
	public := write("public", publicKeys(t))
	broken := write("broken", []byte(`{"keys":`))
	open := write("open", nil)
	if err := os.Chmod(open, 0o644); err != nil {
		t.Fatal(err)
	}

	const microsoft = "https://login.microsoftonline.com/common/v2.0"
	// entry is a further provider without a mistake but for these fields.
	entry := func(fields string) string {
		return `{"issuer": "https://op.example.org", "client_id": "a", "client_secret": "hush-hush", ` + fields + `}`
	}
	files := 0
	providers := func(entries ...string) map[string]string {
		files++
		text := "[" + strings.Join(entries, ",") + "]"
		return map[string]string{"PROVIDERS_FILE": write(fmt.Sprint("providers", files), []byte(text))}
	}

	for _, test := range []struct {
		name string
		env  map[string]string
		want string // the one mistake: its variable, and a part of the message
		says string
	}{
		{"an origin that is missing", map[string]string{"PUBLIC_URL": ""}, "PUBLIC_URL", "required"},
		{"an origin with a path", map[string]string{"PUBLIC_URL": "https://login.example.com/x"}, "PUBLIC_URL", "path"},
		{"an origin with a query", map[string]string{"APP_URL": "https://app.example.com?x"}, "APP_URL", "query"},
		{"an origin with a fragment", map[string]string{"APP_URL": "https://app.example.com#x"}, "APP_URL", "fragment"},
		{"an origin with userinfo", map[string]string{"APP_URL": "https://ann:hush-hush@app.example.com"}, "APP_URL", "password"},
		{"an origin with a password and a slash", map[string]string{"APP_URL": "https://ann:hush-hush/ush-h@app.example.com"}, "APP_URL", "password"},
		{"an origin without a scheme", map[string]string{"APP_URL": "app.example.com"}, "APP_URL", "http"},
		{"an origin with another scheme", map[string]string{"APP_URL": "ftp://app.example.com"}, "APP_URL", "http"},
		{"an origin with no host", map[string]string{"APP_URL": "https://"}, "APP_URL", "no origin"},
		{"an origin with port 0", map[string]string{"APP_URL": "https://app.example.com:0"}, "APP_URL", "port"},
		{"http off loopback", map[string]string{"APP_URL": "http://app.example.com"}, "APP_URL", "in the clear"},
		{"http on what only looks like loopback", map[string]string{"APP_URL": "http://localhost.example.com"}, "APP_URL", "in the clear"},
		{"schemes that differ", map[string]string{"APP_URL": "http://app.localhost"}, "APP_URL", "scheme"},
		{"a login host beside the base domain", map[string]string{"PUBLIC_URL": "https://login.example.org"}, "PUBLIC_URL", "BASE_DOMAIN"},
		{"a login host that only ends alike", map[string]string{"PUBLIC_URL": "https://loginexample.com"}, "PUBLIC_URL", "BASE_DOMAIN"},
		{"a login host that is the base domain", map[string]string{"PUBLIC_URL": "https://example.com"}, "PUBLIC_URL", "BASE_DOMAIN"},
		{"an app on the login host", map[string]string{"APP_URL": "https://login.example.com"}, "APP_URL", "login host"},
		{"a base domain that is missing", map[string]string{"BASE_DOMAIN": ""}, "BASE_DOMAIN", "required"},
		{"a base domain that is a suffix of a registry", map[string]string{"BASE_DOMAIN": "com"}, "BASE_DOMAIN", "public suffix"},
		{"a base domain that is a suffix of a hoster", map[string]string{"BASE_DOMAIN": "github.io"}, "BASE_DOMAIN", "public suffix"},
		{"a base domain that browsers take no cookie for", map[string]string{"BASE_DOMAIN": "localhost"}, "BASE_DOMAIN", "public suffix"},
		{"a base domain with a scheme", map[string]string{"BASE_DOMAIN": "https://example.com"}, "BASE_DOMAIN", "scheme"},
		{"a base domain with a port", map[string]string{"BASE_DOMAIN": "example.com:8080"}, "BASE_DOMAIN", "port"},
		{"a base domain with a leading dot", map[string]string{"BASE_DOMAIN": ".example.com"}, "BASE_DOMAIN", "dot"},
		{"a base domain that is an address", map[string]string{"BASE_DOMAIN": "127.0.0.1"}, "BASE_DOMAIN", "IP"},
		{"a base domain outside ASCII", map[string]string{"BASE_DOMAIN": "exämple.com"}, "BASE_DOMAIN", "xn--"},
		{"a dashboard without a slash", map[string]string{"DASHBOARD_PATH": "dashboard"}, "DASHBOARD_PATH", "no path"},
		{"a dashboard on another host", map[string]string{"DASHBOARD_PATH": "//evil.example"}, "DASHBOARD_PATH", "no path"},
		{"a dashboard that is the login", map[string]string{"DASHBOARD_PATH": "/login"}, "DASHBOARD_PATH", "own"},
		{"a fallback that is a URL", map[string]string{"FALLBACK_PATH": "https://app.example.com/x"}, "FALLBACK_PATH", "no path"},
		{"every host allowed", map[string]string{"REDIRECT_ALLOWED_HOSTS": "*"}, "REDIRECT_ALLOWED_HOSTS", "every host"},
		{"every host of a registry allowed", map[string]string{"REDIRECT_ALLOWED_HOSTS": "*.co.uk"}, "REDIRECT_ALLOWED_HOSTS", "anybody"},
		{"every organization allowed to everybody", map[string]string{"REDIRECT_ALLOWED_HOSTS": "*.example.com"}, "REDIRECT_ALLOWED_HOSTS", "every organization"},
		{"an allowed host with a scheme", map[string]string{"REDIRECT_ALLOWED_HOSTS": "https://docs.example.org"}, "REDIRECT_ALLOWED_HOSTS", "more than a host"},
		{"an allowed host with a port", map[string]string{"REDIRECT_ALLOWED_HOSTS": "docs.example.org:80"}, "REDIRECT_ALLOWED_HOSTS", "host"},
		{"an allowed host with a star inside", map[string]string{"REDIRECT_ALLOWED_HOSTS": "a.*.example.org"}, "REDIRECT_ALLOWED_HOSTS", "host"},
		{"an issuer over http", map[string]string{"OIDC_ISSUER": "http://op.example.org"}, "OIDC_ISSUER", "in the clear"},
		{"an issuer with a query", map[string]string{"OIDC_ISSUER": "https://op.example.org?x=1"}, "OIDC_ISSUER", "query"},
		{"an issuer with a password", map[string]string{"OIDC_ISSUER": "https://ann:hush-hush@op.example.org"}, "OIDC_ISSUER", "userinfo"},
		{"an issuer with a password and a slash", map[string]string{"OIDC_ISSUER": "https://ann:12/hush-hush@op.example.org"}, "OIDC_ISSUER", "holds an @"},
		{"an issuer that is a name", map[string]string{"OIDC_ISSUER": "google"}, "OIDC_ISSUER", "https"},
		{"a client id that is missing", map[string]string{"OIDC_CLIENT_ID": ""}, "OIDC_CLIENT_ID", "required"},
		{"a client secret that is missing", map[string]string{"OIDC_CLIENT_SECRET": ""}, "OIDC_CLIENT_SECRET", "required"},
		{"a client secret with a blank", map[string]string{"OIDC_CLIENT_SECRET": "hush hush"}, "OIDC_CLIENT_SECRET", "characters"},
		{"a hosted domain that is an address", map[string]string{"OIDC_HOSTED_DOMAINS": "ann@example.org"}, "OIDC_HOSTED_DOMAINS", "more than a host"},
		{"a trust that is neither true nor false", map[string]string{"OIDC_TRUST_EMAIL": "perhaps"}, "OIDC_TRUST_EMAIL", "neither"},
		{"a provider name of two lines", map[string]string{"OIDC_PROVIDER_NAME": "a\nb"}, "OIDC_PROVIDER_NAME", "visible characters"},
		{"a way to verify addresses that is unknown", map[string]string{"OIDC_EMAIL_VERIFIED": "always"}, "OIDC_EMAIL_VERIFIED", "claim, xms_edov or issuer"},
		{"vouching for every address of Google", map[string]string{"OIDC_EMAIL_VERIFIED": "issuer"}, "OIDC_EMAIL_VERIFIED", "anybody can have an account"},
		{"vouching for every address of Microsoft", map[string]string{"OIDC_ISSUER": microsoft, "OIDC_EMAIL_VERIFIED": "issuer"}, "OIDC_EMAIL_VERIFIED", "anybody can have an account"},
		{"trusting the addresses of every Microsoft tenant", map[string]string{"OIDC_ISSUER": microsoft, "OIDC_TRUST_EMAIL": "true"}, "OIDC_TRUST_EMAIL", "xms_edov"},
		{"UserInfo that is neither", map[string]string{"OIDC_USERINFO": "always"}, "OIDC_USERINFO", "auto or off"},
		{"providers of organizations that are neither", map[string]string{"ORGANIZATION_PROVIDERS": "maybe"}, "ORGANIZATION_PROVIDERS", "on or off"},
		{"a language that there is not", map[string]string{"LANGUAGES": "en,tlh"}, "LANGUAGES", `"tlh"`},
		{"a language twice", map[string]string{"LANGUAGES": "de,en,DE"}, "LANGUAGES", "twice"},
		{"a name that no heading has room for", map[string]string{"BRAND_NAME": strings.Repeat("a", 61)}, "BRAND_NAME", "at most 60"},
		{"a colour that is none", map[string]string{"BRAND_COLOR": "green"}, "BRAND_COLOR", "such as #17595e"},
		{"a colour on which nothing can be read", map[string]string{"BRAND_COLOR": "#ffcc00"}, "BRAND_COLOR", "1.51:1"},
		{"a logo that is not there", map[string]string{"BRAND_LOGO_FILE": "no-such-file"}, "BRAND_LOGO_FILE", "no such file"},
		{"a logo that is no picture", map[string]string{"BRAND_LOGO_FILE": "config_test.go"}, "BRAND_LOGO_FILE", "no PNG, WebP or SVG"},
		{"an icon that is too large", map[string]string{"BRAND_ICON_FILE": "/dev/zero"}, "BRAND_ICON_FILE", "262144"},
		{"a dark logo alone", map[string]string{"BRAND_LOGO_DARK_FILE": "../../templates/static/mark.svg"}, "BRAND_LOGO_FILE", "BRAND_LOGO_DARK_FILE is set"},
		{"support in the clear", map[string]string{"SUPPORT_URL": "http://example.com/help"}, "SUPPORT_URL", "https: or mailto:"},
		{"terms without a scheme", map[string]string{"TERMS_URL": "example.com/terms"}, "TERMS_URL", "https: or mailto:"},
		{"privacy that runs", map[string]string{"PRIVACY_URL": "javascript:alert(1)"}, "PRIVACY_URL", "https: or mailto:"},
		{"a status page with a password", map[string]string{"STATUS_URL": "https://a:b@example.com"}, "STATUS_URL", "https: or mailto:"},
		{"home by mail", map[string]string{"HOME_URL": "mailto:home@example.com"}, "HOME_URL", "begins with https:"},
		{"languages without one", map[string]string{"LANGUAGES": ","}, "LANGUAGES", "without an entry"},
		{"discovery that is neither", map[string]string{"DISCOVERY": "true"}, "DISCOVERY", "on or off"},
		{"a DNS server without a port", map[string]string{"DNS_RESOLVER": "192.0.2.53"}, "DNS_RESOLVER", "is no address"},
		{"a DNS server without a host", map[string]string{"DNS_RESOLVER": ":53"}, "DNS_RESOLVER", "names no server"},
		{"an allowed network that is a name", map[string]string{"OUTBOUND_ALLOWED_NETWORKS": "intranet"}, "OUTBOUND_ALLOWED_NETWORKS", "not a network"},
		{"a file of providers that is nowhere", map[string]string{"PROVIDERS_FILE": dir + "/none"}, "PROVIDERS_FILE", "no such file"},
		{"a file of providers that is an object", map[string]string{"PROVIDERS_FILE": write("object", []byte(`{}`))}, "PROVIDERS_FILE", "not a JSON array"},
		{"a field of a provider that is unknown", providers(`{"colour": "red"}`), "PROVIDERS_FILE", "colour"},
		{"a provider without an id", providers(`{"issuer": "https://op.example.org", "client_id": "a", "client_secret": "hush-hush"}`), "PROVIDERS_FILE", "is not an id"},
		{"a provider with the id of an organization's", providers(entry(`"id": "c-abc"`)), "PROVIDERS_FILE", "not beginning with c-"},
		{"two providers with one id", providers(entry(`"id": "okta"`), entry(`"id": "okta"`)), "PROVIDERS_FILE", `entry 2 ("okta"): id "okta" is taken`},
		{"a provider with the default's id", providers(entry(`"id": "default"`)), "PROVIDERS_FILE", "is taken"},
		{"a provider without a secret", providers(`{"id": "okta", "issuer": "https://op.example.org", "client_id": "a"}`), "PROVIDERS_FILE", "client_secret is required"},
		{"a provider with a secret and its file", providers(entry(`"id": "okta", "client_secret_file": "/x"`)), "PROVIDERS_FILE", "both set"},
		{"a provider over http", providers(`{"id": "okta", "issuer": "http://op.example.org", "client_id": "a", "client_secret": "hush-hush"}`), "PROVIDERS_FILE", "in the clear"},
		{"tenants of an issuer that has none", providers(entry(`"id": "okta", "tenants": ["11111111-2222-3333-4444-555555555555"]`)), "PROVIDERS_FILE", "organizations and common alone"},
		{"a tenant that is a name", providers(`{"id": "entra", "issuer": "` + microsoft + `", "client_id": "a", "client_secret": "hush-hush", "tenants": ["contoso"]}`), "PROVIDERS_FILE", "directory id"},
		{"a database of another kind", map[string]string{"DATABASE_URL": "mysql://ann:hush-hush@db/x"}, "DATABASE_URL", "scheme is not postgres"},
		{"a database without a user", map[string]string{"DATABASE_URL": "postgres://db/x"}, "DATABASE_URL", "names no user"},
		{"a database URL that cannot be read", map[string]string{"DATABASE_URL": "postgres://ann:hush-hush%zz@db/x"}, "DATABASE_URL", "percent-encode"},
		{"a database password with a slash", map[string]string{"DATABASE_URL": "postgres://app:hush-hush@Second/ush-h@host/db"}, "DATABASE_URL", `="postgres://..." cannot be used: it is not a valid URL; in the user and the password percent-encode`},
		{"an owner's password with a number sign", map[string]string{"DATABASE_URL": "postgres://svc@db/x", "DATABASE_ADMIN_URL": "postgres://app:12#hush-hush@db/x"}, "DATABASE_ADMIN_URL", "percent-encode"},
		{"a database as key and value", map[string]string{"DATABASE_URL": "user=ann password = hush-hush"}, "DATABASE_URL", "not a URL"},
		{"a database mode that is unknown", map[string]string{"DATABASE_URL": "postgres://ann:hush-hush@db/x?sslmode=perhaps"}, "DATABASE_URL", "sslmode"},
		{"a database of several hosts and too few ports", map[string]string{"DATABASE_URL": "postgres://ann:hush-hush@a:1,b:2/x?port=1,2,3"}, "DATABASE_URL", "port"},
		{"a database URL behind sqlite", map[string]string{"DATABASE_URL": "sqlite:postgres://ann:hush-hush@db/x"}, "DATABASE_URL", "another kind"},
		{"a database in memory", map[string]string{"DATABASE_URL": "sqlite::memory:"}, "DATABASE_URL", "no plain file"},
		{"a database without a path", map[string]string{"DATABASE_URL": "sqlite:"}, "DATABASE_URL", "no file"},
		{"a database with a path as in a URL", map[string]string{"DATABASE_URL": "sqlite:///var/lib/x.db"}, "DATABASE_URL", "sqlite:/var/lib/x.db"},
		{"an owner in another file", map[string]string{"DATABASE_ADMIN_URL": "sqlite:other.db"}, "DATABASE_ADMIN_URL", "another file"},
		{"an owner in another kind", map[string]string{"DATABASE_ADMIN_URL": "postgres://ann@db/x"}, "DATABASE_ADMIN_URL", "another kind"},
		{"a Redis password with a slash", map[string]string{"REDIS_URL": "redis://:hush-hush/ush-h@cache:6379"}, "REDIS_URL", "percent-encode"},
		{"a Redis password of digits with a slash", map[string]string{"REDIS_URL": "redis://ann:12/hush-hush@cache:6379"}, "REDIS_URL", "percent-encode"},
		{"a Redis password with a comma", map[string]string{"REDIS_URL": "rediss://ann:xx,hush-hush@cache:6379"}, "REDIS_URL", "percent-encode"},
		{"a Redis list without an entry", map[string]string{"REDIS_URL": ", ,"}, "REDIS_URL", "without an entry"},
		{"a Redis of another kind", map[string]string{"REDIS_URL": "memcached://x"}, "REDIS_URL", "another scheme"},
		{"a Redis without TLS off loopback", map[string]string{"REDIS_URL": "redis://:hush-hush@cache:6379"}, "REDIS_URL", "rediss://"},
		{"nodes of Redis of two users", map[string]string{"REDIS_URL": "rediss://u:hush-hush@one:6379,rediss://v:hush-hush@two:6379"}, "REDIS_URL", "differ in more than host and port"},
		{"nodes of Redis behind a socket", map[string]string{"REDIS_URL": "unix:///run/redis.sock?cluster=true"}, "REDIS_URL", "unix socket"},
		{"a Redis whose certificate is not checked", map[string]string{"REDIS_URL": "rediss://u:hush-hush@cache:6379?skip_verify=true"}, "REDIS_URL", "skip_verify"},
		{"a Redis with a parameter that is not known", map[string]string{"REDIS_URL": "redis://127.0.0.1?pasword=hush-hush"}, "REDIS_URL", "not known"},
		{"a Redis without a password off loopback", map[string]string{"REDIS_URL": "rediss://cache:6379"}, "REDIS_URL", "no password"},
		{"a secret key that is missing", map[string]string{"SECRET_KEYS": ""}, "SECRET_KEYS", "orglogin keys new"},
		{"a secret key that is short", map[string]string{"SECRET_KEYS": "aHVzaC1odXNo"}, "SECRET_KEYS", "32"},
		{"a secret key that is no base64", map[string]string{"SECRET_KEYS": "hush-hush!"}, "SECRET_KEYS", "base64"},
		{"signing keys that are missing", map[string]string{"SIGNING_KEYS_FILE": ""}, "SIGNING_KEYS_FILE", "required"},
		{"signing keys that are nowhere", map[string]string{"SIGNING_KEYS_FILE": dir + "/none"}, "SIGNING_KEYS_FILE", "no such file"},
		{"signing keys that are a directory", map[string]string{"SIGNING_KEYS_FILE": dir}, "SIGNING_KEYS_FILE", "not a file"},
		{"signing keys that others can read", map[string]string{"SIGNING_KEYS_FILE": open}, "SIGNING_KEYS_FILE", "chmod 600"},
		{"signing keys that are too much", map[string]string{"SIGNING_KEYS_FILE": large}, "SIGNING_KEYS_FILE", "more than"},
		{"signing keys that are none", map[string]string{"SIGNING_KEYS_FILE": noKey}, "SIGNING_KEYS_FILE", "no key"},
		{"signing keys that are public", map[string]string{"SIGNING_KEYS_FILE": public}, "SIGNING_KEYS_FILE", "public key"},
		{"signing keys that are no JSON", map[string]string{"SIGNING_KEYS_FILE": broken}, "SIGNING_KEYS_FILE", "JWK Set"},
		{"a lifetime without a unit", map[string]string{"SESSION_LIFETIME": "12"}, "SESSION_LIFETIME", "no duration"},
		{"a lifetime that is over", map[string]string{"SESSION_LIFETIME": "-1h"}, "SESSION_LIFETIME", "more than zero"},
		{"a lifetime that no cookie has", map[string]string{"SESSION_LIFETIME": "9601h"}, "SESSION_LIFETIME", "longer"},
		{"an idle time of nothing", map[string]string{"SESSION_IDLE": "0s"}, "SESSION_IDLE", "more than zero"},
		{"an idle time that is longer than the lifetime", map[string]string{"SESSION_LIFETIME": "1h", "SESSION_IDLE": "2h"}, "SESSION_IDLE", "longer than ORGLOGIN_SESSION_LIFETIME"},
		{"an idle time that is longer than the default lifetime", map[string]string{"SESSION_IDLE": "12h1s"}, "SESSION_IDLE", "Write 12h or less"},
		{"a policy that is none", map[string]string{"SIGNUP": "open"}, "SIGNUP", "closed"},
		{"a cache that forgets at once", map[string]string{"CACHE_TTL": "0"}, "CACHE_TTL", "more than zero"},
		{"a proxy that is no network", map[string]string{"TRUSTED_PROXIES": "proxy"}, "TRUSTED_PROXIES", "not a network"},
		{"a proxy with bits behind its prefix", map[string]string{"TRUSTED_PROXIES": "10.1.2.3/8"}, "TRUSTED_PROXIES", "10.0.0.0/8"},
		{"proxies that are every address", map[string]string{"TRUSTED_PROXIES": "0.0.0.0/0"}, "TRUSTED_PROXIES", "every public address"},
		{"proxies that are every address in halves", map[string]string{"TRUSTED_PROXIES": "0.0.0.0/1,128.0.0.0/1"}, "TRUSTED_PROXIES", "every public address"},
		{"proxies that are every public address in parts", map[string]string{"TRUSTED_PROXIES": "192.0.0.0/3 64.0.0.0/2 10.1.0.0/16 128.0.0.0/2 0.0.0.0/2"}, "TRUSTED_PROXIES", "every public address"},
		{"proxies that are every IPv6 address", map[string]string{"TRUSTED_PROXIES": "127.0.0.1,::/0"}, "TRUSTED_PROXIES", "every public address"},
		{"proxies that are every public IPv6 address", map[string]string{"TRUSTED_PROXIES": "2000::/4,3000::/4"}, "TRUSTED_PROXIES", "every public address"},
		{"a proxy network of IPv4 in IPv6", map[string]string{"TRUSTED_PROXIES": "::ffff:127.0.0.0/104"}, "TRUSTED_PROXIES", "Write 127.0.0.0/8"},
		{"a proxy address of IPv4 in IPv6", map[string]string{"TRUSTED_PROXIES": "::ffff:10.0.0.7"}, "TRUSTED_PROXIES", "Write 10.0.0.7/32"},
		{"a proxy that is a multicast network", map[string]string{"TRUSTED_PROXIES": "224.0.0.0/8"}, "TRUSTED_PROXIES", "no unicast address"},
		{"a proxy that is the unspecified address", map[string]string{"TRUSTED_PROXIES": "::"}, "TRUSTED_PROXIES", "no unicast address"},
		{"a proxy with a zone", map[string]string{"TRUSTED_PROXIES": "fe80::1%eth0"}, "TRUSTED_PROXIES", "not a network"},
		{"a list of proxies without an entry", map[string]string{"TRUSTED_PROXIES": ","}, "TRUSTED_PROXIES", "without an entry"},
		{"a list of hosted domains without an entry", map[string]string{"OIDC_HOSTED_DOMAINS": ","}, "OIDC_HOSTED_DOMAINS", "without an entry"},
		{"an address without a port", map[string]string{"LISTEN_ADDR": "localhost"}, "LISTEN_ADDR", "HOST:PORT"},
		{"an address with a named port", map[string]string{"LISTEN_ADDR": ":http"}, "LISTEN_ADDR", "port"},
		{"an address past the last port", map[string]string{"ADMIN_LISTEN_ADDR": ":65536"}, "ADMIN_LISTEN_ADDR", "port"},
		{"an address without a host", map[string]string{"ADMIN_LISTEN_ADDR": "a b:1"}, "ADMIN_LISTEN_ADDR", "host"},
		{"two listeners at one port of every address", map[string]string{"LISTEN_ADDR": ":9090"}, "ADMIN_LISTEN_ADDR", "LISTEN_ADDR"},
		{"two listeners at one address", map[string]string{"LISTEN_ADDR": "127.0.0.1:9090"}, "ADMIN_LISTEN_ADDR", "LISTEN_ADDR"},
		{"a rate without a unit", map[string]string{"RATE_LIMIT": "120"}, "RATE_LIMIT", "120/m"},
		{"a rate of zero", map[string]string{"RATE_LIMIT": "0/m"}, "RATE_LIMIT", "refuse every login"},
		{"a rate that is a fraction", map[string]string{"RATE_LIMIT": "1.5/s"}, "RATE_LIMIT", "number"},
		{"an audience of two words", map[string]string{"TOKEN_AUDIENCE": "a b"}, "TOKEN_AUDIENCE", "one word"},
		{"a role with a quote", map[string]string{"TOKEN_ROLE": `a"b`}, "TOKEN_ROLE", "one word"},
		{"a cookie suffix with a semicolon", map[string]string{"COOKIE_SUFFIX": "-a;b"}, "COOKIE_SUFFIX", "characters"},
		{"a log format that is none", map[string]string{"LOG_FORMAT": "xml"}, "LOG_FORMAT", "json or text"},
		{"a log level that is none", map[string]string{"LOG_LEVEL": "loud"}, "LOG_LEVEL", "debug"},
		{"a choice of requests that is unknown", map[string]string{"LOG_REQUESTS": "some"}, "LOG_REQUESTS", "all or errors"},
		{"a shutdown delay without a unit", map[string]string{"SHUTDOWN_DELAY": "5"}, "SHUTDOWN_DELAY", "such as 1s"},
		{"a shutdown delay in the past", map[string]string{"SHUTDOWN_DELAY": "-1s"}, "SHUTDOWN_DELAY", "from 0s"},
		{"a shutdown delay that no supervisor waits for", map[string]string{"SHUTDOWN_DELAY": "301s"}, "SHUTDOWN_DELAY", "5m"},
		{"a variable and its file", map[string]string{"SIGNUP": "closed", "SIGNUP_FILE": empty}, "SIGNUP_FILE", "both set"},
		{"a variable's file that is nowhere", map[string]string{"SECRET_KEYS": "", "SECRET_KEYS_FILE": dir + "/none"}, "SECRET_KEYS_FILE", "no such file"},
		{"a variable's file that is empty", map[string]string{"SECRET_KEYS": "", "SECRET_KEYS_FILE": empty}, "SECRET_KEYS_FILE", "empty"},
	} {
		t.Run(test.name, func(t *testing.T) {
			env := environ(t, test.env)
			_, check := read(t, env)
			err := check.Err()
			if err == nil {
				t.Fatal("it is taken")
			}
			var got []string
			for _, m := range check.Mistakes {
				got = append(got, m.Variable)
			}
			if d := cmp.Diff([]string{test.want}, slices.Compact(got)); d != "" {
				t.Errorf("mistakes: -want +got\n%s%v", d, err)
			}
			if !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), config.Prefix+test.want) {
				t.Errorf("it does not say %q: %v", test.says, err)
			}
			for _, hidden := range []string{"hush-hush", "ush-h", secret} {
				if strings.Contains(err.Error(), hidden) {
					t.Errorf("it shows a secret: %v", err)
				}
			}
		})
	}
}

func TestVariableFromFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret-keys")
	if err := os.WriteFile(file, []byte(secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, check := read(t, environ(t, map[string]string{"SECRET_KEYS": "", "SECRET_KEYS_FILE": file}))
	if err := check.Err(); err != nil {
		t.Fatal(err)
	}
	if got := base64.StdEncoding.EncodeToString(cfg.Keys.Secret[0]); got != secret {
		t.Error("another key than the file's")
	}
}

func TestEveryMistakeIsToldAtOnce(t *testing.T) {
	_, check := read(t, map[string]string{"RATE_LIMIT": "fast", "SIGNUP": "open", "LOG_LEVEL": "loud"})
	err := check.Err()
	if err == nil {
		t.Fatal("it is taken")
	}
	for _, name := range []string{
		"PUBLIC_URL", "BASE_DOMAIN", "APP_URL", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET",
		"SECRET_KEYS", "SIGNING_KEYS_FILE", "RATE_LIMIT", "SIGNUP", "LOG_LEVEL",
	} {
		if !strings.Contains(err.Error(), "\n  "+config.Prefix+name) {
			t.Errorf("%s has no line of its own in\n%v", name, err)
		}
	}
	if len(check.Mistakes) != 10 {
		t.Errorf("%d mistakes, not 10: %v", len(check.Mistakes), err)
	}
}

// publicKeys is a JWK Set that signs nothing.
func publicKeys(t *testing.T) []byte {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &private.PublicKey, KeyID: "1"}}})
	if err != nil {
		t.Fatal(err)
	}
	return text
}
