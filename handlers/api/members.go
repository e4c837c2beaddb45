package api

import (
	"context"
	"net/http"

	"orglogin/store/manage"
)

// MemberPath is in the paths of its kind.
type MemberPath struct {
	OrganizationPath
	User string `path:"user" maxLength:"36" doc:"Id of the profile."`
}

type memberChange struct {
	Role   *string `json:"role,omitempty" maxLength:"1024" doc:"owner, admin, member, or a word of your own."`
	Active *bool   `json:"active,omitempty"`
}

func (s *Server) memberRoutes() {
	const path = "/v1/organizations/{organization}/members"
	register(s, route{id: "list-members", method: http.MethodGet, path: path, scope: "members:read", sum: "List the members of an organization, the oldest first"},
		func(ctx context.Context, by manage.Caller, in *struct {
			OrganizationPath
			Paging
			Email string `query:"email" maxLength:"320" doc:"Only those who have this address."`
		},
		) (*listed[manage.Member], error) {
			return replyPage(s.manage.Members(ctx, by, in.Organization, in.Email, in.list()))
		})
	const one = path + "/{user}"
	register(s, route{id: "get-member", method: http.MethodGet, path: one, scope: "members:read", sum: "Get a member"},
		func(ctx context.Context, by manage.Caller, in *MemberPath) (*got[manage.Member], error) {
			return reply(s.manage.Member(ctx, by, in.Organization, in.User))
		})
	register(s, route{id: "update-member", method: http.MethodPatch, path: one, scope: "members:write", sum: "Change the role of a member, or whether they are active"},
		func(ctx context.Context, by manage.Caller, in *struct {
			MemberPath
			Body memberChange
		},
		) (*got[manage.Member], error) {
			return changed(s.manage.UpdateMember(ctx, by, in.Organization, in.User, manage.MemberChange(in.Body)))
		})
	register(s, route{
		id: "remove-member", method: http.MethodDelete, path: one, scope: "members:write",
		sum: "Remove a member, and revoke the organization's pending invitations to the address",
	}, func(ctx context.Context, by manage.Caller, in *MemberPath) (*gone, error) {
		return deleted(s.manage.RemoveMember(ctx, by, in.Organization, in.User))
	})
}
