package deploy_test

import (
	"bytes"
	"encoding/json"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Traefik comes in no distribution and takes minutes to build, so make test only reads its files: the lists that must be
// complete, and the rules that must leave verify and forward out. make test-all runs it (traefik_all_test.go).
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
		for _, name := range identityHeaders {
			if !strings.Contains(list, "          - "+name+"\n") {
				t.Errorf("%s is not in authResponseHeaders", name)
			}
		}
	})
	t.Run("every identity header is cleared", func(t *testing.T) {
		list := section("no-identity", "no-other-url")
		for _, name := range identityHeaders {
			if !strings.Contains(list, "          "+name+": \"\"\n") {
				t.Errorf("%s passes", name)
			}
		}
	})
	t.Run("every header that names a URL is Traefik's own or cleared", func(t *testing.T) {
		list := section("no-other-url", "no-session")
		for _, name := range urlHeaders {
			switch name {
			case "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port":
				continue // Traefik overwrites these for peers that it does not trust
			}
			if !strings.Contains(list, "          "+name+": \"\"\n") {
				t.Errorf("%s passes", name)
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
			if all {
				continue
			}
			// Traefik matches the decoded path, or in later versions one with its reserved characters escaped.
			_, plain, _ := strings.Cut(rule[1], "PathRegexp(`")
			plain, _, found := strings.Cut(plain, "`)")
			if !found || !strings.HasPrefix(plain, "^") || !strings.HasSuffix(plain, "$") {
				t.Fatalf("%s has no rule for the whole path", rule[1])
			}
			matches := regexp.MustCompile(plain).MatchString
			for _, path := range []string{"/login", "/auth/session", "/auth/static/orglogin.0a1b.css", "/auth/why/k3v5x2mq7a4tbn6w"} {
				if !matches(path) {
					t.Errorf("%s leads nowhere by %s", path, plain)
				}
			}
			for _, path := range outsideSpellings() {
				path, _, _ = strings.Cut(path, "?")
				decoded, err := url.PathUnescape(path)
				if err != nil {
					continue // 400: net/http, which Traefik reads requests with, refuses it
				}
				for _, seen := range []string{path, decoded} {
					denied := strings.HasPrefix(seen, "/auth/verify") || strings.HasPrefix(seen, "/auth/forward") || !matches(seen)
					if !denied && (strings.ContainsAny(path, `%;\`) || strings.Contains(path, "/.")) {
						t.Errorf("%s is routed as %s", path, seen)
					}
				}
			}
		}
	})
	t.Run("an upgrade to anything but a WebSocket leads nowhere", func(t *testing.T) {
		rule := section("app", "signed-in")
		if !strings.Contains(rule, "&&\n        (!HeaderRegexp(`Upgrade`, `.`) || HeaderRegexp(`Upgrade`, `(?i)^websocket$`))\n      priority") {
			t.Error(rule)
		}
	})
	t.Run("both files are YAML, and every name in them is one that Traefik knows", func(t *testing.T) {
		type named map[string]json.RawMessage
		var dynamic struct {
			HTTP struct {
				Routers map[string]struct {
					Rule, Service string
					EntryPoints   []string
					Middlewares   []string
					TLS           struct{ CertResolver string }
				}
				Middlewares, Services map[string]named
			}
		}
		var static struct {
			EntryPoints           named
			CertificatesResolvers named
			Providers             struct{ File struct{ Filename string } }
		}
		readYAML(t, "traefik.dynamic.yaml", &dynamic)
		readYAML(t, "traefik.yaml", &static)
		if static.Providers.File.Filename != "traefik.dynamic.yaml" || len(dynamic.HTTP.Routers) != 3 {
			t.Errorf("%q, %d routers", static.Providers.File.Filename, len(dynamic.HTTP.Routers))
		}
		used := map[string]bool{}
		for name, r := range dynamic.HTTP.Routers {
			if r.Rule == "" || dynamic.HTTP.Services[r.Service] == nil || static.CertificatesResolvers[r.TLS.CertResolver] == nil || len(r.EntryPoints) == 0 {
				t.Errorf("%s: %+v", name, r)
			}
			for _, e := range r.EntryPoints {
				if static.EntryPoints[e] == nil {
					t.Errorf("%s comes in at %s, which is no entry point", name, e)
				}
			}
			for _, m := range r.Middlewares {
				if used[m] = true; len(dynamic.HTTP.Middlewares[m]) != 1 {
					t.Errorf("%s goes through %s, which is no middleware", name, m)
				}
			}
			// What a browser says of a person or a URL is cleared before anybody is asked, and before the answer is added.
			if len(r.Middlewares) < 2 || r.Middlewares[0] != "no-identity" || r.Middlewares[1] != "no-other-url" {
				t.Errorf("%s goes through %q", name, r.Middlewares)
			}
			if guarded := slices.Contains(r.Middlewares, "signed-in") && slices.Index(r.Middlewares, "no-session") > slices.Index(r.Middlewares, "signed-in"); guarded != (r.Service == "app") {
				t.Errorf("%s leads to %s through %q", name, r.Service, r.Middlewares)
			}
		}
		for m := range dynamic.HTTP.Middlewares {
			if !used[m] {
				t.Errorf("nothing goes through %s", m)
			}
		}
	})
	t.Run("a browser's word about the URL is not believed", func(t *testing.T) {
		static, err := os.ReadFile("traefik.yaml")
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range []string{"insecure: false", "aliasHeadersStrategy: delete"} {
			if !strings.Contains(string(static), line) {
				t.Errorf("traefik.yaml does not say %q", line)
			}
		}
		if !strings.Contains(string(text), "trustForwardHeader: false") {
			t.Error("it is")
		}
	})
}

// readYAML reads a file with a parser that others wrote, by way of JSON.
func readYAML(t *testing.T, file string, into any) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	candidates := []string{"/usr/bin/python3", "python3"}
	i := slices.IndexFunc(candidates, func(python string) bool {
		return exec.CommandContext(t.Context(), python, "-c", "import yaml").Run() == nil
	})
	if i < 0 {
		t.Fatal("no python3 reads YAML: Debian and Ubuntu have it in the package python3-yaml")
	}
	cmd := exec.CommandContext(t.Context(), candidates[i], "-c", "import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)")
	cmd.Stdin = bytes.NewReader(text)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s is no YAML: %v", file, err)
	}
	if err := json.Unmarshal(out, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}
