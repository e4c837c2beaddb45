//go:build all

package deploy_test

import (
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestAllTraefik runs the shipped files in Traefik, which it builds.
func TestAllTraefik(t *testing.T) {
	traefik := filepath.Join(t.TempDir(), "traefik")
	if out, err := exec.CommandContext(t.Context(), "../../tools/traefik/build", traefik).CombinedOutput(); err != nil {
		t.Fatalf("building Traefik: %v\n%s", err, out)
	}
	t.Run("before a service that answers by the contract", func(t *testing.T) {
		s, app, addr := newService(t), newApp(t), freeAddr(t)
		startTraefik(t, traefik, addr, strings.TrimPrefix(s.URL, "http://"), strings.TrimPrefix(app.URL, "http://"))
		p := newProxy("https", addr, s)
		p.isTraefik = true
		testProxy(t, p)
	})
	t.Run("before the real service", func(t *testing.T) {
		app, addr := newApp(t), freeAddr(t)
		o := newOrglogin(t, freeAddr(t), addr)
		startTraefik(t, traefik, addr, o.addr, strings.TrimPrefix(app.URL, "http://"))
		(&endToEnd{service: o, addr: addr, isTraefik: true}).test(t)
	})
	t.Run("nothing is smuggled", func(t *testing.T) {
		app, addr := newApp(t), freeAddr(t)
		o := newOrglogin(t, freeAddr(t), addr)
		service, behind := newRecorder(t, o.addr), newRecorder(t, strings.TrimPrefix(app.URL, "http://"))
		startTraefik(t, traefik, addr, service.addr, behind.addr)
		(&endToEnd{service: o, addr: addr}).smuggles(t, service, behind)
	})
}

// startTraefik runs the shipped files at addr, before that service and that app, until the test ends. No certificate is
// ordered: Traefik makes one of its own.
func startTraefik(t *testing.T, traefik, addr, service, app string) {
	t.Helper()
	dir := t.TempDir()
	dynamic := filepath.Join(dir, "dynamic.yaml")
	static := replaced(t, "traefik.yaml", `":80"`, `"`+freeAddr(t)+`"`, `":443"`, `"`+addr+`"`,
		"filename: traefik.dynamic.yaml", "filename: "+dynamic)
	from, to := strings.Index(static, "certificatesResolvers:"), strings.Index(static, "log:")
	static = static[:from] + static[to:]
	for file, text := range map[string]string{
		filepath.Join(dir, "traefik.yaml"): static,
		dynamic: replaced(t, "traefik.dynamic.yaml", "        certResolver: letsencrypt\n", "",
			"127.0.0.1:8080", service, "127.0.0.1:3000", app),
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	start(t, exec.Command(traefik, "--configFile="+filepath.Join(dir, "traefik.yaml")), func() error {
		req, err := http.NewRequestWithContext(t.Context(), "GET", "https://acme.example.com/", nil)
		if err != nil {
			return err
		}
		resp, err := newProxy("https", addr, nil).client.Do(req)
		if err == nil && resp.StatusCode == http.StatusNotFound { // it listens before it has its routers
			err = errors.New(resp.Status)
		}
		if resp != nil {
			_ = resp.Body.Close()
		}
		return err
	})
}
