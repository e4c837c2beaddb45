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
		Sample{"failure-join-requested", Failure{Status: 409, Reason: store.JoinRequested, RetryURL: "/organizations", Chooser: true, RequestID: request}},
		Sample{"failure-sso-unavailable", Failure{Status: 403, Reason: store.SSOUnavailable, RetryURL: retry, RequestID: request}},
		Sample{"failure-untrusted-question", Failure{Status: 403, Reason: store.Host, RetryURL: "/login", RequestID: request}},
		Sample{"failure-subdomain-not-verified", Failure{Status: 403, Reason: store.SubdomainNotVerified, RetryURL: "/organizations", Chooser: true, RequestID: request}},
		Sample{"failure-404-signed-in", Failure{Status: 404, RetryURL: "/organizations", Chooser: true, RequestID: request}},
	)
}

// longChooser is what breaks layouts: many places, long names, a long address,
// scripts of both directions.
func longChooser(places int, filter *Filter) Chooser {
	page := Chooser{
		Filter: filter,
		Account: Account{
			Name:  "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh the Younger of Upper Whitmore",
			Email: "a.very.long.local.part.of.sixty-four.bytes.that.never.ends.x.y.z@a-department-with-a-long-name.some-university.example.com",
		},
		LogoutURL: "/logout", SwitchURL: "/auth/start?prompt=select_account",
	}
	names := []string{
		"Gesellschaft für Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamte",
		"شركة النور للتجارة", "חברת הדוגמה בע״מ", "株式会社サンプル", "Ελληνική Εταιρεία", "🌱 Sprout",
	}
	for i := 1; len(names) < places; i++ {
		names = append(names, fmt.Sprintf("Northern branch %d", i))
	}
	for i, name := range names[:places] {
		slug := "org-" + strconv.Itoa(i+1)
		page.Organizations = append(page.Organizations, Choice{
			Name: name, Slug: slug, Role: "member", URL: "/login?organization=" + slug, LastUsed: i == 0,
		})
	}
	return page
}
