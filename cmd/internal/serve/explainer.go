package serve

import (
	"context"
	"encoding/json"
	"errors"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/operate"
	"orglogin/handlers/api"
	"orglogin/store"
	"orglogin/store/manage"
)

// explainer answers what the command explain answers, for the API.
type explainer struct {
	db      store.OperatorStore
	explain *operate.Explainer
}

// Explain implements [api.Explainer].
func (e explainer) Explain(ctx context.Context, login api.Login) ([]api.Explained, error) {
	found, err := e.explain.Explain(ctx, operate.Login{
		Email: login.Email, Connection: login.Connection, Redirect: login.Redirect, Invitation: login.Invitation, Host: login.Host,
	})
	if bad, ok := errors.AsType[config.BadParameter](err); ok {
		return nil, manage.Invalid(manage.Field{Name: bad.Name, Detail: bad.Problem})
	}
	if err != nil {
		return nil, err
	}
	all := make([]api.Explained, len(found))
	for i, f := range found {
		if all[i].Decision, err = json.Marshal(f.Decision); err != nil {
			return nil, err
		}
		if f.UserID != "" {
			all[i].UserID = &f.UserID
		}
	}
	return all, nil
}

// Receipt implements [api.Explainer].
func (e explainer) Receipt(ctx context.Context, id string) (api.Receipt, error) {
	err := store.ErrNotFound
	var found store.Receipt
	if store.ValidReceiptID(id) {
		found, err = e.db.AnyReceipt(ctx, id)
	}
	if errors.Is(err, store.ErrNotFound) {
		return api.Receipt{}, &manage.Error{
			Kind: store.ErrNotFound, Reason: manage.ReasonNotFound, Detail: "there is no such receipt: they are kept 30 days, and stored up to a second late",
		}
	}
	return api.Receipt{UserID: found.UserID, At: found.At, Decision: found.Decision}, err
}
