package templates

import (
	"net/http"
	"time"

	"orglogin/store"
)

// Failure answers everything else that went wrong.
type Failure struct {
	Status    int           // one without a text of its own is answered as 500
	Reason    store.Reason  // may be empty; some have a text of their own
	Wait      time.Duration // of a 429: when to try again
	RetryURL  string        // empty: no link
	Chooser   bool          // RetryURL is the list of the person's organizations
	RequestID string
}

// StatusCode is that of the words: 500 where the status has none.
func (p Failure) StatusCode() int {
	status, _ := p.find()
	return status
}

func (p Failure) Words(l *Language) sentences {
	status, words := p.find()
	found := words(&l.texts)
	if status == http.StatusTooManyRequests {
		found.Next = message(l.plain(found.Next, "time", l.waitingTime(p.Wait)))
	}
	return found
}

// find is the status and its words, or those of the reason with that status.
func (p Failure) find() (status int, words func(*texts) sentences) {
	if words, ok := reasonWords[failureReason{p.Status, p.Reason}]; ok {
		return p.Status, words
	}
	if words, ok := statusWords[p.Status]; ok {
		return p.Status, words
	}
	return http.StatusInternalServerError, func(t *texts) sentences { return t.Failure.Internal }
}

func (p Failure) title(l *Language) string { return string(p.Words(l).Title) }
func (Failure) HasForm() bool              { return false }
func (Failure) template() string           { return "plain" }
func (p Failure) requestID() string        { return p.RequestID }

func (p Failure) actions(l *Language) []action {
	label := l.Common.SignInPage
	if p.Chooser {
		label = l.Common.AllOrganizations
	}
	if s := p.StatusCode(); s >= 500 || s == http.StatusTooManyRequests {
		label = l.Common.Retry
	}
	return []action{{Label: label, URL: p.RetryURL, Primary: true}}
}

// failureReason is a status with a reason that has words of its own.
type failureReason struct {
	status int
	reason store.Reason
}

var reasonWords = map[failureReason]func(*texts) sentences{
	{http.StatusForbidden, store.NotAMember}:           func(t *texts) sentences { return t.Refused.NotAMember },
	{http.StatusForbidden, store.DisabledUser}:         func(t *texts) sentences { return t.Refused.DisabledUser },
	{http.StatusNotFound, store.UnknownConnection}:     func(t *texts) sentences { return t.Failure.UnknownConnection },
	{http.StatusForbidden, store.SSOUnavailable}:       func(t *texts) sentences { return t.Failure.SSOUnavailable },
	{http.StatusUnauthorized, store.SSORequiredReason}: func(t *texts) sentences { return t.Failure.SSORequired },
	{http.StatusNotFound, store.UnknownOrganization}:   func(t *texts) sentences { return t.Failure.UnknownOrganization },
	{http.StatusConflict, store.JoinRequested}:         func(t *texts) sentences { return t.Failure.JoinRequested },
	{http.StatusForbidden, store.SubdomainNotVerified}: func(t *texts) sentences { return t.Failure.SubdomainNotVerified },
	{http.StatusForbidden, store.Host}:                 func(t *texts) sentences { return t.Failure.UntrustedRequest },
}

// statusWords are the words of the other answers.
var statusWords = map[int]func(*texts) sentences{
	http.StatusBadRequest:                  func(t *texts) sentences { return t.Failure.BadRequest },
	http.StatusUnauthorized:                func(t *texts) sentences { return t.Failure.Unauthorized },
	http.StatusForbidden:                   func(t *texts) sentences { return t.Failure.Forbidden },
	http.StatusNotFound:                    func(t *texts) sentences { return t.Failure.NotFound },
	http.StatusMethodNotAllowed:            func(t *texts) sentences { return t.Failure.MethodNotAllowed },
	http.StatusRequestEntityTooLarge:       func(t *texts) sentences { return t.Failure.TooLarge },
	http.StatusRequestURITooLong:           func(t *texts) sentences { return t.Failure.URITooLong },
	http.StatusMisdirectedRequest:          func(t *texts) sentences { return t.Failure.Misdirected },
	http.StatusTooManyRequests:             func(t *texts) sentences { return t.Failure.TooManyRequests },
	http.StatusRequestHeaderFieldsTooLarge: func(t *texts) sentences { return t.Failure.HeadersTooLarge },
	http.StatusBadGateway:                  func(t *texts) sentences { return t.Failure.BadGateway },
	http.StatusServiceUnavailable:          func(t *texts) sentences { return t.Failure.Unavailable },
	http.StatusGatewayTimeout:              func(t *texts) sentences { return t.Failure.GatewayTimeout },
}
