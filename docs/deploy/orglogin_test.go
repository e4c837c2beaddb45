package deploy_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"orglogin/handlers/signin/fakeidp"
)

// orglogin is the service itself as an operator runs it: a process with a configuration, SQLite, and a provider on
// loopback. Its addresses are known before it is started, because the proxy's file names them.
type orglogin struct {
	addr    string // where the proxy asks
	public  string // origin of the login host, as browsers reach it through the proxy
	keys    string // the file of signing keys
	binary  string
	env     []string
	process *exec.Cmd
	log     *syncBuffer
}

// people are who can sign in at the provider, and imported with these places. Cem has no name, and no place but acme.
var people = []fakeidp.Person{
	{Subject: "ann", Email: "ann@acme.test", EmailVerified: true, Name: "Ann Ödman"},
	{Subject: "bea", Email: "bea@both.test", EmailVerified: true, Name: "Bea"},
	{Subject: "cem", Email: "cem@acme.test", EmailVerified: true},
}

// newOrglogin builds, configures and starts the service, for the browsers of a proxy that listens at proxyAddr with
// TLS. It ends with the test.
func newOrglogin(t *testing.T, addr, proxyAddr string) *orglogin {
	t.Helper()
	dir := t.TempDir()
	_, port, _ := net.SplitHostPort(proxyAddr)
	o := &orglogin{addr: addr, public: "https://login.example.com:" + port, binary: built(t, "cmd/orglogin"), log: &syncBuffer{}}

	var provider *fakeidp.Provider
	idp := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { provider.ServeHTTP(w, r) }))
	t.Cleanup(idp.Close)
	provider = fakeidp.New(fakeidp.Config{
		Issuer: idp.URL, ClientID: "deploy", ClientSecret: "only-on-loopback",
		RedirectURLs: []string{o.public + "/auth/callback"}, People: people,
		Auto: func(r *http.Request) fakeidp.Person { return person(r.Header.Get(whoHeader)) },
	})

	o.keys = filepath.Join(dir, "signing-keys.json")
	o.env = append(os.Environ(),
		"ORGLOGIN_PUBLIC_URL="+o.public,
		"ORGLOGIN_APP_URL=https://app.example.com:"+port,
		"ORGLOGIN_BASE_DOMAIN=example.com",
		"ORGLOGIN_OIDC_ISSUER="+idp.URL, "ORGLOGIN_OIDC_CLIENT_ID=deploy", "ORGLOGIN_OIDC_CLIENT_SECRET=only-on-loopback",
		"ORGLOGIN_DATABASE_URL=sqlite:"+filepath.Join(dir, "orglogin.db"),
		"ORGLOGIN_SECRET_KEYS_FILE="+filepath.Join(dir, "secret-keys"), "ORGLOGIN_SIGNING_KEYS_FILE="+o.keys,
		"ORGLOGIN_LISTEN_ADDR="+addr, "ORGLOGIN_ADMIN_LISTEN_ADDR=127.0.0.1:0",
		"ORGLOGIN_RATE_LIMIT=off",
	)
	o.run(t, "keys", "new", "--dir", dir)
	o.run(t, "migrate")
	o.run(t, "import", fixture(t, dir, idp.URL))
	o.start(t)
	t.Cleanup(func() {
		o.stop(t, syscall.SIGTERM)
		if t.Failed() {
			t.Logf("orglogin said last:\n%s", last(o.log.String()))
		}
	})
	return o
}

// binaries is where this test process keeps what it built: each program once.
var binaries struct {
	mu   sync.Mutex
	dir  string
	made map[string]string // by package
}

func TestMain(m *testing.M) {
	// With the race detector a program sleeps for a second at its end.
	if err := os.Setenv("GORACE", "atexit_sleep_ms=0"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if err := os.RemoveAll(binaries.dir); err != nil && binaries.dir != "" {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// built is a program of this checkout, with the flags of this test: the go command has compiled for them already.
func built(t *testing.T, folder string) string {
	t.Helper()
	binaries.mu.Lock()
	defer binaries.mu.Unlock()
	if binary, ok := binaries.made[folder]; ok {
		return binary
	}
	if binaries.dir == "" {
		dir, err := os.MkdirTemp("", "orglogin-deploy")
		if err != nil {
			t.Fatal(err)
		}
		binaries.dir, binaries.made = dir, map[string]string{}
	}
	binary := filepath.Join(binaries.dir, strconv.Itoa(len(binaries.made)))
	args := []string{"build", "-buildvcs=false", "-o", binary}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, setting := range info.Settings {
			if setting.Key == "-race" || setting.Key == "-gcflags" {
				args = append(args, setting.Key+"="+setting.Value)
			}
		}
	}
	if out, err := exec.CommandContext(t.Context(), "go", append(args, "orglogin/"+folder)...).CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	binaries.made[folder] = binary
	return binary
}

// fixture writes the import file: ann at acme, bea at acme and at beta, cem at acme.
func fixture(t *testing.T, dir, issuer string) string {
	t.Helper()
	type object = map[string]any
	var users []object
	for _, p := range people {
		users = append(users, object{"email": p.Email, "name": p.Name, "issuer": issuer, "subject": p.Subject})
	}
	text, err := json.Marshal(object{
		"organizations": []object{
			{"slug": "acme", "name": "Acme", "subdomain_status": "verified"},
			{"slug": "beta", "name": "Beta Works", "subdomain_status": "verified"},
		},
		"users": users,
		"memberships": []object{
			{"organization": "acme", "email": "ann@acme.test", "role": "owner"},
			{"organization": "acme", "email": "bea@both.test", "role": "member"},
			{"organization": "beta", "email": "bea@both.test", "role": "admin"},
			{"organization": "acme", "email": "cem@acme.test", "role": "member"},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "import.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// run is one command of the service, to its end.
func (o *orglogin) run(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), o.binary, args...)
	cmd.Env = o.env
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("orglogin %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// start serves, and returns when it answers.
func (o *orglogin) start(t *testing.T) {
	t.Helper()
	o.process = exec.Command(o.binary, "serve")
	o.process.Env, o.process.Stderr = o.env, o.log
	stdout, err := o.process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := o.process.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(stdout).ReadString('\n'); err != nil || line != "listening on "+o.addr+"\n" {
		_ = o.process.Process.Kill()
		t.Fatalf("orglogin serve: %q %v\n%s", line, err, o.log.String())
	}
}

// stop ends the process, in an orderly way or not.
func (o *orglogin) stop(t *testing.T, signal syscall.Signal) {
	t.Helper()
	if err := o.process.Process.Signal(signal); err != nil {
		t.Error(err)
	}
	ended := time.AfterFunc(time.Minute, func() { _ = o.process.Process.Kill() })
	defer ended.Stop()
	if err := o.process.Wait(); err != nil && signal == syscall.SIGTERM {
		t.Errorf("orglogin ended with %v", err)
	}
}

func person(subject string) fakeidp.Person {
	for _, p := range people {
		if p.Subject == subject {
			return p
		}
	}
	return fakeidp.Person{}
}

// syncBuffer is what a process wrote so far.
type syncBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
