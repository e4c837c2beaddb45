package config

import (
	"strings"

	"orglogin/store/postgres"
)

// Database says where the rows are. Each URL is postgres://… or sqlite:PATH.
type Database struct {
	URL      string `name:"database-url" variable:"DATABASE_URL" type:"database-url" default:"sqlite:orglogin.db" help:"postgres://… of the role that the service runs as, or sqlite:PATH."`
	AdminURL string `name:"database-admin-url" variable:"DATABASE_ADMIN_URL" type:"database-url" placeholder:"URL" help:"postgres://… of the owner, for the commands that work past row-level security; serve never uses it. The database URL by default."`
	APIURL   string `kong:"-"` // the role of the HTTP API on PostgreSQL, see [APIDatabase]
}

// Path is the file of the SQLite database, empty for PostgreSQL.
func (d Database) Path() string { return sqlitePath(d.URL) }

// sqlitePath is empty for a URL of another kind.
func sqlitePath(url string) string {
	path, ok := strings.CutPrefix(url, "sqlite:")
	if !ok {
		return ""
	}
	return path
}

// check gives the owner's URL its default.
func (d *Database) check(c *Check) {
	switch {
	case d.AdminURL == "" && !c.has("DATABASE_ADMIN_URL"):
		d.AdminURL = d.URL
	case d.URL != "" && d.AdminURL != "":
		c.sameDatabase("DATABASE_ADMIN_URL", d.AdminURL, d.URL)
	}
}

// sameDatabase refuses another kind of database than that of DATABASE_URL, and another file.
func (c *Check) sameDatabase(variable, url, service string) bool {
	path, want := sqlitePath(url), sqlitePath(service)
	switch {
	case (path == "") != (want == ""):
		c.Add(variable, url, "is another kind of database than "+Prefix+"DATABASE_URL", "Write the same database in both.")
	case path != want:
		c.Add(variable, url, "is another file than "+Prefix+"DATABASE_URL", "Leave it out: SQLite has no roles.")
	}
	return path == want
}

// CheckMigrate refuses one PostgreSQL user for both URLs: the service would own its tables, and row-level security
// would have no effect.
func (d *Database) CheckMigrate(c *Check) {
	defaulted := d.AdminURL == ""
	c.Use(d)
	if d.URL == "" || d.AdminURL == "" || d.Path() != "" {
		return
	}
	service, _ := postgres.ParseURL(d.URL) // both were parsed before
	owner, _ := postgres.ParseURL(d.AdminURL)
	if service.User == owner.User {
		const fix = "Make a role that owns nothing for " + Prefix + "DATABASE_URL and write the owner's URL here."
		if defaulted {
			c.missing("DATABASE_ADMIN_URL", fix)
		} else {
			c.Add("DATABASE_ADMIN_URL", d.AdminURL, "has the same user as "+Prefix+"DATABASE_URL", fix)
		}
	}
}

func (s setting) databaseURL(text string) string {
	const fix = "Write postgres://USER:PASSWORD@HOST/DATABASE or sqlite:PATH."
	if path, ok := strings.CutPrefix(text, "sqlite:"); ok {
		switch {
		case path == "":
			s.add(text, "names no file", "Write sqlite:PATH, such as sqlite:orglogin.db.")
		case strings.HasPrefix(path, ":memory:") || strings.ContainsAny(path, "?#"):
			s.add(text, "is no plain file, and would not be there for the next command", "Write sqlite:PATH, such as sqlite:orglogin.db.")
		case strings.Contains(path, "://"):
			s.add(text, "is a URL of another kind behind sqlite:", fix)
		case strings.HasPrefix(path, "//"):
			s.add(text, "is a URL", "Write the path right after the colon: sqlite:"+strings.TrimPrefix(path, "//")+".")
		default:
			return text
		}
		return ""
	}
	u, err := postgres.ParseURL(text)
	switch {
	case err != nil:
		s.check.addAddress(s.variable, text, "cannot be used: "+err.Error(), fix)
	case u.User == "":
		s.check.addAddress(s.variable, text, "names no user", fix)
	default:
		return text
	}
	return ""
}
