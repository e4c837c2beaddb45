package api

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"orglogin/store"
	"orglogin/store/manage"
)

// Problem is an answer that is a refusal or a failure (RFC 9457).
type Problem struct {
	Type      string         `json:"type" doc:"Always about:blank: the reason says which problem it is."`
	Title     string         `json:"title" doc:"The text of the status."`
	Status    int            `json:"status"`
	Detail    string         `json:"detail" doc:"One sentence for a person to read."`
	Reason    string         `json:"reason" doc:"One word for a program to compare."`
	RequestID string         `json:"request_id" doc:"Also in X-Request-Id and in the log."`
	Errors    []manage.Field `json:"errors,omitempty" nullable:"false" doc:"Every value that was refused, with 422."`

	header http.Header
	cause  error // for the log alone
}

// The reasons that are not those of an operation.
const (
	reasonMalformed    = "malformed"
	reasonUnauthorized = "unauthorized"
	reasonScope        = "insufficient_scope"
	reasonMethod       = "method_not_allowed"
	reasonTooLarge     = "too_large"
	reasonMediaType    = "unsupported_media_type"
	reasonInternal     = "internal"
)

// Seconds for Retry-After.
const (
	retryUnavailable = "5"
	retryLimited     = "60" // of an operation that limits itself
)

func newProblem(status int, reason, format string, args ...any) *Problem {
	return &Problem{
		Type: "about:blank", Title: http.StatusText(status), Status: status, Reason: reason, Detail: fmt.Sprintf(format, args...),
		header: http.Header{},
	}
}

// Error implements error.
func (p *Problem) Error() string { return p.Reason + ": " + p.Detail }

// Unwrap returns the cause.
func (p *Problem) Unwrap() error { return p.cause }

// GetStatus, GetHeaders and ContentType are for huma.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders implements [huma.HeadersError].
func (p *Problem) GetHeaders() http.Header { return p.header }

// ContentType implements [huma.ContentTypeFilter].
func (*Problem) ContentType(string) string { return problemType }

const problemType = "application/problem+json"

// kinds say how the errors of operations are answered.
var kinds = []struct {
	is     error
	status int
	reason string // where the error has none
	detail string
}{
	{manage.ErrForbidden, http.StatusForbidden, manage.ReasonForbidden, "the token may not do this"},
	{manage.ErrPrecondition, http.StatusPreconditionFailed, manage.ReasonPrecondition, "it has changed: read it again"},
	{manage.ErrLimited, http.StatusTooManyRequests, string(store.RateLimited), "asked for too often"},
	{store.ErrNotFound, http.StatusNotFound, manage.ReasonNotFound, "there is no such thing"},
	{store.ErrConflict, http.StatusConflict, manage.ReasonConflict, "it is in conflict with what is stored"},
	{store.ErrInvalid, http.StatusUnprocessableEntity, manage.ReasonInvalid, "a value is refused"},
}

// problemOf is the answer to an error of an operation. What is no refusal is a failure of the database: nothing is
// known, so the request may be made again.
func problemOf(err error) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	for _, k := range kinds {
		if !errors.Is(err, k.is) {
			continue
		}
		p := newProblem(k.status, k.reason, "%s", k.detail)
		if refused, ok := errors.AsType[*manage.Error](err); ok {
			p.Reason, p.Errors = refused.Reason, refused.Fields
			if p.Detail = refused.Detail; p.Detail == "" {
				p.Detail = describe(refused.Fields)
			}
		} else {
			p.cause = err
		}
		if k.status == http.StatusTooManyRequests {
			p.header.Set("Retry-After", retryLimited)
		}
		return p
	}
	p := newProblem(http.StatusServiceUnavailable, string(store.LookupFailed), "the database did not answer: make the request again")
	p.cause = err
	p.header.Set("Retry-After", retryUnavailable)
	return p
}

// describe is one sentence of every value that was refused.
func describe(fields []manage.Field) string {
	parts := make([]string, len(fields))
	for i, f := range fields {
		parts[i] = f.Name + " " + f.Detail
	}
	return strings.Join(parts, "; ")
}

// reasonsOfForm are those of a request that huma refuses before the operation sees it.
var reasonsOfForm = map[int]string{
	http.StatusBadRequest:            reasonMalformed,
	http.StatusRequestEntityTooLarge: reasonTooLarge,
	http.StatusUnsupportedMediaType:  reasonMediaType,
	http.StatusUnprocessableEntity:   manage.ReasonInvalid,
}

// problemOfForm is huma's refusal as one of ours. A value that was sent is never in it: it may be a secret.
func problemOfForm(m *huma.ErrorModel) *Problem {
	reason, ok := reasonsOfForm[m.Status]
	if !ok {
		reason = reasonInternal
	}
	p := newProblem(m.Status, reason, "%s", m.Detail)
	for _, e := range m.Errors {
		_, name, ok := strings.Cut(e.Location, ".")
		if !ok {
			name = e.Location
		}
		p.Errors = append(p.Errors, manage.Field{Name: name, Detail: "is refused: " + e.Message})
	}
	slices.SortFunc(p.Errors, func(a, b manage.Field) int { return strings.Compare(a.Name, b.Name) })
	if len(p.Errors) > 0 {
		p.Detail = describe(p.Errors)
	}
	if m.Status != http.StatusUnprocessableEntity {
		p.Errors = nil
	}
	return p
}
