package store_test

import (
	"strings"
	"testing"

	"orglogin/store"
)

func TestParseAddressRefusesAPasswordThatIsNotEncoded(t *testing.T) {
	for _, text := range []string{
		"", "db", "host=db password=S3cret", "//app:S3cret@db",
		"postgres://app:S3cret@Second/Tail@host/db",
		"postgres://app:S3cret/Tail@host/db", "postgres://app:12/S3cret@host/db",
		"postgres://app:S3cret?Tail@host/db", "postgres://app:12?S3cret@host/db",
		"postgres://app:S3cret#Tail@host/db", "postgres://app:12#S3cret@host/db", "postgres://app:S3cret@host/db#Tail",
		"postgres://app:S3cret@Tail@host/db", "postgres://app:S3cret%zz@host/db", "postgres://app:S3cret[@host/db",
		"postgres://app:S3cret @host/db", "postgres://app:S3cret\n@host/db", "postgres://app:S3cret\\Tail@host/db",
		"rediss://:S3cret/Tail@cache:6379", "https://ann:12/S3cret@op.example.com",
	} {
		u, err := store.ParseAddress(text)
		if err == nil {
			t.Errorf("%q is taken as %v", text, u)
			continue
		}
		for _, part := range []string{"S3cret", "Tail", "Second"} {
			if strings.Contains(err.Error(), part) {
				t.Errorf("%q: the error repeats it: %v", text, err)
			}
		}
	}
}

func TestParseAddressTakes(t *testing.T) {
	for text, host := range map[string]string{
		"postgres://app:S3cret%40Second%2FTail@host/db":        "host",
		"postgres://app@one:5432,two:5433/db?sslmode=disable":  "one:5432,two",
		"postgres:///db?host=/run/postgresql&user=app":         "",
		"rediss://:a:b~c.d_e-f!@cache.example.com:6380/2":      "cache.example.com",
		"unix:///run/redis.sock?db=1":                          "",
		"redis://[::1]:6379":                                   "::1",
		"https://login.example.com:8443/realms/acme?x=1":       "login.example.com",
		"postgres://app:pass@host/db?application_name=a%40b":   "host",
		"postgresql://app:12345@host:5432/db?pool_max_conns=4": "host",
	} {
		u, err := store.ParseAddress(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
		} else if u.Hostname() != host {
			t.Errorf("%q: host %q, want %q", text, u.Hostname(), host)
		}
	}
}
