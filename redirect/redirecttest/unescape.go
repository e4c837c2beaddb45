// Package redirecttest reads the lists of redirects in redirect/testdata, for
// every test that sends them somewhere.
package redirecttest

import (
	"regexp"
	"strconv"
	"strings"
)

var (
	repeats    = regexp.MustCompile(`\\\*\{(\d+)\}\{([^}]*)\}`)
	octets     = regexp.MustCompile(`\\x([0-9A-Fa-f]{2})`)
	codePoints = regexp.MustCompile(`\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})`)
)

// Unescape decodes a value of the lists, as their heads say: \*{N}{S} is S
// repeated N times, \xHH an octet, \uHHHH and \UHHHHHHHH a code point.
func Unescape(value string) string {
	value = repeats.ReplaceAllStringFunc(value, func(s string) string {
		m := repeats.FindStringSubmatch(s)
		n, _ := strconv.Atoi(m[1])
		return strings.Repeat(m[2], n)
	})
	value = octets.ReplaceAllStringFunc(value, func(s string) string {
		n, _ := strconv.ParseUint(s[2:], 16, 8)
		return string([]byte{byte(n)})
	})
	return codePoints.ReplaceAllStringFunc(value, func(s string) string {
		n, _ := strconv.ParseUint(s[2:], 16, 32)
		return string(rune(n))
	})
}
