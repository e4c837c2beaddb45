package config

import (
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"orglogin/handlers"
	"orglogin/handlers/seal"
	"orglogin/handlers/token"
	"orglogin/store"
	"orglogin/store/cache"
)

// choice takes one of the tag choices.
func (s setting) choice(text string) string {
	choices := strings.Split(s.tag.Get("choices"), ",")
	if slices.Contains(choices, text) {
		return text
	}
	last := len(choices) - 1
	s.add(text, "is not a choice", "Write "+strings.Join(choices[:last], ", ")+" or "+choices[last]+".")
	return ""
}

// maxShutdownDelay is above what any balancer needs to see a failed check.
const maxShutdownDelay = 5 * time.Minute

func (s setting) shutdownDelay(text string) time.Duration {
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || d > maxShutdownDelay {
		s.add(text, "is not a duration from 0s to 5m", "Write a number and a unit of s or m, such as 1s.")
		return 0
	}
	return d
}

// duration parses a Go duration that is more than zero.
func (s setting) duration(text string) time.Duration {
	fix := "Write a number and a unit of s, m or h, such as " + s.example() + "."
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		s.add(text, "is no duration", fix)
	case d <= 0:
		s.add(text, "is not more than zero", fix)
	default:
		return d
	}
	return 0
}

// shortDuration is d as people write it: 12h, not 12h0m0s.
func shortDuration(d time.Duration) string {
	text := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, zero) {
			text = strings.TrimSuffix(text, zero[1:])
		}
	}
	return text
}

const MakeKeys = "Make keys with orglogin keys new --dir DIR"

// secretKeys returns the keys, newest first.
func (s setting) secretKeys(text string) [][]byte {
	keys, err := seal.ParseKeys(text)
	if err != nil {
		// The text of err shows no more of a key than AddSecret does.
		s.check.AddSecret(s.variable, text, "has a bad key: "+strings.ReplaceAll(err.Error(), "\n", "; "),
			"Write 32 bytes in base64, newest first, with commas between: "+MakeKeys+".")
	}
	return keys
}

// signingKeys returns the file, which holds keys that can be used.
func (s setting) signingKeys(file string) string {
	// What the tokens say does not matter here.
	if _, err := token.Open(file, token.Config{Now: time.Now}); err != nil {
		s.add(file, "is refused: "+strings.ReplaceAll(err.Error(), "\n", "; "), MakeKeys+" and write DIR/signing-keys.json here.")
		return ""
	}
	return file
}

// dnsServer is HOST:PORT of a server.
func (s setting) dnsServer(text string) string {
	address := s.address(text)
	if strings.HasPrefix(address, ":") || strings.HasSuffix(address, ":0") {
		s.add(text, "names no server", "Write HOST:PORT, such as 192.0.2.53:53.")
		return ""
	}
	return address
}

// checkListeners refuses one address for two listeners: the metrics or the API would be public, or the pages unreachable.
func (cfg *Config) checkListeners(c *Check) {
	type listener struct{ variable, address string }
	all := []listener{{"LISTEN_ADDR", cfg.ListenAddr}, {"ADMIN_LISTEN_ADDR", cfg.AdminAddr}}
	if network, address := cfg.API.Endpoint(); network == "tcp" {
		all = append(all, listener{"API_LISTEN_ADDR", address})
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

func everyAddress(host string) bool { return host == "" || host == "0.0.0.0" || host == "::" }

// redisURLs parses each URL before [cache.CheckRedis], so that it is reported where a password is not percent-encoded.
func (s setting) redisURLs(text string) []string {
	urls := s.list(text)
	for _, item := range urls {
		if _, err := store.ParseAddress(item); err != nil {
			s.check.addAddress(s.variable, item, err.Error(), "Write SCHEME://USER:PASSWORD@HOST:PORT with both percent-encoded.")
		}
	}
	if len(s.check.Mistakes) > 0 {
		return nil
	}
	if err := cache.CheckRedis(urls); err != nil {
		s.check.addAddress(s.variable, strings.Join(urls, ","), "cannot be used: "+strings.ReplaceAll(err.Error(), "\n", "; "),
			"Write redis://HOST:PORT, rediss://USER:PASSWORD@HOST:PORT or unix:///PATH.")
		return nil
	}
	return urls
}

// address is HOST:PORT to listen on; an empty host is every address.
func (s setting) address(text string) string {
	fix := "Write HOST:PORT, such as " + s.example() + "."
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		s.add(text, "is no address", fix)
		return ""
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		s.add(text, "has no port from 0 to 65535", fix)
		return ""
	}
	if _, err := netip.ParseAddr(host); err != nil && host != "" && hostProblem(strings.ToLower(host)) != "" {
		s.add(text, "has no host to listen on", fix)
		return ""
	}
	return text
}

func (s setting) rateLimit(text string) handlers.Limit {
	limit, err := parseRateLimit(text)
	if err != nil {
		s.add(text, err.Error(), "Write a number per s, m or h, such as 120/m, or off.")
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

// claim is a word for a token and, as a role, for SQL.
func (s setting) claim(text string) string {
	if text == "" || len(text) > 256 || !plainText(text) || strings.ContainsAny(text, `"\`) {
		s.add(text, "is no claim", "Write one word of printing ASCII characters, such as authenticated.")
		return ""
	}
	return text
}

var cookieSuffixPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{0,32}$`)

// cookieSuffix is of the characters that every proxy takes in a cookie's name.
func (s setting) cookieSuffix(text string) string {
	if !cookieSuffixPattern.MatchString(text) {
		s.add(text, "has other characters than A-Z, a-z, 0-9, - and _, or more than 32", "Write a suffix such as -staging.")
		return ""
	}
	return text
}
