package config

// Publish says how a command publishes what it has changed to the running instances. The zero value publishes
// nothing.
type Publish struct {
	Redis        []string `name:"redis-url" variable:"REDIS_URL" type:"redis-urls" placeholder:"URL" help:"That of serve, if it has one: through it the running instances learn of the change, which matters behind a transaction pooler."`
	Secrets      [][]byte `name:"secret-keys" variable:"SECRET_KEYS" type:"secret-keys" placeholder:"KEYS" help:"Those of serve, beside its Redis: the messages are sealed."`
	CookieSuffix string   `name:"cookie-suffix" variable:"COOKIE_SUFFIX" type:"cookie-suffix" placeholder:"SUFFIX" help:"That of serve, beside its Redis."`

	BaseDomain string `kong:"-"` // of the instances, as the command read it
}

// Check prepares to publish to the instances of a base domain, which may be empty. What is missing is no mistake:
// the command's change is made without it, and a warning says so. Without Redis the rest does not matter.
func (p *Publish) Check(c *Check, baseDomain string) {
	p.BaseDomain = baseDomain
	if c.UseVariable("REDIS_URL"); len(p.Redis) > 0 {
		c.Use(p)
	}
}

// Missing is the variable without which nothing can be sealed as the instances do; empty where none is missing.
func (p Publish) Missing() string {
	switch {
	case p.BaseDomain == "":
		return "BASE_DOMAIN"
	case len(p.Secrets) == 0:
		return "SECRET_KEYS"
	}
	return ""
}

// Domain says which instances a change is published to, where nothing else is read of the site.
type Domain struct {
	BaseDomain string `name:"base-domain" variable:"BASE_DOMAIN" type:"base-domain" placeholder:"DOMAIN" help:"That of serve, beside its Redis."`
}

// Environment separates services that share a Redis.
func Environment(baseDomain, cookieSuffix string) string { return baseDomain + cookieSuffix }
