package deploy_test

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestExamples runs the apps of ../examples behind nginx and the real service, one after the other at one address.
func TestExamples(t *testing.T) {
	t.Parallel()
	addr, app, dir := freeAddr(t), freeAddr(t), nginxDir(t)
	o := newOrglogin(t, freeAddr(t), addr)
	startNginx(t, dir, addr, append(withTLS(t, dir, addr), "127.0.0.1:8080", o.addr, "127.0.0.1:3000", app)...)
	w := &endToEnd{service: o, addr: addr}

	t.Run("the app in Go", func(t *testing.T) {
		startApp(t, app, exec.Command(built(t, "docs/examples/go")))
		w.greets(t)
		if status, text := straight(t, app, "acme"+w.origin(), ""); status != http.StatusForbidden {
			t.Errorf("who goes round the proxy gets %d %s", status, text)
		}
	})
	t.Run("the app in Node", func(t *testing.T) {
		cmd := exec.Command("node", "server.js")
		cmd.Dir = nodeApp(t)
		cmd.Env = append(os.Environ(), "ISSUER="+o.public, "KEY_SET=http://"+o.addr+"/.well-known/jwks.json")
		startApp(t, app, cmd)
		w.greets(t)

		b := w.signedIn(t, "ann")
		resp, text := b.fetch("GET", b.url("acme", "/auth/token"), nil)
		var answer struct {
			Token string `json:"access_token"`
		}
		if err := json.Unmarshal([]byte(text), &answer); err != nil || resp.StatusCode != http.StatusOK {
			t.Fatal(resp.Status, err)
		}
		for label, want := range map[string]int{"acme": http.StatusOK, "beta": http.StatusUnauthorized, "app": http.StatusUnauthorized} {
			if status, text := straight(t, app, label+w.origin(), "Bearer "+answer.Token); status != want {
				t.Errorf("acme's token at %s: %d %s", label, status, text)
			}
		}
		for name, authorization := range map[string]string{
			"no token": "", "another scheme": "Basic " + answer.Token, "a cut token": "Bearer " + answer.Token[:len(answer.Token)-4],
		} {
			if status, text := straight(t, app, "acme"+w.origin(), authorization); status != http.StatusUnauthorized {
				t.Errorf("%s: %d %s", name, status, text)
			}
		}
	})
}

// greets: both apps say who came, to which organization, for which page.
func (w *endToEnd) greets(t *testing.T) {
	t.Helper()
	for _, visit := range []struct{ who, label, says string }{
		{"ann", "acme", "ann@acme.test is owner of "}, {"bea", "beta", "bea@both.test is admin of "}, {"bea", "acme", "bea@both.test is member of "},
	} {
		b := newBrowser(t, w.addr, visit.who)
		resp, text := b.signIn(b.url(visit.label, "/hello"))
		_, organization := w.session(t, b, visit.label)
		if want := visit.says + organization.ID + " at /hello\n"; text != want || resp.StatusCode != http.StatusOK {
			t.Errorf("%s at %s: %s %q, want %q", visit.who, visit.label, resp.Status, text, want)
		}
	}
	b := w.signedIn(t, "ann")
	if resp, text := b.open(b.url("beta", "/hello")); resp.StatusCode != http.StatusForbidden || strings.Contains(text, " at /hello") {
		t.Errorf("ann at beta: %s", resp.Status)
	}
}

// origin is what follows the label in every host.
func (w *endToEnd) origin() string {
	_, port, _ := net.SplitHostPort(w.addr)
	return ".example.com:" + port
}

// startApp runs an app at addr until the test ends.
func startApp(t *testing.T, addr string, cmd *exec.Cmd) {
	t.Helper()
	log := &syncBuffer{}
	cmd.Stdout, cmd.Stderr = log, log
	if cmd.Env == nil {
		cmd.Env = os.Environ()
	}
	cmd.Env = append(cmd.Env, "ADDR="+addr)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
		if t.Failed() {
			t.Logf("the app said last:\n%s", last(log.String()))
		}
	})
	eventually(t, "the app answers", func() bool {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			err = conn.Close()
		}
		return err == nil
	})
}

// straight asks the app without the proxy.
func straight(t *testing.T, addr, host, authorization string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+addr+"/hello", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = host
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// nodeApp is a copy of the Node example with what it depends on.
func nodeApp(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"node", "npm"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Fatalf("%s is not installed: Debian and Ubuntu have it in the packages nodejs and npm (18 or later)", name)
		}
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../examples/node")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v (it needs npm's cache, or a way to the registry)\n%s", err, out)
	}
	return dir
}
