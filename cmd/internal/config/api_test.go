package config

import (
	"strings"
	"testing"
)

func TestWhereTheAPIMayListen(t *testing.T) {
	const (
		service = "postgres://service:p@db.test/x"
		owner   = "postgres://owner:p@db.test/x"
		own     = "postgres://api:p@db.test/x"
	)
	postgres, lite := Database{URL: service, AdminURL: owner}, Database{URL: "sqlite:/x.db", AdminURL: "sqlite:/x.db"}
	for _, c := range []struct {
		name     string
		flags    []string
		database Database
		want     []string // variable and the beginning of what is wrong
	}{
		{"none", nil, postgres, nil},
		{"loopback", api("127.0.0.1:8090", own), postgres, nil},
		{"loopback by name", api("localhost:8090", own), postgres, nil},
		{"a socket", api("unix:/run/api.sock", own), postgres, nil},
		{"SQLite", api("[::1]:8090", ""), lite, nil},
		{"the same file", api("[::1]:8090", "sqlite:/x.db"), lite, nil},
		{"every address", api(":8090", own), postgres, []string{"API_LISTEN_ADDR is not an address of this machine alone"}},
		{"another address", api("192.0.2.1:8090", own), postgres, []string{"API_LISTEN_ADDR is not an address of this machine alone"}},
		{"no address", api("8090", own), postgres, []string{"API_LISTEN_ADDR is no address"}},
		{"a socket without a path", api("unix:api.sock", own), postgres, []string{"API_LISTEN_ADDR is not the absolute path"}},
		{"no role", api("127.0.0.1:8090", ""), postgres, []string{"API_DATABASE_URL is required"}},
		{"the role of the service", api("127.0.0.1:8090", service), postgres, []string{"API_DATABASE_URL has the same user as ORGLOGIN_DATABASE_URL"}},
		{"the owner", api("127.0.0.1:8090", owner), postgres, []string{"API_DATABASE_URL has the same user as ORGLOGIN_DATABASE_ADMIN_URL"}},
		{"another kind", api("127.0.0.1:8090", own), lite, []string{"API_DATABASE_URL is another kind"}},
		{"another file", api("127.0.0.1:8090", "sqlite:/y.db"), lite, []string{"API_DATABASE_URL is another file"}},
		{"a key without a certificate, and all else at once", []string{"--api-listen-addr=0.0.0.0:1", "--api-tls-key=/k"}, postgres, []string{
			"API_DATABASE_URL is required", "API_TLS_CERT is required", "API_LISTEN_ADDR is not an address of this machine alone",
		}},
		{"files that are not there", []string{"--api-tls-cert=/none", "--api-tls-key=/none"}, lite, []string{"API_TLS_CERT cannot be used with ORGLOGIN_API_TLS_KEY"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var api API
			check, d := read(t, &api, c.flags...), c.database
			api.Check(check, &d)
			if len(check.Mistakes) != len(c.want) {
				t.Fatalf("got %v, want %v", check.Mistakes, c.want)
			}
			for i, m := range check.Mistakes {
				if got := m.Variable + " " + m.Problem; !strings.HasPrefix(got, c.want[i]) {
					t.Errorf("got %q, want %q", got, c.want[i])
				}
			}
		})
	}
}

func api(address, url string) []string {
	return []string{"--api-listen-addr=" + address, "--api-database-url=" + url}
}
