package serve

import (
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/servetest"
)

// withEverything is a configuration that has every metric.
func withEverything(t *testing.T) config.Config {
	t.Helper()
	cfg := servetest.Config(t)
	redis, _ := servetest.Redis(t)
	cfg.Redis, cfg.OrganizationProviders, cfg.Discovery = []string{redis}, config.On, config.On
	cfg.API = config.API{ListenAddr: "127.0.0.1:0", CertFile: filepath.Join(t.TempDir(), "cert.pem"), KeyFile: filepath.Join(t.TempDir(), "key.pem")}
	writeCertificate(t, cfg.API.CertFile, cfg.API.KeyFile)
	cfg.Mail = config.Mail{Server: &url.URL{Scheme: "smtp", Host: "127.0.0.1:1"}, From: config.Sender{Address: "login@example.test"}}
	return cfg
}

var metricName = regexp.MustCompile(`"(orglogin_[a-z_]+)"`)

// metricNames are those of the source.
func metricNames(t *testing.T) []string {
	t.Helper()
	const root = "../../.."
	var names []string
	err := fs.WalkDir(os.DirFS(root), ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(filepath.Join(root, path))
		if strings.Contains(string(text), `"github.com/prometheus/client_golang/prometheus"`) {
			for _, found := range metricName.FindAllStringSubmatch(string(text), -1) {
				names = append(names, found[1])
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func TestEveryMetricIsThereFromTheStart(t *testing.T) {
	s := start(t, withEverything(t), Options{})
	status, metrics := get(t, s.admin+"/metrics", "")
	if status != http.StatusOK {
		t.Fatal(status)
	}
	names := metricNames(t)
	if len(names) < 15 {
		t.Errorf("only %d names in the source", len(names))
	}
	for _, name := range names {
		if !regexp.MustCompile(`(?m)^` + name + `(_bucket|_count)?[ {]`).MatchString(metrics) {
			t.Errorf("no %s", name)
		}
	}
	for _, series := range []string{
		`orglogin_logins_total{outcome="landed",reason="subdomain_not_verified",step="fallback"} 0`,
		`orglogin_logins_total{outcome="failed",reason="provider_away",step=""} 0`,
		`orglogin_redirects_refused_total{reason="host"} 0`,
		`orglogin_verify_total{result="degraded"} 0`,
		`orglogin_lookup_total{result="error",source="database"} 0`,
		`orglogin_requests_total{route="/auth/callback",status="429"} 0`,
		`orglogin_requests_total{route="/auth/verify",status="5xx"} 0`,
		`orglogin_request_duration_seconds_count{route="/auth/forward"} 0`,
		`orglogin_provider_request_duration_seconds_count{endpoint="userinfo"} 0`,
		`orglogin_api_requests_total{route="POST /v1/organizations",status="409"} 0`,
		`orglogin_mail_attempts_total{result="failed"} 0`,
		`orglogin_store_up{store="database"} 1`,
	} {
		if !strings.Contains(metrics, "\n"+series+"\n") {
			t.Errorf("no %s", series)
		}
	}
}
