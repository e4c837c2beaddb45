package config

// Publish says how a command publishes what it has changed to the running instances. The zero
// value publishes nothing.
type Publish struct {
	Redis       []string
	Environment string   // see [Environment]
	Secrets     [][]byte // SECRET_KEYS, newest first
	// Missing is the variable without which nothing can be sealed as the instances do;
	// empty where none is missing.
	Missing string
}

// Check returns how to publish to the instances of a base domain, which may be empty. What is
// missing is no mistake: the command's change is made without it, and a warning says so.
func (s PublishSettings) Check(c *Check, baseDomain string) Publish {
	urls := c.redis(s.RedisURL)
	if len(urls) == 0 {
		return Publish{}
	}
	p := Publish{Redis: urls, Environment: Environment(baseDomain, c.cookieSuffix(s.CookieSuffix))}
	if s.SecretKeys != "" {
		p.Secrets = c.SecretKeys(s.SecretKeys)
	}
	switch {
	case baseDomain == "":
		p.Missing = "BASE_DOMAIN"
	case len(p.Secrets) == 0:
		p.Missing = "SECRET_KEYS"
	}
	return p
}

// Check returns the domain, empty where none was given.
func (s DomainSettings) Check(c *Check) string {
	if s.BaseDomain == "" {
		return ""
	}
	return c.baseDomain(s.BaseDomain)
}

// RequiredBaseDomain is the domain, where it is required and nothing else is read of the site.
func (c *Check) RequiredBaseDomain(text string) string { return c.baseDomain(text) }

// Environment separates services that share a Redis.
func Environment(baseDomain, cookieSuffix string) string { return baseDomain + cookieSuffix }
