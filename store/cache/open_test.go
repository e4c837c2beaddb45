package cache_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	orgcache "orglogin/store/cache"
)

func TestOpenRedisRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		urls []string
		want string
	}{
		"nothing":                              {nil, "no Redis URL"},
		"no URL":                               {[]string{"::hush-hush"}, "not a URL"},
		"another scheme":                       {[]string{"memcached://:hush-hush@127.0.0.1"}, "another scheme"},
		"no host":                              {[]string{"redis://:hush-hush@"}, "no host"},
		"a bad port":                           {[]string{"redis://:hush-hush@127.0.0.1:hush-hush"}, "percent-encode"},
		"a password with a slash":              {[]string{"redis://:hush/hush@127.0.0.1"}, "percent-encode"},
		"a password of digits with a slash":    {[]string{"redis://user:12/hush@cache:6379"}, "percent-encode"},
		"a password with a question mark":      {[]string{"rediss://user:12?hush@cache:6379"}, "percent-encode"},
		"a password with a number sign":        {[]string{"rediss://user:12#hush@cache:6379"}, "percent-encode"},
		"a password with an @":                 {[]string{"rediss://user:hush@hush@cache:6379"}, "percent-encode"},
		"a password in place of the port":      {[]string{"rediss://hush:6379@"}, "no host"},
		"a socket without a path":              {[]string{"unix://:hush-hush@"}, "no path"},
		"clear text over the network (M8)":     {[]string{"redis://:hush-hush@10.0.0.1:6379"}, "rediss://"},
		"clear text to a name (M8)":            {[]string{"redis://:hush-hush@cache:6379"}, "rediss://"},
		"no password over the network (M8)":    {[]string{"rediss://cache:6379"}, "no password"},
		"an empty password (M8)":               {[]string{"rediss://user:@cache:6379"}, "no password"},
		"TLS that is not verified (M8)":        {[]string{"rediss://u:hush-hush@cache:6379?skip_verify=true"}, "skip_verify"},
		"one of several in clear text (M8)":    {[]string{"rediss://u:hush-hush@a:1", "redis://u:hush-hush@b:1"}, "rediss://"},
		"a name that only looks like loopback": {[]string{"redis://localhost.evil.test"}, "rediss://"},
		"several passwords":                    {[]string{"rediss://u:hush-hush@a:1", "rediss://u:hush@b:1"}, "differ"},
		"a cluster through a socket":           {[]string{"unix:///run/a.sock", "unix:///run/a.sock"}, "cluster"},
		"an unknown parameter":                 {[]string{"redis://:hush-hush@127.0.0.1?maxretries=3"}, "not known"},
		"a bad database":                       {[]string{"redis://:hush-hush@127.0.0.1/x"}, "not known"},
		"a negative database":                  {[]string{"redis://:hush-hush@127.0.0.1/-1"}, "negative"},
		"a negative database of a socket":      {[]string{"unix:///run/redis.sock?db=-1"}, "negative"},
		"a socket by a relative path":          {[]string{"unix://run/redis.sock"}, "relative"},
		"a port past the last":                 {[]string{"redis://:hush-hush@127.0.0.1:65536"}, "port"},
		"the port 0":                           {[]string{"redis://:hush-hush@127.0.0.1:0"}, "port"},
		"cluster neither true nor false":       {[]string{"redis://127.0.0.1?cluster=hush-hush"}, "neither true nor false"},
		"cluster without a word":               {[]string{"redis://127.0.0.1?cluster="}, "neither true nor false"},
		"a database of a cluster":              {[]string{"redis://127.0.0.1/2?cluster=true"}, "one database"},
		"a database of several":                {[]string{"redis://127.0.0.1:1/2", "redis://127.0.0.1:2/2"}, "one database"},
		"a cluster of one socket":              {[]string{"unix:///run/a.sock?cluster=true"}, "cluster"},
	} {
		t.Run(name, func(t *testing.T) {
			client, err := orgcache.OpenRedis(c.urls)
			if err == nil {
				client.Close()
				t.Fatal("it is taken")
			}
			if check := orgcache.CheckRedis(c.urls); check == nil || "cache: "+check.Error() != err.Error() {
				t.Errorf("the check says %v, opening %v", check, err)
			}
			if !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hush") {
				t.Errorf("the text is %q, want %q in it and no secret", err, c.want)
			}
		})
	}
}

func TestEverythingThatIsWrongWithRedisURLsIsToldAtOnce(t *testing.T) {
	err := orgcache.CheckRedis([]string{
		"rediss://u:hush-hush@a:70000", "unix://hush-hush/redis.sock", "rediss://u:hush-hush@b:1/3", "rediss://u:hush@c:1/3", "redis://default:12345678",
	})
	if err == nil {
		t.Fatal("they are taken")
	}
	for _, want := range []string{"of a is not", "relative", "differ", "one database", "of default is not"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the text is %q, want %q in it", err, want)
		}
	}
	if strings.Contains(err.Error(), "hush") || strings.Contains(err.Error(), "12345678") {
		t.Errorf("the text tells a secret: %q", err)
	}
}

func TestOpenRedisTakes(t *testing.T) {
	for _, urls := range [][]string{
		{"redis://localhost"},
		{"redis://[::1]:6379/2"},
		{"redis://redis.localhost:6379"},
		{"rediss://u:p@cache.test:6380"},
		{"unix:///run/redis.sock?db=1"},
		{"rediss://u:p@a:1", "rediss://u:p@b:2"},
		{"redis://127.0.0.1:1?cluster=true"},
		{"redis://127.0.0.1:65535/3?cluster=false"},
		{"redis://127.0.0.1:1/3?master_name=m", "redis://127.0.0.1:2/3?master_name=m"},
		{"rediss://u:p@a:1?master_name=m&sentinel_password=s", "rediss://u:p@b:1?master_name=m&sentinel_password=s"},
	} {
		client, err := orgcache.OpenRedis(urls)
		if check := orgcache.CheckRedis(urls); check != nil {
			t.Errorf("%q: the check says %v", urls, check)
		}
		if err != nil {
			t.Errorf("%q: %v", urls, err)
			continue
		}
		client.Close()
	}
}

// works asks what the cache asks of any kind of Redis.
func works(t *testing.T, client redis.UniversalClient) {
	t.Helper()
	w := newWorld(t, nil)
	config := func() orgcache.Config {
		return orgcache.Config{Store: w.inner, Redis: client, Secret: secret, Environment: "test", TTL: ttl, Now: w.clock.Now}
	}
	s, err := orgcache.New(config())
	must(t, err)
	eventually(t, "Redis takes flows", func() bool {
		w.inner.asked()
		_, err := s.TakeFlow(t.Context(), rand.Text(), w.clock.Now())
		must(t, err)
		return w.inner.asked()["flow"] == 0
	})
	l := s.Limiter("test", 1, time.Hour)
	l.Allow(t.Context(), "a")
	if ok, _ := l.Allow(t.Context(), "a"); ok {
		t.Error("the limit does not hold")
	}
}

func TestASocketWorks(t *testing.T) {
	works(t, openRedis(t, "unix://"+newServer(t).socket()+"?db=1"))
}

func TestTLSWorksAndIsVerified(t *testing.T) {
	dir := t.TempDir()
	writeCertificate(t, dir)
	s := prepareServer(t)
	port := freePort(t)
	s.args = []string{
		"--tls-port", fmt.Sprint(port), "--tls-cert-file", filepath.Join(dir, "cert"), "--tls-key-file", filepath.Join(dir, "key"),
		"--tls-auth-clients", "no", "--requirepass", "pass",
	}
	s.start()
	works(t, openRedis(t, fmt.Sprintf("rediss://:pass@127.0.0.1:%d?skip_verify=true", port)))
	client := openRedis(t, fmt.Sprintf("rediss://:pass@127.0.0.1:%d", port))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := client.Ping(ctx).Err(); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("an unknown certificate is taken: %v", err)
	}
}

func TestAClusterWorks(t *testing.T) {
	s := newServer(t, "--cluster-enabled", "yes")
	admin := s.admin()
	must(t, admin.ClusterAddSlotsRange(t.Context(), 0, 16383).Err())
	eventually(t, "the cluster is one", func() bool {
		return strings.Contains(admin.ClusterInfo(t.Context()).Val(), "cluster_state:ok")
	})
	works(t, openRedis(t, s.url()+"?cluster=true"))
}

func TestSentinelsWork(t *testing.T) {
	master := newServer(t)
	config := filepath.Join(t.TempDir(), "sentinel.conf")
	must(t, os.WriteFile(config, []byte(fmt.Sprintf("sentinel monitor main 127.0.0.1 %d 1\n", master.port)), 0o600))
	sentinel := prepareServer(t)
	sentinel.sentinel = config
	sentinel.start()
	works(t, openRedis(t, sentinel.url()+"?master_name=main"))
}

// writeCertificate makes a certificate that no authority has signed.
func writeCertificate(t *testing.T, dir string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	must(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	for name, block := range map[string]*pem.Block{"cert": {Type: "CERTIFICATE", Bytes: cert}, "key": {Type: "PRIVATE KEY", Bytes: private}} {
		must(t, os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600))
	}
}
