package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"orglogin/store/manage"
)

// Explainer answers where logins land, as the command explain does. Both errors are as those of an operation.
type Explainer interface {
	// Explain decides for every profile of an address, without changing anything.
	Explain(ctx context.Context, login Login) ([]Explained, error)
	// Receipt finds a stored decision, whoever it belongs to.
	Receipt(ctx context.Context, id string) (Receipt, error)
}

// Login is a login to explain. Fields but Email may be empty.
type Login struct{ Email, Redirect, Invitation, Host, Connection string }

// Explained is the decision for one profile.
type Explained struct {
	UserID   *string         // nil: no profile has the address
	Decision json.RawMessage // as the decision is written everywhere
}

// Receipt is one stored decision.
type Receipt struct {
	UserID   string
	At       time.Time
	Decision json.RawMessage
}

// Decision is a decision in the document.
type Decision struct {
	Outcome string         `json:"outcome" enum:"land,page"`
	Status  int            `json:"status"`
	URL     string         `json:"url"`
	Step    string         `json:"step"`
	Reason  string         `json:"reason"`
	Receipt string         `json:"receipt"`
	Trace   []DecisionStep `json:"trace"`
}

// DecisionStep is one step of its trace.
type DecisionStep struct {
	Step       string  `json:"step"`
	Verdict    string  `json:"verdict" enum:"taken,refused,passed,not_reached"`
	Reason     string  `json:"reason"`
	Detail     string  `json:"detail"`
	Source     string  `json:"source"`
	AgeSeconds float64 `json:"age_seconds"`
}

type explainedDecision struct {
	UserID *string `json:"user_id" doc:"null where no profile has the address: a first login."`
	Decision
}

type receiptDecision struct {
	ID     string    `json:"id"`
	UserID string    `json:"user_id"`
	At     time.Time `json:"at"`
	Decision
}

func (s *Server) recordRoutes() {
	register(s, route{
		id: "explain", method: http.MethodGet, path: "/v1/explain", scope: "explain:read",
		sum: "Say where a login would land, for every profile of the address; changes nothing",
	}, s.explainLogin)
	register(s, route{id: "get-receipt", method: http.MethodGet, path: "/v1/receipts/{id}", scope: "explain:read", sum: "Get the decision of a login by its receipt"},
		func(ctx context.Context, _ manage.Caller, in *struct {
			ID string `path:"id" maxLength:"36" doc:"The receipt, 16 characters of a-z and 2-7."`
		},
		) (*got[receiptDecision], error) {
			r, err := s.explain.Receipt(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			n := receiptDecision{ID: in.ID, UserID: r.UserID, At: r.At.UTC()}
			n.Decision, err = parseDecision(r.Decision)
			return reply(n, err)
		})
	register(s, route{id: "list-audit", method: http.MethodGet, path: "/v1/audit", scope: "audit:read", sum: "List what was changed and by whom, the newest first"},
		func(ctx context.Context, by manage.Caller, in *struct {
			Paging
			Organization string `query:"organization" maxLength:"63" doc:"Id or slug; the id of a deleted organization too."`
		},
		) (*listed[manage.AuditEntry], error) {
			return replyPage(s.manage.Audit(ctx, by, in.Organization, in.list()))
		})
}

func (s *Server) explainLogin(ctx context.Context, _ manage.Caller, in *struct {
	Email      string `query:"email" maxLength:"320" doc:"Of the person who signs in."`
	Redirect   string `query:"redirect" maxLength:"4096"`
	Invitation string `query:"invitation" maxLength:"256" doc:"The token of an invitation."`
	Host       string `query:"host" maxLength:"256" doc:"That the login began on."`
	Connection string `query:"connection" maxLength:"64" doc:"Id of the connection; default where it is not given."`
},
) (*listed[explainedDecision], error) {
	all, err := s.explain.Explain(ctx, Login(*in))
	if err != nil {
		return nil, err
	}
	items := make([]explainedDecision, len(all))
	for i, e := range all {
		items[i].UserID = e.UserID
		if items[i].Decision, err = parseDecision(e.Decision); err != nil {
			return nil, err
		}
	}
	return replyPage(manage.Page[explainedDecision]{Items: items}, nil)
}

func parseDecision(text json.RawMessage) (d Decision, err error) {
	err = json.Unmarshal(text, &d)
	d.Trace = append([]DecisionStep{}, d.Trace...)
	return d, err
}
