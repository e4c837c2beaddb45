package postgres_test

import (
	"strings"
	"testing"

	"orglogin/store/postgres"
)

func TestParseURL(t *testing.T) {
	for text, want := range map[string]postgres.URL{
		"postgres://app:S3cret@host/db":                                         {User: "app"},
		"postgresql://app@one:5432,two:5433/db?target_session_attrs=read-write": {User: "app"},
		"postgres:///db?host=/run/postgresql&user=app":                          {User: "app"},
		"postgres://host/db":                                                    {},
		"postgres://app@host/db?default_query_exec_mode=exec":                   {User: "app", Pooler: true},
		"postgres://app@host/db?default_query_exec_mode=cache_statement":        {User: "app"},
		"postgres://app@host/db?pool_max_conns=4":                               {User: "app"},
	} {
		if got, err := postgres.ParseURL(text); err != nil || got != want {
			t.Errorf("%s: got %+v, %v", text, got, err)
		}
	}
}

func TestParseURLErrorsHoldNoPartOfTheURL(t *testing.T) {
	for text, want := range map[string]string{
		"postgres://app:S3cret@Second/Tail@host/db":                         "percent-encode",
		"host=db user=app password=S3cret":                                  "not a URL",
		"mysql://app:S3cret@host/db":                                        "scheme",
		"postgres://app:S3cret@host:65536/db":                               "port",
		"postgres://app:S3cret@host/db?sslmode=none":                        "sslmode",
		"postgres://app:S3cret@host/db?connect_timeout=soon":                "connect_timeout",
		"postgres://app:S3cret@host/db?pool_max_conns=many":                 "pool_max_conns",
		"postgres://app:S3cret@host/db?default_query_exec_mode=fast":        "default_query_exec_mode",
		"postgres://app@host/db?password=S3cret&sslmode=verify-none":        "sslmode",
		"postgres://app:S3cret@h/d?default_query_exec_mode=simple_protocol": "use exec",
	} {
		_, err := postgres.ParseURL(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q in it", text, err, want)
			continue
		}
		for _, part := range []string{"app", "S3cret", "Second", "Tail", "host/"} {
			if strings.Contains(err.Error(), part) {
				t.Errorf("%s: the error holds %q: %v", text, part, err)
			}
		}
	}
}
