package store_test

import (
	"strings"
	"testing"

	"orglogin/store"
)

func TestCheckDNSName(t *testing.T) {
	for name, want := range map[string]bool{
		"example.com": true, "a": true, "xn--bcher-kva.example": true, "1.example.com": true, strings.Repeat("a.", 126) + "a": true,
		"": false, ".": false, "a..b": false, "a.": false, "-a.b": false, "a-.b": false, "A.b": false, "a_b.c": false, "é.example": false,
		"127.0.0.1": false, "a.1": false, strings.Repeat("a", 64) + ".b": false, strings.Repeat("a.", 127) + "a": false,
	} {
		if err := store.CheckDNSName(name); (err == nil) != want {
			t.Errorf("%.40q: %v", name, err)
		}
	}
}

func TestIsLoopback(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "a.LOCALHOST": true, "127.0.0.1": true, "127.9.9.9": true, "::1": true, "[::1]": true, "::ffff:127.0.0.1": true,
		"": false, "notlocalhost": false, "localhost.example.com": false, "10.0.0.1": false, "::2": false, "0.0.0.0": false,
	} {
		if got := store.IsLoopback(host); got != want {
			t.Errorf("%q: %v", host, got)
		}
	}
}
