package store_test

import (
	"fmt"
	"regexp"
	"testing"

	"orglogin/store"
)

func TestNewInvitationTokensSurviveTheEndOfASentence(t *testing.T) {
	shape := regexp.MustCompile(`^[A-Za-z0-9_-]{31}[A-Za-z0-9]$`)
	seen := map[string]bool{}
	for range 2000 { // one in 32 would end in - or _
		token := store.NewInvitationToken()
		if !shape.MatchString(token) || seen[token] {
			t.Fatalf("%q: 32 characters, the last a letter or digit, and never again", token)
		}
		seen[token] = true
		if got := store.TrimInvitationToken(token + ">."); got != token {
			t.Fatalf("%q is cut to %q", token+">.", got)
		}
	}
}

func TestTrimInvitationToken(t *testing.T) {
	for given, want := range map[string]string{
		"": "", "abc": "abc", "abc-": "abc-", "abc_": "abc_", "abc=": "abc=", ".abc": ".abc", "a.b": "a.b",
		"abc.": "abc", "abc>),;'\"": "abc", "abc” ": "abc", "abc\u200b\n": "abc",
		".": ".", "..\u200b": "..\u200b", "\xff": "\xff",
	} {
		t.Run(fmt.Sprintf("%q", given), func(t *testing.T) {
			if got := store.TrimInvitationToken(given); got != want {
				t.Errorf("%q, want %q", got, want)
			}
		})
	}
}
