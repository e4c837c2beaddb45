package handlers_test

import (
	"net/http"
	"strings"
	"testing"
)

// FuzzCallback brings any query back to a browser with a login in progress: it
// is refused in our own words, no session begins, and nothing of it leads
// anywhere. The good answer is never among them, because its code and state are
// not to be guessed.
func FuzzCallback(f *testing.F) {
	d := newRealService(f)
	d.quick = true // a service belongs to the test that opened it
	c := d.browser()
	good := d.answered(c, "ann-1", "?redirect=%2Freports").Query()
	for _, q := range []string{
		"", "code=x&state=" + good.Get("state"), "state=" + good.Get("state"), "error=&state=" + good.Get("state") + "A",
		"code=x&code=y", "code=%00&state=%ff", "state=a;code=b", "error=access_denied&error_description=%3Cscript%3E", "iss=x&iss=y", "%", strings.Repeat("a&", 100),
	} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, query string) {
		if strings.Contains(query, good.Get("state")) || strings.ContainsAny(query, "# \t\r\n\x00") {
			return // the one state that is ours takes the flow; the rest no request line can hold
		}
		for i := range len(query) {
			if query[i] < ' ' || query[i] == 0x7f {
				return
			}
		}
		r, err := http.NewRequest(http.MethodGet, public+"/auth/callback", nil)
		must(t, err)
		r.URL.RawQuery = query
		res, err := c.Do(r)
		must(t, err)
		if res.StatusCode < 400 || res.StatusCode > 499 || signedIn(res) || res.Header.Get("Location") != "" {
			t.Fatalf("%d %v", res.StatusCode, res.Header)
		}
	})
}
