package api

import (
	"context"
	"net/http"

	"orglogin/store"
	"orglogin/store/manage"
)

// RequestPath is in the paths of its kind.
type RequestPath struct {
	ID string `path:"id" maxLength:"36" doc:"Id of the join request."`
}

type requestChange struct {
	State store.JoinRequestState `json:"state" maxLength:"1024"`
}

func (s *Server) requestRoutes() {
	const path = "/v1/requests"
	register(s, route{id: "list-requests", method: http.MethodGet, path: path, scope: "requests:read", sum: "List join requests, those that wait first"},
		func(ctx context.Context, by manage.Caller, in *struct {
			Paging
			Organization string `query:"organization" maxLength:"63" doc:"Id or slug; only those of this organization."`
		},
		) (*listed[manage.JoinRequest], error) {
			return replyPage(s.manage.JoinRequests(ctx, by, in.Organization, in.list()))
		})
	const one = path + "/{id}"
	register(s, route{id: "get-request", method: http.MethodGet, path: one, scope: "requests:read", sum: "Get a join request"},
		func(ctx context.Context, by manage.Caller, in *RequestPath) (*got[manage.JoinRequest], error) {
			return reply(s.manage.JoinRequest(ctx, by, in.ID))
		})
	register(s, route{id: "decide-request", method: http.MethodPatch, path: one, scope: "requests:write", sum: "Approve or decline a join request"},
		func(ctx context.Context, by manage.Caller, in *struct {
			RequestPath
			Body requestChange
		},
		) (*got[manage.JoinRequest], error) {
			if state := in.Body.State; state != store.RequestApproved && state != store.RequestDeclined {
				return nil, manage.Invalid(manage.Field{Name: "state", Detail: "must be approved or declined"})
			}
			return changed(s.manage.DecideJoinRequest(ctx, by, in.ID, in.Body.State == store.RequestApproved))
		})
}
