package signin

import (
	"context"
	"net/http"

	"orglogin/store"
)

// Finish turns the answer to flow f into a verified identity: it redeems the
// code, once, and verifies the ID token. The caller has checked that the
// answer's state is this flow's, and has taken the flow.
//
// Every error is an [*Error].
func (p *Provider) Finish(ctx context.Context, f Flow, a Answer) (store.Identity, error) {
	if a.Error != "" {
		return store.Identity{}, refusal(a.Error)
	}
	if a.Issuer != "" && a.Issuer != p.config.Issuer {
		return store.Identity{}, badAnswer("iss is not the configured issuer %q", p.config.Issuer) // RFC 9207 section 2.4; anyone can send one
	}
	if a.Code == "" {
		return store.Identity{}, badAnswer("neither code nor error")
	}
	m, err := p.metadata.get(ctx)
	if err != nil {
		return store.Identity{}, asError(err)
	}
	if a.Issuer == "" && m.issuerAnswer {
		return store.Identity{}, badAnswer("iss is missing, and the provider always sends it")
	}
	t, err := p.exchange(ctx, m, f, a.Code)
	if err != nil {
		return store.Identity{}, err
	}
	c, err := p.verifyIDToken(ctx, m, f, t)
	if err != nil {
		return store.Identity{}, err
	}
	return p.identity(c)
}

// refusal is an answer that carries an error. A code beside it is not redeemed.
// An error that the person did not cause is the fault of the configuration, ours
// or the provider's.
func refusal(code string) *Error {
	switch code {
	case "access_denied", "account_selection_required", "consent_required", "interaction_required", "login_required":
		return &Error{Reason: store.Denied, Status: http.StatusBadRequest, Err: errorCode(code)}
	case "server_error":
		return badProvider("the provider answered server_error")
	case "temporarily_unavailable":
		return &Error{Reason: store.ProviderAway, Status: http.StatusBadGateway, Err: errorCode(code)}
	}
	return &Error{Reason: store.ProviderAnswer, Status: http.StatusBadRequest, Rejected: code, Err: errorCode(code)}
}

// errorCode is an error parameter, one of errorCodes or "unknown".
type errorCode string

func (e errorCode) Error() string { return "the provider answered " + string(e) }
