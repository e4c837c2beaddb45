package signin

import (
	"context"
	"encoding/json"
	"net/http"

	"orglogin/store"
)

// Result is a login with what the provider said of the person.
type Result struct {
	Identity store.Identity
	// IDToken and UserInfo are the claims of each document, as written; UserInfo is
	// nil where it was not asked. They are for the page of a test login alone.
	IDToken, UserInfo map[string]json.RawMessage
}

// Finish turns the answer to flow f into a verified identity: it redeems the
// code, once, verifies the ID token, and asks UserInfo where the connection wants
// it. The caller has checked that the answer's state is this flow's, and has
// taken the flow.
//
// An identity whose address is missing or not verified is not an error:
// EmailVerified is false and EmailProblem says why. One that is bound already may
// log in with it, and no other.
//
// Every error is an [*Error].
func (p *Provider) Finish(ctx context.Context, f Flow, a Answer) (store.Identity, error) {
	r, err := p.FinishTest(ctx, f, a)
	return r.Identity, err
}

// FinishTest is [Provider.Finish] for a test login, whose page shows the claims.
func (p *Provider) FinishTest(ctx context.Context, f Flow, a Answer) (r Result, err error) {
	if f.Connection != p.config.ID {
		return Result{}, badAnswer("the login began with connection %q, and this is %q", f.Connection, p.config.ID)
	}
	if a.Error != "" {
		return Result{}, refusal(a.Error)
	}
	if err := p.checkAnswerIssuer(a.Issuer, false); err != nil {
		return Result{}, err
	}
	if a.Code == "" {
		return Result{}, badAnswer("neither code nor error")
	}
	m, err := p.metadata.get(ctx)
	if err != nil {
		return Result{}, p.conceal(asError(err))
	}
	if err := p.checkAnswerIssuer(a.Issuer, m.issuerAnswer); err != nil {
		return Result{}, err
	}
	if err := p.enter(ctx); err != nil {
		return Result{}, p.conceal(err)
	}
	defer func() {
		p.leave(err)
		err = p.conceal(err)
	}()
	t, err := p.exchange(ctx, m, f, a.Code)
	if err != nil {
		return Result{}, err
	}
	claims, err := p.verifyIDToken(ctx, m, f, t)
	if err != nil {
		return Result{}, err
	}
	if iss, _, _ := claims.text("iss"); a.Issuer != "" && a.Issuer != p.config.Issuer && a.Issuer != iss {
		return Result{}, badAnswer("iss of the answer is not iss of the ID token")
	}
	return p.result(ctx, m, claims, t.access)
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
