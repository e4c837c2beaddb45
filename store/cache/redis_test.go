package cache_test

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"orglogin/store/cache"
)

// server is a private redis-server, killed with the test.
type server struct {
	t    testing.TB
	dir  string
	port int
	args []string
	cmd  *exec.Cmd
	// sentinel, if set, is the configuration file of one.
	sentinel string
}

func newServer(t testing.TB, args ...string) *server {
	t.Helper()
	s := prepareServer(t, args...)
	s.start()
	return s
}

// prepareServer chooses a port and starts nothing.
func prepareServer(t testing.TB, args ...string) *server {
	t.Helper()
	dir, err := os.MkdirTemp("", "rd")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{t: t, dir: dir, port: freePort(t), args: args}
	t.Cleanup(func() {
		s.kill()
		_ = os.RemoveAll(dir)
	})
	return s
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func (s *server) socket() string { return filepath.Join(s.dir, "s") }
func (s *server) addr() string   { return "127.0.0.1:" + strconv.Itoa(s.port) }
func (s *server) url() string    { return "redis://" + s.addr() }

// admin is a client with all the time that it needs.
func (s *server) admin() *redis.Client {
	c := redis.NewClient(&redis.Options{Network: "unix", Addr: s.socket(), ReadTimeout: time.Minute})
	s.t.Cleanup(func() { c.Close() })
	return c
}

func (s *server) start() {
	s.t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		s.t.Fatal("no redis-server is installed: apt-get install redis-server")
	}
	var args []string
	if s.sentinel != "" {
		args = append(args, s.sentinel, "--sentinel")
	}
	args = append(args,
		"--port", strconv.Itoa(s.port), "--bind", "127.0.0.1", "--unixsocket", s.socket(), "--dir", s.dir,
		"--logfile", filepath.Join(s.dir, "log"),
	)
	if s.sentinel == "" {
		args = append(args, "--save", "", "--appendonly", "no")
	}
	args = append(args, s.args...)
	s.cmd = exec.Command(path, args...)
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.wait()
}

// wait returns when the socket takes connections.
func (s *server) wait() {
	s.t.Helper()
	for range 6000 {
		conn, err := net.Dial("unix", s.socket())
		if err == nil {
			conn.Close()
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	log, _ := os.ReadFile(filepath.Join(s.dir, "log"))
	s.t.Fatalf("redis-server did not start\n%s", log)
}

func (s *server) kill() {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Signal(syscall.SIGCONT)
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
	s.cmd = nil
	_ = os.Remove(s.socket())
}

func (s *server) signal(sig syscall.Signal) {
	s.t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Fatal(err)
	}
}

// patience is for tests of what stands in Redis, not of how long it may take.
const patience = 5 * time.Second

// share puts this Redis into c, with patience.
func (s *server) share(c *cache.Config) { c.Redis, c.Budget = s.patient(), patience }

func (s *server) patient() redis.UniversalClient {
	s.t.Helper()
	c, err := cache.OpenRedisWithin([]string{s.url()}, patience)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { c.Close() })
	return c
}

// open is a client as the service has one.
func (s *server) open() redis.UniversalClient { return openRedis(s.t, s.url()) }

func openRedis(t testing.TB, urls ...string) redis.UniversalClient {
	t.Helper()
	c, err := cache.OpenRedis(urls)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}
