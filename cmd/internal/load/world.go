package main

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"orglogin/cmd/internal/clustertest"
	"orglogin/cmd/internal/operate"
	"orglogin/store"
	"orglogin/store/postgres"
	"orglogin/store/postgres/pgtest"
)

// Where everything is, as browsers see it.
const (
	baseDomain = "example.com"
	loginHost  = "login." + baseDomain
	landing    = "https://acme." + baseDomain + "/reports"
)

// people is how many sign in.
const people = 500

func person(n int) string { return fmt.Sprintf("person%d", n%people) }

// world is all that is measured, and what stands round it.
type world struct {
	dir      string
	server   *pgtest.Server
	redis    *clustertest.Redis
	provider *clustertest.Provider
	trust    *x509.CertPool

	database database

	bare, plain, warm, cold, noRedis *target
	more                             []*target // instances beside warm
}

func newWorld(ctx context.Context) (*world, error) {
	w := &world{}
	if err := w.open(ctx); err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

func (w *world) open(ctx context.Context) error {
	var err error
	if w.dir, err = os.MkdirTemp("", "load"); err != nil {
		return err
	}
	certificate, err := w.certify()
	if err != nil {
		return err
	}
	if w.provider, err = clustertest.NewProvider(certificate); err != nil {
		return err
	}
	if w.redis, err = clustertest.NewRedis(); err != nil {
		return err
	}
	if w.server, err = pgtest.NewServer("fsync=on", "full_page_writes=on", "autovacuum=on"); err != nil {
		return err
	}
	if w.database, err = openDatabase(w.server); err != nil {
		return err
	}
	if err := w.server.Roles(); err != nil {
		return err
	}
	db, err := clustertest.NewDatabase(ctx, w.server, "ours")
	if err != nil {
		return err
	}
	if err := w.bringIn(ctx, db); err != nil {
		return err
	}
	for _, name := range []string{roleBare, rolePlain} {
		if err := w.server.Exec("postgres", "CREATE DATABASE "+name); err != nil {
			return err
		}
		if err := w.server.Exec(name, relyingSchema); err != nil {
			return err
		}
	}
	if err := w.analyze(); err != nil {
		return err
	}
	if _, err := operate.NewKeys(w.dir); err != nil {
		return err
	}
	return w.startAll(db)
}

func (w *world) startAll(db pgtest.Database) error {
	w.more = make([]*target, 2)
	unused, err := clustertest.FreeAddr() // where no Redis is
	if err != nil {
		return err
	}
	const hour = time.Hour
	for _, s := range []struct {
		to                    **target
		role, database, redis string
		ttl                   time.Duration
	}{
		{&w.bare, roleBare, w.server.Database(roleBare).Runtime, w.redis.URL(), 0},
		{&w.plain, rolePlain, w.server.Database(rolePlain).Runtime, w.redis.URL(), 0},
		{&w.warm, roleOurs, db.Runtime, w.redis.URL(), hour},
		{&w.more[0], roleOurs, db.Runtime, w.redis.URL(), hour},
		{&w.more[1], roleOurs, db.Runtime, w.redis.URL(), hour},
		// Nothing is remembered for longer than nothing takes.
		{&w.cold, roleOurs, db.Runtime, w.redis.URL(), time.Microsecond},
		{&w.noRedis, roleOurs, db.Runtime, "redis://" + unused, hour},
	} {
		if *s.to, err = w.start(s.role, settings{
			Issuer: w.provider.Issuer, Database: s.database, Redis: s.redis, Keys: w.dir, CacheTTL: s.ttl,
		}); err != nil {
			return err
		}
	}
	return nil
}

// start runs this program as a service. Its log goes nowhere, at the price of
// writing it.
func (w *world) start(role string, s settings) (*target, error) {
	var err error
	if s.Addr, err = clustertest.FreeAddr(); err != nil {
		return nil, err
	}
	if s.Side, err = clustertest.FreeAddr(); err != nil {
		return nil, err
	}
	given, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	t := newTarget(role, s, w.trust)
	t.process = exec.Command(self)
	t.process.Env = append(os.Environ(), roleVariable+"="+role, settingsVariable+"="+string(given), "SSL_CERT_FILE="+filepath.Join(w.dir, "ca.pem"))
	log, err := os.Create(filepath.Join(w.dir, role+".log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	t.process.Stderr = log
	stdout, err := t.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if t.leash, err = t.process.StdinPipe(); err != nil {
		return nil, err
	}
	if err := t.process.Start(); err != nil {
		return nil, err
	}
	if line, err := bufio.NewReader(stdout).ReadString('\n'); err != nil || line != "ready\n" {
		said, _ := os.ReadFile(log.Name())
		return nil, fmt.Errorf("%s said %q: %w\n%s", role, line, errors.Join(err, t.stop()), said)
	}
	go func() { _, _ = io.Copy(io.Discard, stdout) }()
	return t, nil
}

// bringIn imports the people, members of one organization.
func (w *world) bringIn(ctx context.Context, db pgtest.Database) error {
	operator, err := postgres.OpenOperator(ctx, postgres.Config{URL: db.Owner})
	if err != nil {
		return err
	}
	file := store.ImportFile{Organizations: []store.ImportOrganization{{Slug: "acme", Name: "Acme", SubdomainStatus: store.Verified}}}
	for n := range people {
		address := person(n) + "@acme.test"
		file.Users = append(file.Users, store.ImportUser{Email: address, Issuer: w.provider.Issuer, Subject: person(n)})
		file.Memberships = append(file.Memberships, store.ImportMembership{Organization: "acme", Email: address})
	}
	return errors.Join(operator.Import(ctx, file, time.Now()), operator.Close())
}

// certify makes an authority that the services are configured to trust, and a
// certificate of it for loopback.
func (w *world) certify() (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		BasicConstraintsValid: true, IsCA: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	w.trust = x509.NewCertPool()
	w.trust.AppendCertsFromPEM(text)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, os.WriteFile(filepath.Join(w.dir, "ca.pem"), text, 0o600)
}

// analyze does now what autovacuum does within a minute of such logins. Without it a plan that was
// made while a table was empty reads the whole table for good.
func (w *world) analyze() error {
	for _, database := range []string{"ours", roleBare, rolePlain} {
		if err := w.server.Exec(database, "ANALYZE"); err != nil {
			return err
		}
	}
	return nil
}

// close ends all that runs.
func (w *world) close() error {
	var err error
	for _, t := range append([]*target{w.bare, w.plain, w.warm, w.cold, w.noRedis}, w.more...) {
		if t != nil {
			err = errors.Join(err, t.stop())
		}
	}
	if w.provider != nil {
		err = errors.Join(err, w.provider.Close())
	}
	if w.redis != nil {
		err = errors.Join(err, w.redis.Close())
	}
	if w.server != nil {
		err = errors.Join(err, w.server.Close())
	}
	return errors.Join(err, os.RemoveAll(w.dir))
}
