package config

import (
	"strings"

	"orglogin/store/postgres"
)

// Check returns the database, of which only what had no mistake is set.
func (s DatabaseSettings) Check(c *Check) Database {
	database := c.databaseURL("DATABASE_URL", s.DatabaseURL)
	if s.DatabaseAdminURL == "" {
		database.AdminURL = database.URL
		return database
	}
	admin := c.databaseURL("DATABASE_ADMIN_URL", s.DatabaseAdminURL)
	switch {
	case database == (Database{}) || admin == (Database{}):
	case (database.Path == "") != (admin.Path == ""):
		c.Add("DATABASE_ADMIN_URL", s.DatabaseAdminURL, "is another kind of database than "+Prefix+"DATABASE_URL", "Write the same database in both.")
	case database.Path != admin.Path:
		c.Add("DATABASE_ADMIN_URL", s.DatabaseAdminURL, "is another file than "+Prefix+"DATABASE_URL",
			"Leave it out: SQLite has no roles.")
	}
	database.AdminURL = admin.URL
	return database
}

// CheckMigrate is Check, and refuses one PostgreSQL user for both URLs: the
// service would own its tables, and row-level security would have no say.
func (s DatabaseSettings) CheckMigrate(c *Check) Database {
	database := s.Check(c)
	if database.URL == "" || database.AdminURL == "" {
		return database
	}
	service, _ := postgres.ParseURL(database.URL) // both were parsed before
	owner, _ := postgres.ParseURL(database.AdminURL)
	if service.User == owner.User {
		const fix = "Make a role that owns nothing for " + Prefix + "DATABASE_URL and write the owner's URL here."
		if s.DatabaseAdminURL == "" {
			c.missing("DATABASE_ADMIN_URL", fix)
		} else {
			c.Add("DATABASE_ADMIN_URL", s.DatabaseAdminURL, "has the same user as "+Prefix+"DATABASE_URL", fix)
		}
	}
	return database
}

// databaseURL returns Path or URL set, the zero value where text is neither.
func (c *Check) databaseURL(variable, text string) Database {
	const fix = "Write postgres://USER:PASSWORD@HOST/DATABASE or sqlite:PATH."
	if path, ok := strings.CutPrefix(text, "sqlite:"); ok {
		switch {
		case path == "":
			c.Add(variable, text, "names no file", "Write sqlite:PATH, such as sqlite:orglogin.db.")
		case strings.HasPrefix(path, ":memory:") || strings.ContainsAny(path, "?#"):
			c.Add(variable, text, "is no plain file, and would not be there for the next command", "Write sqlite:PATH, such as sqlite:orglogin.db.")
		case strings.Contains(path, "://"):
			c.Add(variable, text, "is a URL of another kind behind sqlite:", fix)
		case strings.HasPrefix(path, "//"):
			c.Add(variable, text, "is a URL", "Write the path right after the colon: sqlite:"+strings.TrimPrefix(path, "//")+".")
		default:
			return Database{Path: path}
		}
		return Database{}
	}
	u, err := postgres.ParseURL(text)
	switch {
	case err != nil:
		c.addAddress(variable, text, "cannot be used: "+err.Error(), fix)
	case u.User == "":
		c.addAddress(variable, text, "names no user", fix)
	default:
		return Database{URL: text}
	}
	return Database{}
}
