package deploy_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// Traefik itself comes in no distribution, so its files are read here by their words: the lists that must be
// complete, and the rules that must leave verify and forward out.
func TestTraefik(t *testing.T) {
	text, err := os.ReadFile("traefik.dynamic.yaml")
	if err != nil {
		t.Fatal(err)
	}
	section := func(from, to string) string {
		_, rest, found := strings.Cut(string(text), "    "+from+":\n")
		if !found {
			t.Fatalf("there is no %s", from)
		}
		part, _, found := strings.Cut(rest, "    "+to+":\n")
		if !found {
			t.Fatalf("there is no %s after %s", to, from)
		}
		return part
	}

	t.Run("every identity header is replaced by ours", func(t *testing.T) {
		list := section("signed-in", "no-identity")
		for _, name := range ourHeaders {
			if !strings.Contains(list, "          - "+name+"\n") {
				t.Errorf("%s is not in authResponseHeaders", name)
			}
		}
	})
	t.Run("every spelling of an identity header is cleared", func(t *testing.T) {
		list := section("no-identity", "no-other-url")
		for _, name := range ourHeaders {
			for _, spelling := range spellings(name) {
				if !strings.Contains(list, "          "+spelling+": \"\"\n") {
					t.Errorf("%s passes", spelling)
				}
			}
		}
	})
	t.Run("every header that names a URL is Traefik's own or cleared", func(t *testing.T) {
		list := section("no-other-url", "no-session")
		for _, name := range urlHeaders {
			for _, spelling := range spellings(name) {
				switch spelling {
				case "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port":
					continue // Traefik overwrites these for peers that it does not trust
				}
				if !strings.Contains(list, "          "+spelling+": \"\"\n") {
					t.Errorf("%s passes", spelling)
				}
			}
		}
	})
	t.Run("no rule routes verify or forward", func(t *testing.T) {
		rules := regexp.MustCompile(`(?s)rule: (.*?)\n      priority`).FindAllStringSubmatch(string(text), -1)
		if len(rules) != 3 {
			t.Fatalf("%d rules", len(rules))
		}
		for _, rule := range rules {
			all := strings.Contains(rule[1], "!PathPrefix(`/auth/`)")
			both := strings.Contains(rule[1], "!PathPrefix(`/auth/verify`)") && strings.Contains(rule[1], "!PathPrefix(`/auth/forward`)")
			if !all && !both {
				t.Errorf("%s", rule[1])
			}
		}
	})
	t.Run("a browser's word about the URL is not believed", func(t *testing.T) {
		static, err := os.ReadFile("traefik.yaml")
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), "trustForwardHeader: false") || !strings.Contains(string(static), "insecure: false") {
			t.Error("it is")
		}
	})
}
