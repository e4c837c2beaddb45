package deploy_test

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestNginx(t *testing.T) {
	nginx := program(t, "nginx")
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil { // started by root, it writes as nobody
		t.Fatal(err)
	}

	t.Run("the file is sound as it is shipped", func(t *testing.T) {
		conf := filepath.Join(dir, "shipped.conf")
		writeNginx(t, conf, dir)
		if out, err := exec.CommandContext(t.Context(), nginx, "-t", "-e", "stderr", "-p", dir, "-c", conf).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	})

	s, app, addr := newService(t), newApp(t), freeAddr(t)
	conf := filepath.Join(dir, "nginx.conf")
	writeNginx(t, conf, dir,
		"listen 80", "listen "+addr,
		"127.0.0.1:8080", strings.TrimPrefix(s.URL, "http://"),
		"127.0.0.1:3000", strings.TrimPrefix(app.URL, "http://"))
	start(t, exec.Command(nginx, "-e", "stderr", "-p", dir, "-c", conf, "-g", "daemon off;"), func() error {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			err = conn.Close()
		}
		return err
	})
	testProxy(t, newProxy("http", addr, s))

	t.Run("a service that is away is an outage too", func(t *testing.T) {
		s.Close()
		resp, _ := newProxy("http", addr, s).do(t, "GET", "acme", "/", nil, "Cookie: __Secure-session=ann")
		if resp.StatusCode != 503 || resp.Header.Get("Retry-After") == "" {
			t.Error(resp.Status, resp.Header)
		}
	})
}

// writeNginx writes the shipped file with its samples changed and everything that nginx keeps under dir, so that
// it runs as anybody.
func writeNginx(t *testing.T, file, dir string, pairs ...string) {
	t.Helper()
	own := "pid " + dir + "/pid;\nevents {"
	temporary := "http {"
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		temporary += "\n    " + kind + "_temp_path " + dir + "/" + kind + ";"
	}
	pairs = append(pairs, "events {", own, "http {", temporary)
	if err := os.WriteFile(file, []byte(replaced(t, "nginx.conf", pairs...)), 0o600); err != nil {
		t.Fatal(err)
	}
}
