package serve

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"orglogin/cmd/internal/servetest"
	"orglogin/handlers"
)

func TestServeWithRedis(t *testing.T) {
	cfg := servetest.Config(t)
	url, kill := servetest.Redis(t)
	cfg.Redis, cfg.RateLimit = []string{url}, handlers.Limit{Count: 120, Per: time.Minute}
	s := start(t, cfg, Options{})
	says := func(line string) func() bool {
		return func() bool {
			_, metrics := get(t, s.admin+"/metrics", "")
			return strings.Contains(metrics, "\n"+line+"\n")
		}
	}
	servetest.Eventually(t, "Redis is up", says(`orglogin_store_up{store="redis"} 1`))
	servetest.Eventually(t, "the database is up", says(`orglogin_store_up{store="database"} 1`))
	kill()
	servetest.Eventually(t, "Redis is down", says(`orglogin_store_up{store="redis"} 0`))
	if status, body := get(t, s.admin+"/readyz", ""); status != http.StatusOK {
		t.Errorf("a lost Redis makes it unready: %d %s", status, body)
	}
	if status, _ := get(t, s.url+"/login", "login.example.localhost:8080"); status != http.StatusOK {
		t.Errorf("/login answers %d without Redis", status)
	}
	s.stop()
	if err := <-s.ended; err != nil {
		t.Errorf("it ended with %v", err)
	}
}
