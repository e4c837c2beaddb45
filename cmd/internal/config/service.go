package config

import (
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"

	"orglogin/handlers"
	"orglogin/handlers/seal"
	"orglogin/handlers/token"
	"orglogin/store"
	"orglogin/store/cache"
)

// Check returns the policy, empty where it is none.
func (s SignupSettings) Check(c *Check) store.Signup {
	switch signup := store.Signup(s.Signup); signup {
	case store.SignupOrganization, store.SignupProfile, store.SignupClosed:
		return signup
	}
	c.Add("SIGNUP", s.Signup, "is no policy", "Write organization, profile or closed.")
	return ""
}

// maxLifetime is how long browsers keep a cookie at most (RFC 6265bis 5.5).
const maxLifetime = 400 * 24 * time.Hour

// defaultIdle is the idle time where none is set and the lifetime is not shorter.
const defaultIdle = 2 * time.Hour

// Check returns the times, zero where a setting is invalid.
func (s SessionSettings) Check(c *Check) Sessions {
	sessions := Sessions{
		Lifetime: c.duration("SESSION_LIFETIME", s.SessionLifetime, "12h"),
	}
	if s.SessionIdle == "" {
		sessions.Idle = min(defaultIdle, sessions.Lifetime)
	} else {
		sessions.Idle = c.duration("SESSION_IDLE", s.SessionIdle, "2h")
	}
	switch {
	case sessions.Lifetime > maxLifetime:
		c.Add("SESSION_LIFETIME", s.SessionLifetime, "is longer than browsers keep a cookie", "Write 9600h (400 days) or less.")
	case s.SessionIdle == "" || sessions.Lifetime == 0:
	case sessions.Idle > sessions.Lifetime:
		c.Add("SESSION_IDLE", s.SessionIdle, "is longer than "+Prefix+"SESSION_LIFETIME, which ends the session first",
			"Write "+s.SessionLifetime+" or less.")
	}
	return sessions
}

// maxShutdownDelay is above what any balancer needs to see a failed check.
const maxShutdownDelay = 5 * time.Minute

func (c *Check) shutdownDelay(text string) time.Duration {
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || d > maxShutdownDelay {
		c.Add("SHUTDOWN_DELAY", text, "is not a duration from 0s to 5m", "Write a number and a unit of s or m, such as 1s.")
		return 0
	}
	return d
}

// duration parses a Go duration that is more than zero.
func (c *Check) duration(variable, text, example string) time.Duration {
	fix := "Write a number and a unit of s, m or h, such as " + example + "."
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		c.Add(variable, text, "is no duration", fix)
	case d <= 0:
		c.Add(variable, text, "is not more than zero", fix)
	default:
		return d
	}
	return 0
}

// Check reads both, so that serve starts with keys that hold.
func (s KeySettings) Check(c *Check) Keys {
	return Keys{Secret: c.SecretKeys(s.SecretKeys), SigningFile: c.signingKeys(s.SigningKeysFile)}
}

const MakeKeys = "Make keys with orglogin keys new --dir DIR"

// SecretKeys parses SECRET_KEYS, newest first. Without a mistake there is at least one.
func (c *Check) SecretKeys(text string) [][]byte {
	if text == "" {
		c.missing("SECRET_KEYS", MakeKeys+" and write DIR/secret-keys in "+Prefix+"SECRET_KEYS_FILE.")
		return nil
	}
	keys, err := seal.ParseKeys(text)
	if err != nil {
		// The text of err shows no more of a key than AddSecret does.
		c.AddSecret("SECRET_KEYS", text, "has a bad key: "+strings.ReplaceAll(err.Error(), "\n", "; "),
			"Write 32 bytes in base64, newest first, with commas between: "+MakeKeys+".")
	}
	return keys
}

// signingKeys returns the file, empty where it holds none.
func (c *Check) signingKeys(file string) string {
	const variable, fix = "SIGNING_KEYS_FILE", MakeKeys + " and write DIR/signing-keys.json here."
	if file == "" {
		c.missing(variable, fix)
		return ""
	}
	// What the tokens say does not matter here.
	if _, err := token.Open(file, token.Config{Now: time.Now}); err != nil {
		c.Add(variable, file, "is refused: "+strings.ReplaceAll(err.Error(), "\n", "; "), fix)
		return ""
	}
	return file
}

// Check returns the part of [Config] that only serve reads.
func (s ServiceSettings) Check(c *Check) Config {
	return Config{
		Redis:          c.redis(s.RedisURL),
		CacheTTL:       c.duration("CACHE_TTL", s.CacheTTL, "5m"),
		TrustedProxies: c.proxies("TRUSTED_PROXIES", s.TrustedProxies),
		ListenAddr:     c.address("LISTEN_ADDR", s.ListenAddr, ":8080"),
		RateLimit:      c.rateLimit("RATE_LIMIT", s.RateLimit),
		Token: Token{
			Audience: c.claim("TOKEN_AUDIENCE", s.TokenAudience),
			Role:     c.claim("TOKEN_ROLE", s.TokenRole),
		},
		CookieSuffix:  c.cookieSuffix(s.CookieSuffix),
		ShutdownDelay: c.shutdownDelay(s.ShutdownDelay),
		Discovery:     c.onOff("DISCOVERY", s.Discovery),
		DNSResolver:   s.DNSSettings.Check(c),
	}
}

// Check returns HOST:PORT, empty where none is set or it is none.
func (s DNSSettings) Check(c *Check) string {
	if s.DNSResolver == "" {
		return ""
	}
	address := c.address("DNS_RESOLVER", s.DNSResolver, "192.0.2.53:53")
	if strings.HasPrefix(address, ":") || strings.HasSuffix(address, ":0") {
		c.Add("DNS_RESOLVER", s.DNSResolver, "names no server", "Write HOST:PORT, such as 192.0.2.53:53.")
		return ""
	}
	return address
}

// Check returns the address, empty where it is none.
func (s AdminSettings) Check(c *Check) string {
	return c.address("ADMIN_LISTEN_ADDR", s.AdminListenAddr, "127.0.0.1:9090")
}

// CheckListeners refuses one address for two listeners: the metrics or the API would be public, or the pages unreachable.
func CheckListeners(c *Check, cfg Config) {
	type listener struct{ variable, address string }
	all := []listener{{"LISTEN_ADDR", cfg.ListenAddr}, {"ADMIN_LISTEN_ADDR", cfg.AdminAddr}}
	if cfg.API.Network == "tcp" {
		all = append(all, listener{"API_LISTEN_ADDR", cfg.API.Address})
	}
	for i, second := range all {
		for _, first := range all[:i] {
			if sameAddress(first.address, second.address) {
				c.Add(second.variable, second.address, "has the port of "+Prefix+first.variable+" at the same address", "Write another port.")
			}
		}
	}
}

func sameAddress(a, b string) bool {
	host, port, err := net.SplitHostPort(a)
	otherHost, otherPort, err2 := net.SplitHostPort(b)
	if err != nil || err2 != nil || port != otherPort || port == "0" {
		return false
	}
	return host == otherHost || everyAddress(host) || everyAddress(otherHost)
}

// onOff reports whether a setting is on.
func (c *Check) onOff(variable, text string) bool {
	if text != "on" && text != "off" {
		c.Add(variable, text, "is not a choice", "Write on or off.")
	}
	return text == "on"
}

func everyAddress(host string) bool { return host == "" || host == "0.0.0.0" || host == "::" }

// redis parses each URL before the rules of [cache.CheckRedis], so that a password that is not encoded is
// reported as that.
func (c *Check) redis(text string) []string {
	const variable = "REDIS_URL"
	urls := c.list(variable, text)
	for _, item := range urls {
		if _, err := store.ParseAddress(item); err != nil {
			c.addAddress(variable, item, err.Error(), "Write SCHEME://USER:PASSWORD@HOST:PORT with both percent-encoded.")
		}
	}
	if len(urls) == 0 || c.has(variable) {
		return nil
	}
	if err := cache.CheckRedis(urls); err != nil {
		c.addAddress(variable, strings.Join(urls, ","), "cannot be used: "+strings.ReplaceAll(err.Error(), "\n", "; "),
			"Write redis://HOST:PORT, rediss://USER:PASSWORD@HOST:PORT or unix:///PATH.")
		return nil
	}
	return urls
}

// address is HOST:PORT to listen on; an empty host is every address.
func (c *Check) address(variable, text, example string) string {
	fix := "Write HOST:PORT, such as " + example + "."
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		c.Add(variable, text, "is no address", fix)
		return ""
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		c.Add(variable, text, "has no port from 0 to 65535", fix)
		return ""
	}
	if _, err := netip.ParseAddr(host); err != nil && host != "" && hostProblem(strings.ToLower(host)) != "" {
		c.Add(variable, text, "has no host to listen on", fix)
		return ""
	}
	return text
}

func (c *Check) rateLimit(variable, text string) handlers.Limit {
	limit, err := parseRateLimit(text)
	if err != nil {
		c.Add(variable, text, err.Error(), "Write a number per s, m or h, such as 120/m, or off.")
	}
	return limit
}

// maxRate keeps a bucket's arithmetic far from its ends.
const maxRate = 1_000_000

// parseRateLimit takes COUNT/UNIT, or off, which is the zero Limit. The error
// is the rest of a sentence.
func parseRateLimit(text string) (handlers.Limit, error) {
	if text == "off" {
		return handlers.Limit{}, nil
	}
	number, unit, _ := strings.Cut(text, "/")
	per, ok := map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour}[unit]
	if !ok {
		return handlers.Limit{}, fmt.Errorf("is no rate")
	}
	count, err := strconv.ParseUint(number, 10, 32)
	switch {
	case err != nil:
		return handlers.Limit{}, fmt.Errorf("has no number before the slash")
	case count == 0:
		return handlers.Limit{}, fmt.Errorf("would refuse every login")
	case count > maxRate:
		return handlers.Limit{}, fmt.Errorf("is more than %d", maxRate)
	}
	return handlers.Limit{Count: int(count), Per: per}, nil
}

// claim is a word that stands in a token and, as a role, in SQL.
func (c *Check) claim(variable, text string) string {
	if text == "" || len(text) > 256 || !plainText(text) || strings.ContainsAny(text, `"\`) {
		c.Add(variable, text, "is no claim", "Write one word of printing ASCII characters, such as authenticated.")
		return ""
	}
	return text
}

var cookieSuffixPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{0,32}$`)

// cookieSuffix is of the characters that every proxy takes in a cookie's name.
func (c *Check) cookieSuffix(text string) string {
	if !cookieSuffixPattern.MatchString(text) {
		c.Add("COOKIE_SUFFIX", text, "has other characters than A-Z, a-z, 0-9, - and _, or more than 32", "Write a suffix such as -staging.")
		return ""
	}
	return text
}
