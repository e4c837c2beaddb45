package handlers_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// I9, H1: who belongs to two hundred organizations carries what everybody else
// carries. inspect holds the cookies to their sizes.
func TestTwoHundredMembershipsMakeNoBiggerCookieOrToken(t *testing.T) {
	const many = 200
	d := newRealService(t)
	one := d.browser()
	d.loginAs(one, "cem-1", "?organization=beta")
	size := func(c *http.Client) (cookie, token int) {
		res, _ := get(t, c, "https://beta.example.test/auth/verify", "Test-Peer: 127.0.0.1:1", "X-Forwarded-Host: beta.example.test")
		if res.StatusCode != http.StatusOK {
			t.Fatal(res.StatusCode)
		}
		return len(d.cookie(c, "__Secure-session")), len(res.Header.Get("Authorization"))
	}
	cookie, token := size(one)

	var organizations, memberships []string
	for i := range many {
		organizations = append(organizations, fmt.Sprintf(`{"slug":"place-%d","name":"Place %d","subdomain_status":"verified"}`, i, i))
		memberships = append(memberships, fmt.Sprintf(`{"organization":"place-%d","email":"cem@both.test","role":"owner"}`, i))
	}
	d.importFile(`{"organizations":[` + strings.Join(organizations, ",") + `],"memberships":[` + strings.Join(memberships, ",") + `]}`)
	c := d.browser()
	d.loginAs(c, "cem-1", "?organization=beta")
	if newCookie, newToken := size(c); newCookie != cookie || newToken != token || cookie >= 200 || token >= 2048 {
		t.Errorf("the cookie is of %d bytes and was of %d; the token of %d, and was of %d", newCookie, cookie, newToken, token)
	}
	_, body := get(t, c, public+"/auth/session")
	var answer struct{ Organizations []struct{ Slug string } }
	must(t, json.Unmarshal([]byte(body), &answer))
	if len(answer.Organizations) != many+2 {
		t.Errorf("%d organizations are listed", len(answer.Organizations))
	}
	if res, body := get(t, c, public+"/organizations"); res.StatusCode != http.StatusOK || strings.Count(body, "/login?organization=") != many+2 {
		t.Errorf("the chooser: %d with %d", res.StatusCode, strings.Count(body, "/login?organization="))
	}
	if res, _ := get(t, c, "https://place-199.example.test/auth/verify", "Test-Peer: 127.0.0.1:1", "X-Forwarded-Host: place-199.example.test"); res.Header.Get("X-Org-Role") != "owner" {
		t.Errorf("the last of them: %d", res.StatusCode)
	}
}
