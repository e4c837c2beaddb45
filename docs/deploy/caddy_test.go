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
	dir := t.TempDir()
	env := append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)

	t.Run("the file is sound as it is shipped", func(t *testing.T) {
		cmd := exec.CommandContext(t.Context(), caddy, "validate", "--adapter", "caddyfile", "--config", "Caddyfile")
		cmd.Env = env
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	})

	s, app, addr := newService(t), newApp(t), freeAddr(t)
	_, port, _ := net.SplitHostPort(addr)
	file := filepath.Join(dir, "Caddyfile")
	text := replaced(t, "Caddyfile", "admin off",
		"admin off\n\tskip_install_trust\n\tauto_https disable_redirects\n\tdefault_bind 127.0.0.1\n\thttps_port "+port)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(caddy, "run", "--adapter", "caddyfile", "--config", file)
	cmd.Env = append(env, "BASE_DOMAIN=example.com",
		"ORGLOGIN="+strings.TrimPrefix(s.URL, "http://"), "APP="+strings.TrimPrefix(app.URL, "http://"))
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
	testProxy(t, newProxy("https", addr, s))
}
