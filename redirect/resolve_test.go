package redirect_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"orglogin/redirect"
	"orglogin/store"
)

// accountsFunc answers as a test wants.
type accountsFunc struct {
	store.Accounts
	answer func(q store.AccessQuery) (store.AccessSnapshot, error)
}

func (f accountsFunc) AccessSnapshot(_ context.Context, q store.AccessQuery) (store.AccessSnapshot, error) {
	return f.answer(q)
}

func TestResolveAsksOnce(t *testing.T) {
	for _, r := range []struct {
		name string
		req  redirect.Request
		want store.AccessQuery
	}{
		{"for the person alone", redirect.Request{}, store.AccessQuery{}},
		{"for the host that the login began on", redirect.Request{Organization: "acme"}, store.AccessQuery{Slugs: []string{"acme"}}},
		{
			"for the organization that the redirect names",
			redirect.Request{Redirect: []string{"https://globex.example.test/"}},
			store.AccessQuery{Slugs: []string{"globex"}},
		},
		{
			"for both",
			redirect.Request{Organization: "acme", Redirect: []string{"https://globex.example.test/"}},
			store.AccessQuery{Slugs: []string{"acme", "globex"}},
		},
		{
			"for one that is named twice once",
			redirect.Request{Organization: "acme", Redirect: []string{"https://ACME.example.test/"}},
			store.AccessQuery{Slugs: []string{"acme"}},
		},
		{"for the hash of the invitation", redirect.Request{Invitation: "pending"}, store.AccessQuery{Invitation: store.HashToken("pending")}},
		{"not for a token that is none", redirect.Request{Invitation: strings.Repeat("a", 257)}, store.AccessQuery{}},
		{"not for a path", redirect.Request{Redirect: []string{"/globex"}}, store.AccessQuery{}},
		{"not for a redirect that form refuses", redirect.Request{Redirect: []string{"https://globex.example.test/login"}}, store.AccessQuery{}},
		{"not for a reserved label", redirect.Request{Organization: "www", Redirect: []string{"https://api.example.test/"}}, store.AccessQuery{}},
		{"not for the label of the login host or the app", redirect.Request{Organization: "login", Redirect: []string{"https://app.example.test/"}}, store.AccessQuery{}},
		{"not for what is no label", redirect.Request{Organization: "ACME"}, store.AccessQuery{}},
	} {
		t.Run(r.name, func(t *testing.T) {
			r.req.Session, r.want.UserID = session, "ann"
			var asked []store.AccessQuery
			accounts := accountsFunc{answer: func(q store.AccessQuery) (store.AccessSnapshot, error) {
				asked = append(asked, q)
				return store.AccessSnapshot{}, nil
			}}
			if _, _, err := redirect.Resolve(t.Context(), site(), accounts, r.req, now); err != nil {
				t.Fatal(err)
			}
			if len(asked) != 1 || !reflect.DeepEqual(asked[0], r.want) {
				t.Errorf("asked %+v, want once %+v", asked, r.want)
			}
		})
	}
}

func TestWhenTheLookupFails(t *testing.T) {
	down := errors.New("connection refused")
	for _, r := range []struct {
		name    string
		req     redirect.Request
		step    redirect.Step
		refused store.Reason
	}{
		{"a disabled person does not land on the fallback", redirect.Request{}, redirect.Organization, ""},
		{"a disabled person does not land on a path", redirect.Request{Redirect: []string{"/x"}}, redirect.Explicit, ""},
		{"a disabled person does not land in an organization", redirect.Request{Redirect: []string{"https://acme.example.test/"}}, redirect.Explicit, ""},
		{"a disabled person does not land in the app", redirect.Request{Redirect: []string{"https://app.example.test/"}}, redirect.Explicit, ""},
		{"no invitation is called unknown", redirect.Request{Invitation: "pending"}, redirect.Invitation, ""},
		{"no host is called unknown", redirect.Request{Organization: "acme"}, redirect.Organization, ""},
		{
			"what form alone refuses is still reported",
			redirect.Request{Redirect: []string{"//evil.test"}, Invitation: "pending"},
			redirect.Invitation, store.Malformed,
		},
	} {
		t.Run(r.name, func(t *testing.T) {
			accounts := accountsFunc{answer: func(store.AccessQuery) (store.AccessSnapshot, error) { return store.AccessSnapshot{}, down }}
			r.req.Session = session
			d, _, err := redirect.Resolve(t.Context(), site(), accounts, r.req, now)
			if !errors.Is(err, down) {
				t.Errorf("the error is %v", err)
			}
			checkTrace(t, d)
			got := decision{d.Outcome, d.Status, d.URL, d.Step, d.Reason, d.RefusedRedirect}
			if want := page(503, r.step, store.LookupFailed).refusing(r.refused); got != want {
				t.Errorf("decided\n\t%+v, want\n\t%+v", got, want)
			}
		})
	}
}

func TestASessionWithoutAProfileIsNoOutage(t *testing.T) {
	accounts := accountsFunc{answer: func(store.AccessQuery) (store.AccessSnapshot, error) {
		return store.AccessSnapshot{}, fmt.Errorf("profile: %w", store.ErrNotFound)
	}}
	req := redirect.Request{Session: session, Redirect: []string{"https://app.example.test/"}}
	d, _, err := redirect.Resolve(t.Context(), site(), accounts, req, now)
	if !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the error is %v", err)
	}
	if !reflect.DeepEqual(d, redirect.Decision{}) {
		t.Errorf("there is a decision for a person without a profile: %+v", d)
	}
}

func TestDecideDoesNotChangeTheSnapshot(t *testing.T) {
	// A cache hands the same snapshot to everyone: an invited person's place
	// must not be written behind the memberships of another.
	who := memberOf("acme", "hooli")
	req := redirect.Request{Session: session, Invitation: "unverified"}
	snapshot, err := who.AccessSnapshot(t.Context(), site().AccessQuery(req))
	if err != nil {
		t.Fatal(err)
	}
	snapshot.Memberships = append(make([]store.Membership, 0, 8), snapshot.Memberships...)
	redirect.Decide(site(), req, snapshot, now)
	if behind := snapshot.Memberships[:3][2]; behind.Organization.ID != "" {
		t.Errorf("%s was written behind the memberships", behind.Organization.Slug)
	}
}
