package deploy_test

import (
	"crypto/tls"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestCaddy(t *testing.T) {
	caddy := program(t, "caddy")
	t.Run("the file is sound as it is shipped", func(t *testing.T) {
		cmd := exec.CommandContext(t.Context(), caddy, "validate", "--adapter", "caddyfile", "--config", "Caddyfile")
		cmd.Env = caddyEnv(t.TempDir())
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	})

	s, app, addr := newService(t), newApp(t), freeAddr(t)
	startCaddy(t, addr, strings.TrimPrefix(s.URL, "http://"), strings.TrimPrefix(app.URL, "http://"))
	testProxy(t, newProxy("https", addr, s))
}

// TestCaddyWithTheService is the shipped file before the real service.
func TestCaddyWithTheService(t *testing.T) {
	t.Parallel()
	app, addr := newApp(t), freeAddr(t)
	o := newOrglogin(t, freeAddr(t), addr)
	startCaddy(t, addr, o.addr, strings.TrimPrefix(app.URL, "http://"))
	testEndToEnd(t, o, addr)
}

// startCaddy runs the shipped file at addr, before that service and that app, until the test ends.
func startCaddy(t *testing.T, addr, service, app string) {
	t.Helper()
	dir := t.TempDir()
	_, port, _ := net.SplitHostPort(addr)
	file := filepath.Join(dir, "Caddyfile")
	text := replaced(t, "Caddyfile", "admin off",
		"admin off\n\tskip_install_trust\n\tauto_https disable_redirects\n\tdefault_bind 127.0.0.1\n\thttps_port "+port)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program(t, "caddy"), "run", "--adapter", "caddyfile", "--config", file)
	cmd.Env = append(caddyEnv(dir), "BASE_DOMAIN=example.com", "ORGLOGIN="+service, "APP="+app)
	start(t, cmd, func() error { // it listens before it has its certificates
		for _, name := range []string{"login.example.com", "acme.example.com"} {
			conn, err := tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true, ServerName: name})
			if err != nil {
				return err
			}
			_ = conn.Close()
		}
		return nil
	})
}

// caddyEnv keeps what Caddy writes in dir.
func caddyEnv(dir string) []string {
	return append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
}
