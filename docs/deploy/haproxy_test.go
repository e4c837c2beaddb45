package deploy_test

import (
	"crypto/tls"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestHAProxy(t *testing.T) {
	s, app, addr := newService(t), newApp(t), freeAddr(t)
	startHAProxy(t, addr, strings.TrimPrefix(s.URL, "http://"), strings.TrimPrefix(app.URL, "http://"))
	testProxy(t, newProxy("https", addr, s))
}

// TestHAProxyWithTheService is the shipped file before the real service.
func TestHAProxyWithTheService(t *testing.T) {
	t.Parallel()
	app, addr := newApp(t), freeAddr(t)
	o := newOrglogin(t, freeAddr(t), addr)
	startHAProxy(t, addr, o.addr, strings.TrimPrefix(app.URL, "http://"))
	testEndToEnd(t, o, addr)
}

func TestNothingIsSmuggledThroughHAProxy(t *testing.T) {
	t.Parallel()
	app, addr := newApp(t), freeAddr(t)
	o := newOrglogin(t, freeAddr(t), addr)
	service, behind := newRecorder(t, o.addr), newRecorder(t, strings.TrimPrefix(app.URL, "http://"))
	startHAProxy(t, addr, service.addr, behind.addr)
	(&endToEnd{service: o, addr: addr}).smuggles(t, service, behind)
}

// startHAProxy runs the shipped file at addr, before that service and that app, until the test ends.
func startHAProxy(t *testing.T, addr, service, app string) {
	t.Helper()
	dir := t.TempDir()
	certificate, key := selfSigned(t, dir)
	both, file := filepath.Join(dir, "both.pem"), filepath.Join(dir, "haproxy.cfg")
	var pem []byte
	for _, part := range []string{certificate, key} {
		text, err := os.ReadFile(part)
		if err != nil {
			t.Fatal(err)
		}
		pem = append(pem, text...)
	}
	if err := os.WriteFile(both, pem, 0o600); err != nil {
		t.Fatal(err)
	}
	lua, err := filepath.Abs("haproxy.lua")
	if err != nil {
		t.Fatal(err)
	}
	text := replaced(t, "haproxy.cfg",
		"global\n", "global\n    tune.http.maxhdr 1000\n", // the tests send more than 100 forged headers, which would be a 400
		"/etc/haproxy/haproxy.lua", lua, "/etc/haproxy/example.com.pem", both,
		"bind :80", "bind "+freeAddr(t), "bind :443", "bind "+addr, "127.0.0.1:8080", service, "127.0.0.1:3000", app)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, exec.Command(program(t, "haproxy"), "-db", "-f", file), func() error {
		conn, err := tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true, ServerName: "acme.example.com"})
		if err == nil {
			err = conn.Close()
		}
		return err
	})
}
