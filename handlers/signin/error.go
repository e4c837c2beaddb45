package signin

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"

	"orglogin/store"
)

// Reasons for which no login can succeed, for [errors.Is].
var (
	ErrIssuerMismatch = errors.New("issuer mismatch")
	ErrNoAlgorithm    = errors.New("no asymmetric signature algorithm in common")
	ErrNoKey          = errors.New("no usable key")
	ErrClientRefused  = errors.New("the provider refuses the client id or the client secret")
)

// Error is a login that gave no identity. Every error that this package returns
// while serving is one.
type Error struct {
	Reason store.Reason
	// Status is 400 for an answer that is bad or not this login's, 403 for an
	// account that is refused, 502 and 504 for a provider that failed.
	Status int
	// Account is the address that was refused, for that person's own page and
	// nothing else: it is not part of the text of the error. It is plain ASCII,
	// or empty.
	Account string
	// Rejected is the error code of a provider that rejected the authorization
	// request itself, empty otherwise: one that the specifications define, or "unknown".
	Rejected string
	// Err is for the log. It never holds a code, token, secret, state or address.
	Err error
}

func (e *Error) Error() string { return fmt.Sprintf("%s: %v", e.Reason, e.Err) }

func (e *Error) Unwrap() error { return e.Err }

// FieldError says what is wrong with one field of a [Config].
type FieldError struct {
	Field   string // as the HTTP API names it
	Problem string
}

func (e FieldError) Error() string { return strings.ReplaceAll(e.Field, "_", " ") + ": " + e.Problem }

// badAnswer is an answer of the browser's that is not this login's.
func badAnswer(format string, args ...any) *Error {
	return &Error{Reason: store.BadState, Status: http.StatusBadRequest, Err: fmt.Errorf(format, args...)}
}

// badProvider is a provider whose answer is not usable.
func badProvider(format string, args ...any) *Error {
	return &Error{Reason: store.ProviderAnswer, Status: http.StatusBadGateway, Err: fmt.Errorf(format, args...)}
}

// tooSlow is a provider that was not asked, because others wait for it.
func tooSlow(format string, args ...any) *Error {
	return &Error{Reason: store.ProviderSlow, Status: http.StatusGatewayTimeout, Err: fmt.Errorf(format, args...)}
}

// unreachable is a provider that gave no answer, by a timeout or another error.
func unreachable(err error) *Error {
	timeout, ok := errors.AsType[net.Error](err)
	if errors.Is(err, context.DeadlineExceeded) || ok && timeout.Timeout() {
		return &Error{Reason: store.ProviderSlow, Status: http.StatusGatewayTimeout, Err: err}
	}
	return &Error{Reason: store.ProviderAway, Status: http.StatusBadGateway, Err: err}
}

// asError gives err as an *Error; one of this package stays itself.
func asError(err error) *Error {
	if own, ok := errors.AsType[*Error](err); ok {
		return own
	}
	return unreachable(err)
}
