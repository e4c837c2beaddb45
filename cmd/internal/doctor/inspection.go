package doctor

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"time"

	"orglogin/cmd/internal/config"
	"orglogin/handlers/token"
	"orglogin/store/postgres"
)

// Inspection checks what a site needs to run. It changes nothing but a key of its
// own in Redis, for a second, and no request to another server is without a
// deadline.
type Inspection struct {
	Config   config.Config   // as far as it holds
	Mistakes config.Mistakes // the rest
	Logger   *slog.Logger
	Now      func() time.Time
	// DialContext opens the connections to the provider; nil asks the system's resolver.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)
	// LookupNetIP is that of [net.Resolver].
	LookupNetIP func(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// NewInspection uses the clock, network and resolver of this machine.
func NewInspection(cfg config.Config, mistakes config.Mistakes, logger *slog.Logger) Inspection {
	return Inspection{Config: cfg, Mistakes: mistakes, Logger: logger, Now: time.Now, LookupNetIP: net.DefaultResolver.LookupNetIP}
}

// answerWithin is the deadline of one question to a server. PostgreSQL has one
// for each of its own too.
const answerWithin = 15 * time.Second

// Report runs every check, causes before their effects. A check whose settings are mistaken is left out: the
// mistake is in the report.
func (i Inspection) Report(ctx context.Context) Report {
	findings := append(i.configuration(), i.keys()...)
	for _, check := range []func(context.Context) []Finding{i.database, i.domains, i.redis, i.providers, i.cookieDomain, i.wildcard} {
		within, cancel := context.WithTimeout(ctx, answerWithin)
		findings = append(findings, check(within)...)
		cancel()
	}
	return newReport("The site", findings)
}

// aboutKeys are the mistakes that the check of the keys reports.
func aboutKeys(m config.Mistake) bool {
	return strings.HasPrefix(m.Variable, "SECRET_KEYS") || strings.HasPrefix(m.Variable, "SIGNING_KEYS")
}

func (i Inspection) mistakes(name string, wanted func(config.Mistake) bool) (findings []Finding) {
	for _, m := range i.Mistakes {
		if wanted(m) {
			findings = append(findings, ofMistake(name, m))
		}
	}
	return findings
}

func (i Inspection) configuration() []Finding {
	if found := i.mistakes("configuration", func(m config.Mistake) bool { return !aboutKeys(m) }); len(found) > 0 {
		return found
	}
	return []Finding{{Name: "configuration", OK: true, Detail: "every variable is set as it should be"}}
}

func (i Inspection) keys() []Finding {
	if found := i.mistakes("keys", aboutKeys); len(found) > 0 {
		return found
	}
	if _, err := token.Open(i.Config.Keys.SigningFile, token.Config{Now: i.Now}); err != nil {
		return []Finding{{Name: "keys", Detail: err.Error(), Fix: config.MakeKeys + "."}}
	}
	return []Finding{{Name: "keys", OK: true, Detail: fmt.Sprintf("%d for cookies; those in %s for tokens", len(i.Config.Keys.Secret), i.Config.Keys.SigningFile)}}
}

func (i Inspection) database(ctx context.Context) []Finding {
	if i.Config.Database == (config.Database{}) {
		return nil
	}
	failed := func(err error) []Finding { return FailureReport(err).Checks }
	e, err := openExaminer(ctx, i.Config.Database, i.Logger)
	if err != nil {
		return failed(err)
	}
	defer func() { _ = e.Close() }() // nothing was written
	checks, err := e.Database(ctx)
	var findings []Finding
	for _, c := range checks {
		findings = append(findings, ofCheck(c))
	}
	if err != nil {
		findings = append(findings, failed(err)...)
	}
	if url := i.Config.Database.APIURL; url != "" {
		findings = append(findings, ofCheck(postgres.CheckAPI(ctx, postgres.Config{URL: url, Logger: i.Logger})))
	}
	return findings
}
