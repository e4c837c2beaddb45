package config

import (
	"testing"

	"github.com/alecthomas/kong"
)

// read reads flags into a group of settings.
func read(t *testing.T, group any, flags ...string) *Check {
	t.Helper()
	check := &Check{}
	parser, err := kong.New(group, check.Decoders()...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(flags); err != nil {
		t.Fatal(err)
	}
	return check
}

func TestAMistakeCountsWhereItsVariableIsUsed(t *testing.T) {
	var cfg Config
	check := read(t, &cfg, "--rate-limit=fast", "--session-idle=0s")
	if check.Use(&cfg.Token); len(check.Mistakes) != 0 {
		t.Fatalf("a command that reads the token's settings alone reports %v", check.Mistakes)
	}
	check.Use(&cfg.Sessions)
	check.Use(&cfg.Sessions)
	if len(check.Mistakes) != 1 || check.Mistakes[0].Variable != "SESSION_IDLE" {
		t.Errorf("got %v, want the mistake of SESSION_IDLE once", check.Mistakes)
	}
}

func TestShortDuration(t *testing.T) {
	for text, want := range map[string]string{"12h": "12h", "90m": "1h30m", "10m": "10m", "1s": "1s", "10s": "10s", "1h0m1s": "1h0m1s", "100h": "100h"} {
		var s Sessions
		read(t, &s, "--session-lifetime="+text)
		if got := shortDuration(s.Lifetime); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}
