package app

import (
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"orglogin/handlers"
)

// redisServer starts a private one and returns its URL, and what kills it.
func redisServer(t *testing.T) (url string, kill func()) {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "redis.sock")
	cmd := exec.Command("redis-server", "--port", "0", "--unixsocket", socket, "--save", "", "--dir", filepath.Dir(socket))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = func() { _ = cmd.Process.Kill(); _ = cmd.Wait() } // twice is an error of no interest
	t.Cleanup(kill)
	return "unix://" + socket, kill
}

func TestServeWithRedis(t *testing.T) {
	cfg := config(t)
	url, kill := redisServer(t)
	cfg.Redis, cfg.RateLimit = []string{url}, handlers.Limit{Count: 120, Per: time.Minute}
	s := start(t, cfg, Options{})
	says := func(line string) func() bool {
		return func() bool {
			_, metrics := get(t, s.admin+"/metrics", "")
			return strings.Contains(metrics, "\n"+line+"\n")
		}
	}
	eventually(t, "Redis is up", says(`orglogin_store_up{store="redis"} 1`))
	eventually(t, "the database is up", says(`orglogin_store_up{store="database"} 1`))
	kill()
	eventually(t, "Redis is down", says(`orglogin_store_up{store="redis"} 0`))
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
