package serve

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// atOnce makes 100 requests at the same time and counts the answers by status and reason.
func (w *apiWorld) atOnce(request func(i int) (method, path, body, key string)) map[string]int {
	w.Helper()
	var all sync.WaitGroup
	var mu sync.Mutex
	count := map[string]int{}
	for i := range 100 {
		all.Go(func() {
			method, path, body, key := request(i)
			var headers []string
			if key != "" {
				headers = []string{"Idempotency-Key: " + key}
			}
			a, err := w.try(w.token, method, path, body, headers...)
			if err != nil {
				w.Error(err)
				return
			}
			name := strings.TrimSpace(fmt.Sprintf("%d %s %s", a.status, a.problem().Reason, a.header.Get("Idempotency-Replayed")))
			if key != "" {
				name += " " + a.field("id")
			}
			mu.Lock()
			count[name]++
			mu.Unlock()
		})
	}
	all.Wait()
	return count
}

func TestTheRulesHoldAmong100Writers(t *testing.T) {
	onEachAPI(t, func(t *testing.T, w *apiWorld) {
		w.fill("acme")
		slug := w.atOnce(func(i int) (string, string, string, string) {
			return http.MethodPost, "/v1/organizations", fmt.Sprintf(`{"slug": "one", "name": "Writer %d"}`, i), ""
		})
		if slug["201"] != 1 || slug["409 slug_taken"] != 99 {
			t.Errorf("one slug: %v", slug)
		}
		keyed := w.atOnce(func(int) (string, string, string, string) {
			return http.MethodPost, "/v1/organizations/acme/invitations", `{"email": "ann@acme.test"}`, "key"
		})
		if len(keyed) != 2 { // one was first, the others got its answer
			t.Errorf("one key: %v", keyed)
		}
		other := w.ask(http.MethodPost, "/v1/organizations/acme/invitations", `{"email": "bob@acme.test"}`, "Idempotency-Key: key")
		if other.status != http.StatusConflict {
			t.Errorf("the key with another body: %d %s", other.status, other.body)
		}
		again := w.ask(http.MethodPost, "/v1/organizations/acme/invitations", `{"email": "ann@acme.test"}`, "Idempotency-Key: key")
		if again.status != http.StatusCreated || again.header.Get("Idempotency-Replayed") != "true" || !strings.Contains(again.field("link"), "invitation=") {
			t.Errorf("the key again: %d %s", again.status, again.body)
		}
		w.owners(10)
	})
}

// owners lets 100 writers remove the owners of an organization: one stays.
func (w *apiWorld) owners(n int) {
	w.Helper()
	ids := w.addOwners("acme", n)
	removed := w.atOnce(func(i int) (string, string, string, string) {
		path := "/v1/organizations/acme/members/" + ids[i%len(ids)]
		if i%2 == 0 {
			return http.MethodPatch, path, `{"role": "member"}`, ""
		}
		return http.MethodDelete, path, "", ""
	})
	left := w.want(http.MethodGet, "/v1/organizations/acme/members?limit=200", "", http.StatusOK, "")
	if got := strings.Count(string(left.body), `"role":"owner"`); got != 1 || removed["409 last_owner"] == 0 {
		w.Errorf("%d owners are left: %v", got, removed)
	}
}
