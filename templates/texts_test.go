package templates

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html/atom"

	"orglogin/store"
)

func TestWaitingTime(t *testing.T) {
	for wait, want := range map[time.Duration]string{
		0: "1 second", time.Second: "1 second", 6 * time.Second: "6 seconds", time.Minute: "1 minute",
		65 * time.Second: "1 minute 5 seconds", 2*time.Hour + 10*time.Second: "2 hours 10 seconds",
	} {
		if got := english().waitingTime(wait); string(got) != want {
			t.Errorf("%v is %q, want %q", wait, got, want)
		}
	}
}

func TestEveryRefusalSaysTheSameToPeopleAndPrograms(t *testing.T) {
	s := newSet(t)
	for _, sample := range Samples() {
		page, ok := sample.Page.(Refusal)
		if !ok {
			continue
		}
		t.Run(sample.Name, func(t *testing.T) {
			title, detail := s.Problem(page)
			if title == "" || title != page.title(s.english) {
				t.Errorf("programs get the title %q, people %q", title, page.title(s.english))
			}
			if otherTitle, otherDetail := s.Problem(filled(page, "x").(Refusal)); otherTitle != title || otherDetail != detail {
				t.Errorf("the words depend on the data: %q, %q", otherTitle, otherDetail)
			}
			seen := words(all(parse(t, render(t, s, page)), atom.Body)[0])
			next := string(page.Words(s.english).Next)
			if !strings.Contains(seen, next) || !strings.HasSuffix(detail, next) {
				t.Errorf("what to do next, %q, is not in both\n%s\n%s", next, seen, detail)
			}
			if !strings.Contains(seen, "7f9c2ba4e88f4d07") {
				t.Error("the page does not show the id of the request")
			}
			if page.StatusCode() < 400 {
				t.Errorf("status %d", page.StatusCode())
			}
		})
	}
}

func TestEveryRefusalHasWordsOfItsOwn(t *testing.T) {
	seen, s := map[string]string{}, newSet(t)
	for _, sample := range Samples() {
		if page, ok := sample.Page.(Refusal); ok {
			_, detail := s.Problem(page)
			if other := seen[detail]; other != "" && !strings.HasPrefix(sample.Name, other) { // a variant reads the same
				t.Errorf("%s reads like %s", sample.Name, other)
			}
			if seen[detail] == "" {
				seen[detail] = sample.Name
			}
		}
	}
}

func TestEveryPageHasItsStatus(t *testing.T) {
	for name, c := range map[string]struct {
		page Page
		want int
	}{
		"the login page":                      {Login{}, http.StatusOK},
		"the invitation that asks":            {AcceptInvitation{}, http.StatusOK},
		"the chooser":                         {Chooser{}, http.StatusOK},
		"signing out":                         {SignOut{}, http.StatusOK},
		"not a member":                        {NotAMember{}, http.StatusForbidden},
		"another address":                     {WrongAccount{}, http.StatusForbidden},
		"an address nobody has confirmed":     {WrongAccount{Unverified: true}, http.StatusForbidden},
		"an expired invitation":               {InvitationGone{Reason: store.Expired}, http.StatusGone},
		"a revoked invitation":                {InvitationGone{Reason: store.Revoked}, http.StatusGone},
		"a used invitation":                   {InvitationGone{Reason: store.Used}, http.StatusGone},
		"an unknown invitation":               {InvitationGone{Reason: store.Unknown}, http.StatusNotFound},
		"consent denied":                      {Refused{Reason: store.Denied}, http.StatusBadRequest},
		"an address that is not verified":     {Refused{Reason: store.EmailNotVerified}, http.StatusForbidden},
		"a foreign hosted domain":             {Refused{Reason: store.HostedDomain}, http.StatusForbidden},
		"sign-up closed":                      {Refused{Reason: store.SignupIsClosed}, http.StatusForbidden},
		"a disabled person":                   {Refused{Reason: store.DisabledUser}, http.StatusForbidden},
		"refused for a reason without a text": {Refused{Reason: "new"}, http.StatusForbidden},
		"no cookie came back":                 {FlowProblem{Reason: store.NoCookie}, http.StatusBadRequest},
		"a flow problem without a text":       {FlowProblem{Reason: "new"}, http.StatusBadRequest},
		"a failure keeps its status":          {Failure{Status: http.StatusServiceUnavailable}, http.StatusServiceUnavailable},
		"a failure without a status is ours":  {Failure{}, http.StatusInternalServerError},
		"a status without a text is ours":     {Failure{Status: http.StatusTeapot}, http.StatusInternalServerError},
		"a reason does not change the status": {Failure{Status: http.StatusServiceUnavailable, Reason: store.UnknownOrganization}, http.StatusServiceUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.page.StatusCode(); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
}

func TestALinkWithoutAnAddressIsNotShown(t *testing.T) {
	s := newSet(t)
	for _, p := range []Page{
		Login{},
		AcceptInvitation{},
		Chooser{Organizations: []Choice{{Name: "Acme"}}},
		SignOut{Account: &Account{}},
		NotAMember{},
		WrongAccount{},
		InvitationGone{},
		Refused{},
		FlowProblem{},
		Failure{},
	} {
		if links := all(parse(t, render(t, s, p)), atom.A); len(links) != 0 {
			t.Errorf("%T has %d links", p, len(links))
		}
	}
}
