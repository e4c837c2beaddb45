package serve

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/servetest"
	"orglogin/store/postgres/pgtest"
)

func TestServeRefusesARoleThatTheAPIMustNotHave(t *testing.T) {
	db := pgtest.New(t)
	for _, c := range []struct{ name, url, want string }{
		{"the owner", db.Owner, "owns the tables"},
		{"a superuser", db.Superuser, "is a superuser"},
		{"the service", db.Runtime, "does not inherit from orglogin_admin: run orglogin migrate"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := servetest.Config(t)
			cfg.Database = config.Database{URL: db.Runtime, AdminURL: db.Owner, APIURL: c.url}
			cfg.API = config.API{ListenAddr: "127.0.0.1:0"}
			service, err := Open(t.Context(), cfg, Options{Logger: slog.New(slog.DiscardHandler)})
			if err == nil {
				_ = service.Close()
			}
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "API_DATABASE_URL") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestASocketIsTakenFromAProcessThatIsGone(t *testing.T) {
	cfg := servetest.Config(t)
	dir, err := os.MkdirTemp("", "api")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	path := filepath.Join(dir, "api.sock")
	left, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	cfg.API = config.API{ListenAddr: "unix:" + path}
	if _, err := (&apiService{config: cfg.API}).listen(t.Context()); err == nil || !strings.Contains(err.Error(), "another process listens") {
		t.Errorf("beside a live one: %v", err)
	}
	left.SetUnlinkOnClose(false)
	if err := left.Close(); err != nil {
		t.Fatal(err)
	}
	start(t, cfg, Options{})
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("got %v, %v", info, err)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := (&apiService{config: config.API{ListenAddr: "unix:" + file}}).listen(t.Context()); err == nil {
		t.Error("a file was taken for a socket")
	}
}

func TestTheCertificateOfTheAPIIsReadAgain(t *testing.T) {
	cfg := servetest.Config(t)
	cert, key := filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	first := writeCertificate(t, cert, key)
	cfg.API = config.API{ListenAddr: freeAddress(t), CertFile: cert, KeyFile: key}
	service, err := Open(t.Context(), cfg, Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = service.Close() })
	l, err := service.api.listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	server := service.server(service.api.handler)
	go func() { _ = service.api.serve(server, l) }()
	t.Cleanup(func() { _ = server.Close() })
	if got := serial(t, l.Addr().String()); got.Cmp(first) != 0 {
		t.Errorf("got the certificate %v, want %v", got, first)
	}
	second := writeCertificate(t, cert, key)
	if err := service.Reload(); err != nil {
		t.Fatal(err)
	}
	if got := serial(t, l.Addr().String()); got.Cmp(second) != 0 {
		t.Errorf("got the certificate %v, want %v", got, second)
	}
	_, err = tls.Dial("tcp", l.Addr().String(), &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS11}) //nolint:gosec // it must be refused
	if err == nil {
		t.Error("TLS 1.1 is spoken")
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// serial is that of the certificate of a server, which answers HTTP.
func serial(t *testing.T, address string) *big.Int {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}} //nolint:gosec // its own
	defer client.CloseIdleConnections()
	got, err := client.Get("https://" + address + "/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	return got.TLS.PeerCertificates[0].SerialNumber
}

func writeCertificate(t *testing.T, cert, key string) *big.Int {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	number, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: number, NotAfter: time.Now().AddDate(0, 3, 0), DNSNames: []string{"localhost"}}
	public, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: public}, key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return number
}
