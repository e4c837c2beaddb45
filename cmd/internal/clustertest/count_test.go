package clustertest

import (
	"fmt"
	"maps"
	"net/url"
	"strings"
	"testing"
)

// TestWhatALoginAsks counts what a login costs others. Counts are exact, where
// times are not.
func TestWhatALoginAsks(t *testing.T) {
	const logins = 50
	for _, test := range []struct {
		name            string
		withRedis       bool
		database, redis map[string]int
	}{
		{
			name: "with Redis, one round trip to it and one to PostgreSQL", withRedis: true,
			database: map[string]int{"complete login": logins}, redis: map[string]int{"take flow": logins},
		},
		{
			name:     "without Redis, the flow is taken in PostgreSQL",
			database: map[string]int{"complete login": logins, "take flow": logins},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			var database, redis *recorder
			f := newFixture(t, func(c *Config) {
				c.Instances = 1
				u, err := url.Parse(c.Runtime)
				if err != nil {
					t.Fatal(err)
				}
				database = newRecorder(t, u.Host, postgresSays)
				u.Host = database.Addr
				c.Runtime = u.String()
				redis = newRecorder(t, strings.TrimPrefix(c.Redis, "redis://"), redisSays)
				c.Redis = "redis://" + redis.Addr
				if !test.withRedis {
					c.Redis = ""
				}
			})
			in := func() {
				for n := range logins {
					landed(t, f.visitor(t, guest(n)).login(f.Instances[0].Addr, "?organization=acme&redirect=/reports"), f.URL("acme", "/reports"))
				}
			}
			in() // statements are prepared, connections made, profiles written
			opened, asked := f.Provider.Opened.Load(), f.Provider.Asked("/token")
			db, rd := database.count(), redis.count()
			in()

			if got := counted(database.since(db), databaseKinds()); !maps.Equal(got, test.database) {
				t.Errorf("PostgreSQL was asked %v, not %v", got, test.database)
			}
			if got := counted(redis.since(rd), redisKinds()); !maps.Equal(got, test.redis) {
				t.Errorf("Redis was asked %v, not %v", got, test.redis)
			}
			if got := f.Provider.Asked("/token") - asked; got != logins {
				t.Errorf("%d codes were redeemed", got)
			}
			// The browsers keep a connection to the provider open too, all the same one.
			if got := f.Provider.Opened.Load() - opened; got != 0 {
				t.Errorf("%d connections to the provider were opened", got)
			}
			for _, path := range []string{"/jwks", "/.well-known/openid-configuration"} {
				if got := f.Provider.Asked(path); got != 1 {
					t.Errorf("%s was fetched %d times since the start", path, got)
				}
			}
		})
	}
}

// kind is a word for the round trips in which something is said. A kind
// without a word is not a login's: it comes at its own time.
type kind struct{ said, word string }

func databaseKinds() []kind {
	return []kind{
		{"orglogin.log_in", "complete login"},
		{"api.take_flow", "take flow"},
		// Bookkeeping, which may come a second late.
		{"orglogin.save_receipts", ""},
		{"INSERT INTO orglogin.last_used", ""},
		// Once in a while, with or without logins.
		{"LISTEN", ""},
		{"goose", ""},
	}
}

func redisKinds() []kind {
	return []kind{
		{":flow:", "take flow"},
		{":probe:", ""}, // does it take writes again
		{"ping\n", ""},
		{"hello\n", ""},
		{"client\n", ""},
		{"subscribe\n", ""},
		// What the first logins have changed is published later, many changes at once.
		{"unlink\n", ""},
		{"publish\n", ""},
	}
}

// counted is how often each kind was asked. What is of no kind is its own.
func counted(trips []string, kinds []kind) map[string]int {
	count := map[string]int{}
	for _, said := range trips {
		word := fmt.Sprintf("%.400q", said)
		for _, k := range kinds {
			if strings.Contains(said, k.said) {
				word = k.word
				break
			}
		}
		count[word]++
	}
	delete(count, "")
	if len(count) == 0 {
		return nil
	}
	return count
}
