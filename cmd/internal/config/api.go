package config

import (
	"crypto/tls"
	"net"
	"path/filepath"
	"strings"

	"orglogin/store"
	"orglogin/store/postgres"
)

// APISettings say where the HTTP API is.
type APISettings struct {
	APIListenAddr string `name:"api-listen-addr" variable:"API_LISTEN_ADDR" placeholder:"ADDRESS" help:"Address of the HTTP API: HOST:PORT on this machine, or unix:PATH. Another address needs a certificate. None by default."`
	APITLSCert    string `name:"api-tls-cert" variable:"API_TLS_CERT" placeholder:"FILE" help:"Certificate chain of the HTTP API, in PEM; with it the API may listen at any address. Read again on SIGHUP."`
	APITLSKey     string `name:"api-tls-key" variable:"API_TLS_KEY" placeholder:"FILE" help:"Private key of the certificate, in PEM."`

	APIDatabaseSettings
}

// APIDatabaseSettings say as whom the HTTP API works on the database.
type APIDatabaseSettings struct {
	APIDatabaseURL string `name:"api-database-url" variable:"API_DATABASE_URL" placeholder:"URL" help:"postgres://… of the role of the HTTP API, which owns nothing; migrate grants it what the API needs. Not for SQLite."`
}

// API says where the HTTP API is. The zero value is none.
type API struct {
	Network  string // tcp or unix; empty: none
	Address  string // HOST:PORT, or the path of the socket
	CertFile string // both or neither
	KeyFile  string
}

// Check returns where the API is, and adds its role to the database.
func (s APISettings) Check(c *Check, d *Database) API {
	s.APIDatabaseSettings.Check(c, d)
	if s.APIListenAddr != "" && d.URL != "" && s.APIDatabaseURL == "" {
		c.missing("API_DATABASE_URL", "With "+Prefix+"API_LISTEN_ADDR the API needs a role of its own: make one that owns nothing, and run migrate with its URL here.")
	}
	api := API{CertFile: s.APITLSCert, KeyFile: s.APITLSKey}
	c.certificate(api.CertFile, api.KeyFile)
	if path, ok := strings.CutPrefix(s.APIListenAddr, "unix:"); ok {
		api.Network, api.Address = "unix", c.socket(path, s.APIListenAddr)
	} else if s.APIListenAddr != "" {
		api.Network, api.Address = "tcp", c.apiAddress(s.APIListenAddr, api.CertFile != "")
	}
	return api
}

func (c *Check) apiAddress(text string, certificate bool) string {
	const variable = "API_LISTEN_ADDR"
	address := c.address(variable, text, "127.0.0.1:8090")
	host, _, err := net.SplitHostPort(address)
	if err == nil && !certificate && !store.IsLoopback(strings.ToLower(host)) {
		c.Add(variable, text, "is not an address of this machine alone, where tokens would travel in the clear",
			"Write 127.0.0.1:PORT or unix:PATH, or set "+Prefix+"API_TLS_CERT and "+Prefix+"API_TLS_KEY.")
		return ""
	}
	return address
}

// maxSocketPath is the longest path, in bytes, that every system accepts for a unix socket.
const maxSocketPath = 100

func (c *Check) socket(path, text string) string {
	const variable = "API_LISTEN_ADDR"
	switch {
	case !filepath.IsAbs(path):
		c.Add(variable, text, "is not the absolute path of a socket", "Write unix:PATH, such as unix:/run/orglogin/api.sock.")
	case len(path) > maxSocketPath:
		c.Add(variable, text, "has a longer path than a socket may have", "Write a path of at most 100 bytes.")
	default:
		return path
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
func (s APIDatabaseSettings) Check(c *Check, d *Database) {
	const variable = "API_DATABASE_URL"
	if s.APIDatabaseURL == "" {
		return
	}
	api := c.databaseURL(variable, s.APIDatabaseURL)
	switch {
	case api == (Database{}) || d.Path == "" && d.URL == "":
	case (api.Path == "") != (d.Path == ""):
		c.Add(variable, s.APIDatabaseURL, "is another kind of database than "+Prefix+"DATABASE_URL", "Write the same database in both.")
	case api.Path != d.Path:
		c.Add(variable, s.APIDatabaseURL, "is another file than "+Prefix+"DATABASE_URL", "Leave it out: SQLite has no roles.")
	case api.URL != "":
		d.APIURL = c.apiRole(api.URL, *d)
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
