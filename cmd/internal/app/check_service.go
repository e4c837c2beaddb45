package app

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
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

// Check returns the times, zero where they are none.
func (s SessionSettings) Check(c *Check) Sessions {
	sessions := Sessions{
		Lifetime: c.duration("SESSION_LIFETIME", s.SessionLifetime, "12h"),
		Idle:     c.duration("SESSION_IDLE", s.SessionIdle, "2h"),
	}
	if sessions.Lifetime > maxLifetime {
		c.Add("SESSION_LIFETIME", s.SessionLifetime, "is longer than browsers keep a cookie", "Write 9600h (400 days) or less.")
	}
	return sessions
}

// duration is a positive Go duration.
func (c *Check) duration(variable, text, example string) time.Duration {
	mend := "Write a number and a unit of s, m or h, such as " + example + "."
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		c.Add(variable, text, "is no duration", mend)
	case d <= 0:
		c.Add(variable, text, "is no time at all", mend)
	default:
		return d
	}
	return 0
}

// Check reads both, so that serve starts with keys that hold.
func (s KeySettings) Check(c *Check) Keys {
	return Keys{Secret: c.secretKeys(s.SecretKeys), SigningFile: c.signingKeys(s.SigningKeysFile)}
}

const makeKeys = "Make keys with orglogin keys new --dir DIR"

func (c *Check) secretKeys(text string) [][]byte {
	if text == "" {
		c.missing("SECRET_KEYS", makeKeys+" and write DIR/secret-keys in "+Prefix+"SECRET_KEYS_FILE.")
		return nil
	}
	keys, err := seal.ParseKeys(text)
	if err != nil {
		// The text of err shows no more of a key than AddSecret does.
		c.AddSecret("SECRET_KEYS", text, "has a bad key: "+strings.ReplaceAll(err.Error(), "\n", "; "),
			"Write 32 bytes in base64, newest first, with commas between: "+makeKeys+".")
	}
	return keys
}

// signingKeys returns the file, empty where it holds none.
func (c *Check) signingKeys(file string) string {
	const variable, mend = "SIGNING_KEYS_FILE", makeKeys + " and write DIR/signing-keys.json here."
	if file == "" {
		c.missing(variable, mend)
		return ""
	}
	// What the tokens say does not matter here.
	if _, err := token.Open(file, token.Config{Now: time.Now}); err != nil {
		c.Add(variable, file, "is refused: "+strings.ReplaceAll(err.Error(), "\n", "; "), mend)
		return ""
	}
	return file
}

// Check returns the part of [Config] that only serve reads.
func (s ServiceSettings) Check(c *Check) Config {
	return Config{
		Redis:          c.redis(s.RedisURL),
		CacheTTL:       c.duration("CACHE_TTL", s.CacheTTL, "5m"),
		TrustedProxies: c.prefixes("TRUSTED_PROXIES", s.TrustedProxies),
		ListenAddr:     c.address("LISTEN_ADDR", s.ListenAddr, ":8080"),
		RateLimit:      c.rateLimit("RATE_LIMIT", s.RateLimit),
		Token: Token{
			Audience: c.claim("TOKEN_AUDIENCE", s.TokenAudience),
			Role:     c.claim("TOKEN_ROLE", s.TokenRole),
		},
		CookieSuffix: c.cookieSuffix(s.CookieSuffix),
	}
}

// Check returns the address, empty where it is none.
func (s AdminSettings) Check(c *Check) string {
	return c.address("ADMIN_LISTEN_ADDR", s.AdminListenAddr, "127.0.0.1:9090")
}

// CheckListeners refuses one address for both listeners: the public would
// read the metrics, or nobody the pages.
func CheckListeners(c *Check, cfg Config) {
	if cfg.AdminAddr == "" || cfg.AdminAddr != cfg.ListenAddr || strings.HasSuffix(cfg.AdminAddr, ":0") {
		return
	}
	c.Add("ADMIN_LISTEN_ADDR", cfg.AdminAddr, "is the address of "+Prefix+"LISTEN_ADDR too", "Write another port.")
}

// redis wants a password and TLS where the network could listen: what is
// cached decides where people go.
func (c *Check) redis(text string) []string {
	const variable, mend = "REDIS_URL", "Write redis://HOST:PORT, rediss://USER:PASSWORD@HOST:PORT or unix:///PATH."
	var urls []string
	for _, item := range fields(text) {
		u, err := url.Parse(item)
		switch {
		case err != nil:
			c.AddSecret(variable, item, "is no URL", mend+" Percent-encode what stands in user and password.")
		case u.Scheme == "unix" && u.Path != "", u.Scheme == "redis" && loopback(u.Hostname()), u.Scheme == "rediss" && loopback(u.Hostname()):
			urls = append(urls, item)
		case u.Scheme != "redis" && u.Scheme != "rediss" || u.Hostname() == "":
			c.Add(variable, item, "is no Redis that this program knows", mend)
		case u.Scheme == "redis":
			c.Add(variable, item, "would talk over the network in the clear", "Write rediss:// with a password; redis:// is for loopback.")
		default:
			if _, ok := u.User.Password(); !ok {
				c.Add(variable, item, "has no password, so anybody who reaches it decides where people go", "Write rediss://USER:PASSWORD@HOST:PORT.")
				continue
			}
			urls = append(urls, item)
		}
	}
	if len(urls) == 0 || c.has(variable) {
		return urls
	}
	if err := cache.CheckRedis(urls); err != nil {
		// A parameter that is not known may be a password that was spelled wrong.
		c.AddSecret(variable, text, "is refused: "+strings.ReplaceAll(err.Error(), "\n", "; "), mend)
		return nil
	}
	return urls
}

// prefixes takes CIDRs and single addresses; none is nobody.
func (c *Check) prefixes(variable, text string) []netip.Prefix {
	const mend = "Write networks with commas between, such as 127.0.0.0/8,10.0.0.0/8, or none."
	if text == "none" {
		return nil
	}
	var prefixes []netip.Prefix
	for _, item := range fields(text) {
		if addr, err := netip.ParseAddr(item); err == nil && addr.Zone() == "" {
			prefixes = append(prefixes, netip.PrefixFrom(addr, addr.BitLen()))
			continue
		}
		prefix, err := netip.ParsePrefix(item)
		switch {
		case err != nil:
			c.Add(variable, item, "is no network", mend)
		case prefix != prefix.Masked():
			c.Add(variable, item, "has bits set behind its prefix", "Write "+prefix.Masked().String()+" for the network, or the address alone.")
		case prefix.Bits() == 0:
			c.Add(variable, item, "lets everybody say who they are and what they ask for", "Write the networks of your proxies alone.")
		default:
			prefixes = append(prefixes, prefix)
		}
	}
	return prefixes
}

// address is HOST:PORT to listen on; an empty host is every address.
func (c *Check) address(variable, text, example string) string {
	mend := "Write HOST:PORT, such as " + example + "."
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		c.Add(variable, text, "is no address", mend)
		return ""
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		c.Add(variable, text, "has no port from 0 to 65535", mend)
		return ""
	}
	if _, err := netip.ParseAddr(host); err != nil && host != "" && hostProblem(strings.ToLower(host)) != "" {
		c.Add(variable, text, "has no host to listen on", mend)
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
		return handlers.Limit{}, fmt.Errorf("would let nobody in")
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
