package signin

import (
	"crypto/tls"
	"crypto/x509"
	"errors"

	"orglogin/store"
)

// Class is all that a tenant sees of a failure of its own provider: never an
// address, a body or a duration, which would let it look into our network.
type Class string

// The classes.
const (
	ClassUnreachable    Class = "unreachable"
	ClassTLS            Class = "tls"
	ClassNotJSON        Class = "not_json"
	ClassIssuerMismatch Class = "issuer_mismatch"
	ClassClientRefused  Class = "client_refused"
)

// Class returns the class of an error of this provider, empty for one that is in
// no document of the provider, such as an ID token that does not verify.
func (p *Provider) Class(err error) Class {
	failed := asError(err)
	switch {
	case errors.Is(err, ErrIssuerMismatch):
		return ClassIssuerMismatch
	case errors.Is(err, ErrClientRefused):
		return ClassClientRefused
	case errors.Is(err, ErrNotJSON):
		return ClassNotJSON
	case failed.Reason != store.ProviderAway && failed.Reason != store.ProviderSlow:
		return ""
	case isTLS(err) && !p.config.private():
		return ClassTLS
	}
	return ClassUnreachable
}

func isTLS(err error) bool {
	_, header := errors.AsType[tls.RecordHeaderError](err)
	_, alert := errors.AsType[tls.AlertError](err)
	_, certificate := errors.AsType[*tls.CertificateVerificationError](err)
	_, authority := errors.AsType[x509.UnknownAuthorityError](err)
	_, host := errors.AsType[x509.HostnameError](err)
	return header || alert || certificate || authority || host
}

// private reports whether the provider may be in a private network. Then no
// difference between two network failures is shown: it would show which hosts and ports there are.
func (c Config) private() bool { return c.guard != nil && len(c.guard.networks) > 0 }

// conceal makes every network failure of a private provider the same, status and
// reason included. The log keeps the cause.
func (p *Provider) conceal(err error) error {
	if failed, ok := errors.AsType[*Error](err); ok && p.config.private() && failed.Reason == store.ProviderSlow {
		same := *failed
		same.Reason, same.Status = store.ProviderAway, 502
		return &same
	}
	return err
}
