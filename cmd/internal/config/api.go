package config

import (
	"crypto/tls"
	"net"
	"path/filepath"
	"strings"

	"orglogin/store"
	"orglogin/store/postgres"
)

// API says where the HTTP API is. The zero value is none.
type API struct {
	ListenAddr string `name:"api-listen-addr" variable:"API_LISTEN_ADDR" type:"api-address" example:"127.0.0.1:8090" placeholder:"ADDRESS" help:"Address of the HTTP API: HOST:PORT on this machine, or unix:PATH. Another address needs a certificate. None by default."`
	CertFile   string `name:"api-tls-cert" variable:"API_TLS_CERT" placeholder:"FILE" help:"Certificate chain of the HTTP API, in PEM; with it the API may listen at any address. Read again on SIGHUP."`
	KeyFile    string `name:"api-tls-key" variable:"API_TLS_KEY" placeholder:"FILE" help:"Private key of the certificate, in PEM."`

	APIDatabase `embed:""`
}

// APIDatabase says as whom the HTTP API works on the database.
type APIDatabase struct {
	APIURL string `name:"api-database-url" variable:"API_DATABASE_URL" type:"database-url" placeholder:"URL" help:"postgres://… of the role of the HTTP API, which owns nothing; migrate grants it what the API needs. Not for SQLite."`
}

// Endpoint is the network, tcp or unix, and the address or the path of the socket. Both are empty where there is no API.
func (a API) Endpoint() (network, address string) {
	if path, ok := strings.CutPrefix(a.ListenAddr, "unix:"); ok {
		return "unix", path
	}
	if a.ListenAddr == "" {
		return "", ""
	}
	return "tcp", a.ListenAddr
}

// Check checks where the API is, and adds its role to the database.
func (a *API) Check(c *Check, d *Database) {
	c.Use(a)
	a.APIDatabase.Check(c, d)
	if a.ListenAddr != "" && d.URL != "" && d.Path() == "" && a.APIURL == "" {
		c.missing("API_DATABASE_URL", "With "+Prefix+"API_LISTEN_ADDR the API needs a role of its own: make one that owns nothing, and run migrate with its URL here.")
	}
	c.certificate(a.CertFile, a.KeyFile)
	network, address := a.Endpoint()
	host, _, err := net.SplitHostPort(address)
	if network == "tcp" && err == nil && a.CertFile == "" && !store.IsLoopback(strings.ToLower(host)) {
		c.Add("API_LISTEN_ADDR", address, "is not an address of this machine alone, where tokens would travel in the clear",
			"Write 127.0.0.1:PORT or unix:PATH, or set "+Prefix+"API_TLS_CERT and "+Prefix+"API_TLS_KEY.")
		a.ListenAddr = ""
	}
}

// maxSocketPath is the longest path, in bytes, that every system accepts for a unix socket.
const maxSocketPath = 100

func (s setting) apiAddress(text string) string {
	path, ok := strings.CutPrefix(text, "unix:")
	switch {
	case !ok:
		return s.address(text)
	case !filepath.IsAbs(path):
		s.add(text, "is not the absolute path of a socket", "Write unix:PATH, such as unix:/run/orglogin/api.sock.")
	case len(path) > maxSocketPath:
		s.add(text, "has a longer path than a socket may have", "Write a path of at most 100 bytes.")
	default:
		return text
	}
	return ""
}

// certificate checks that both files belong together.
func (c *Check) certificate(cert, key string) {
	const fix = "Name the certificate chain and its private key, both in PEM."
	switch {
	case cert == "" && key == "":
	case key == "":
		c.missing("API_TLS_KEY", fix)
	case cert == "":
		c.missing("API_TLS_CERT", fix)
	default:
		if _, err := tls.LoadX509KeyPair(cert, key); err != nil {
			c.Add("API_TLS_CERT", cert, "cannot be used with "+Prefix+"API_TLS_KEY: "+strings.ReplaceAll(err.Error(), "\n", "; "), fix)
		}
	}
}

// Check adds the role of the API to the database. It is another one than those of the service and of the owner.
func (a *APIDatabase) Check(c *Check, d *Database) {
	c.Use(a)
	if a.APIURL != "" && d.URL != "" && c.sameDatabase("API_DATABASE_URL", a.APIURL, d.URL) && d.Path() == "" {
		d.APIURL = c.apiRole(a.APIURL, *d)
	}
}

func (c *Check) apiRole(text string, d Database) string {
	api, _ := postgres.ParseURL(text) // all were parsed before
	for _, other := range []struct{ variable, url string }{{"DATABASE_URL", d.URL}, {"DATABASE_ADMIN_URL", d.AdminURL}} {
		if u, err := postgres.ParseURL(other.url); err == nil && u.User == api.User {
			c.Add("API_DATABASE_URL", text, "has the same user as "+Prefix+other.variable,
				"Make a role of its own for it: CREATE ROLE orglogin_api LOGIN PASSWORD '…'.")
			return ""
		}
	}
	return text
}
