package deploy_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestNginx(t *testing.T) {
	nginx, dir := program(t, "nginx"), nginxDir(t)

	t.Run("the file is sound as it is shipped", func(t *testing.T) {
		conf := filepath.Join(dir, "shipped.conf")
		writeNginx(t, conf, dir, "listen 80", "listen "+freeAddr(t)) // even a check binds, and not everybody may bind 80
		if out, err := exec.CommandContext(t.Context(), nginx, "-t", "-e", "stderr", "-p", dir, "-c", conf).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	})

	s, app, addr := newService(t), newApp(t), freeAddr(t)
	startNginx(t, dir, addr,
		"listen 80", "listen "+addr,
		"127.0.0.1:8080", strings.TrimPrefix(s.URL, "http://"),
		"127.0.0.1:3000", strings.TrimPrefix(app.URL, "http://"))
	testProxy(t, newProxy("http", addr, s))

	t.Run("a service that is away is an outage too", func(t *testing.T) {
		s.Close()
		resp, _ := newProxy("http", addr, s).do(t, "GET", "acme", "/", nil, "Cookie: __Secure-session=ann")
		if resp.StatusCode != 503 || resp.Header.Get("Retry-After") == "" {
			t.Error(resp.Status, resp.Header)
		}
	})
}

// TestNginxWithTheService is the shipped file with the TLS that it tells to take in, before the real service.
func TestNginxWithTheService(t *testing.T) {
	t.Parallel()
	app, addr, dir := newApp(t), freeAddr(t), nginxDir(t)
	o := newOrglogin(t, freeAddr(t), addr)
	startNginx(t, dir, addr, append(withTLS(t, dir, addr),
		"127.0.0.1:8080", o.addr,
		"127.0.0.1:3000", strings.TrimPrefix(app.URL, "http://"))...)
	testEndToEnd(t, o, addr)
}

// withTLS takes in the certificate lines of the file, as its comment says, at addr.
func withTLS(t *testing.T, dir, addr string) (pairs []string) {
	t.Helper()
	certificate, key := selfSigned(t, dir)
	return []string{
		"listen 80", "listen " + addr + " ssl",
		"# ssl_certificate     /etc/ssl/example.com.pem;", "ssl_certificate " + certificate + ";",
		"# ssl_certificate_key /etc/ssl/example.com.key;", "ssl_certificate_key " + key + ";",
		"# ssl_protocols ", "ssl_protocols ",
		"# ssl_session_cache ", "ssl_session_cache ",
	}
}

// selfSigned writes a certificate for the hosts of the samples, and its key.
func selfSigned(t *testing.T, dir string) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"example.com", "*.example.com"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	certificate, key = filepath.Join(dir, "example.com.pem"), filepath.Join(dir, "example.com.key")
	for file, block := range map[string]*pem.Block{certificate: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: pkcs8}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certificate, key
}

// nginxDir is a directory of the test's own in which nginx, started by root, can write as nobody.
func nginxDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// startNginx runs the shipped file, changed as given, until the test ends.
func startNginx(t *testing.T, dir, addr string, pairs ...string) {
	t.Helper()
	conf := filepath.Join(dir, "nginx.conf")
	writeNginx(t, conf, dir, pairs...)
	start(t, exec.Command(program(t, "nginx"), "-e", "stderr", "-p", dir, "-c", conf, "-g", "daemon off;"), func() error {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			err = conn.Close()
		}
		return err
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
