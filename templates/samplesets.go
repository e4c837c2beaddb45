package templates

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"orglogin/store"
)

// slug is a reason in the name of a sample.
func slug(reason store.Reason) string { return strings.ReplaceAll(string(reason), "_", "-") }

// failures has every status of [Failure] once, and every reason with a text of its own.
func failures(retry, request string) []Sample {
	var samples []Sample
	for _, status := range []int{400, 401, 403, 404, 405, 413, 414, 421, 429, 431, 500, 502, 503, 504} {
		samples = append(samples, Sample{"failure-" + strconv.Itoa(status), Failure{Status: status, Wait: 65 * time.Second, RetryURL: retry, RequestID: request}})
	}
	return append(samples,
		Sample{"sign-in-from-frame", SignInFromFrame{LoginURL: "/login", RequestID: request}},
		Sample{"failure-unknown-organization", Failure{Status: 404, Reason: store.UnknownOrganization, RetryURL: retry, RequestID: request}},
		Sample{"failure-unknown-connection", Failure{Status: 404, Reason: store.UnknownConnection, RetryURL: retry, RequestID: request}},
		Sample{"failure-sso-required", Failure{Status: 401, Reason: store.SSORequiredReason, RetryURL: retry, RequestID: request}},
		Sample{"failure-join-requested", Failure{Status: 409, Reason: store.JoinRequested, RetryURL: "/organizations", RequestID: request}},
		Sample{"failure-sso-unavailable", Failure{Status: 403, Reason: store.SSOUnavailable, RetryURL: retry, RequestID: request}},
		Sample{"failure-untrusted-question", Failure{Status: 403, Reason: store.Host, RetryURL: "/login", RequestID: request}},
		Sample{"failure-subdomain-not-verified", Failure{Status: 403, Reason: store.SubdomainNotVerified, RetryURL: "/organizations", RequestID: request}},
	)
}

// longChooser is what breaks layouts: many places, long names, a long address,
// scripts of both directions.
func longChooser() Chooser {
	page := Chooser{
		Account: Account{
			Name:  "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh the Younger of Upper Whitmore",
			Email: "a.very.long.local.part.that.never.seems.to.come.to.its.end@a-department-with-a-long-name.some-university.example.com",
		},
		LogoutURL: "/logout", SwitchURL: "/auth/start?prompt=select_account",
	}
	names := []string{
		"Gesellschaft für Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamte",
		"شركة النور للتجارة", "חברת הדוגמה בע״מ", "株式会社サンプル", "Ελληνική Εταιρεία", "🌱 Sprout",
	}
	for i := 1; len(names) < 24; i++ {
		names = append(names, fmt.Sprintf("Northern branch %d", i))
	}
	for i, name := range names {
		slug := "org-" + strconv.Itoa(i+1)
		page.Organizations = append(page.Organizations, Choice{Name: name, Slug: slug, Role: "member", URL: "/login?organization=" + slug})
	}
	return page
}
