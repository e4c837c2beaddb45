package api

import (
	"context"
	"net/http"
	"time"

	"orglogin/store/manage"
)

// InvitationPath is in the paths of its kind.
type InvitationPath struct {
	OrganizationPath
	ID string `path:"id" maxLength:"36" doc:"Id of the invitation."`
}

type newInvitation struct {
	Email     string    `json:"email" maxLength:"1024"`
	Role      string    `json:"role,omitempty" maxLength:"1024" doc:"member where it is not given."`
	ExpiresAt time.Time `json:"expires_at,omitzero" doc:"In a week where it is not given, in a year at the latest."`
	InvitedBy string    `json:"invited_by,omitempty" maxLength:"36" doc:"Id of the member who invites: pages and the mail show the name. Without it they show no name."`
	Send      *bool     `json:"send,omitempty" doc:"By mail; true by default where the service sends mail. Otherwise you send the link yourself."`
}

type resending struct {
	Send *bool `json:"send,omitempty" doc:"By mail; true by default where the service sends mail."`
}

// sends reports whether an invitation is sent by mail.
func (s *Server) sends(asked *bool) bool {
	if asked == nil {
		return s.manage.SendMail
	}
	return *asked
}

func (s *Server) invitationRoutes() {
	const path = "/v1/organizations/{organization}/invitations"
	register(s, route{
		id: "list-invitations", method: http.MethodGet, path: path, scope: "invitations:read",
		sum: "List the invitations of an organization, in any state, the oldest first",
	}, func(ctx context.Context, by manage.Caller, in *struct {
		OrganizationPath
		Paging
	},
	) (*listed[manage.Invitation], error) {
		return replyPage(s.manage.Invitations(ctx, by, in.Organization, in.list()))
	})
	register(s, route{
		id: "create-invitation", method: http.MethodPost, path: path, scope: "invitations:write", status: http.StatusCreated,
		sum: "Invite an address; the link is in this answer alone",
	}, func(ctx context.Context, by manage.Caller, in *struct {
		OrganizationPath
		Body newInvitation
	},
	) (*made[manage.SentInvitation], error) {
		n, err := s.manage.CreateInvitation(ctx, by, in.Organization, manage.NewInvitation{
			Email: in.Body.Email, Role: in.Body.Role, ExpiresAt: in.Body.ExpiresAt, InvitedBy: in.Body.InvitedBy, Send: s.sends(in.Body.Send),
		})
		if err != nil {
			return nil, err
		}
		return created(by, n, manage.ETag(n.Invitation), "organizations", in.Organization, "invitations", n.ID), nil
	})
	const one = path + "/{id}"
	register(s, route{id: "get-invitation", method: http.MethodGet, path: one, scope: "invitations:read", sum: "Get an invitation"},
		func(ctx context.Context, by manage.Caller, in *InvitationPath) (*got[manage.Invitation], error) {
			return reply(s.manage.Invitation(ctx, by, in.Organization, in.ID))
		})
	register(s, route{id: "revoke-invitation", method: http.MethodDelete, path: one, scope: "invitations:write", sum: "Revoke an invitation"},
		func(ctx context.Context, by manage.Caller, in *InvitationPath) (*gone, error) {
			return deleted(s.manage.RevokeInvitation(ctx, by, in.Organization, in.ID))
		})
	register(s, route{
		id: "resend-invitation", method: http.MethodPost, path: one + "/resend", scope: "invitations:write",
		sum: "Give an invitation a new link, which is in this answer alone, and revoke the old one",
	}, func(ctx context.Context, by manage.Caller, in *struct {
		InvitationPath
		Body *resending
	},
	) (*done[manage.SentInvitation], error) {
		var asked *bool
		if in.Body != nil {
			asked = in.Body.Send
		}
		n, err := s.manage.ResendInvitation(ctx, by, in.Organization, in.ID, s.sends(asked))
		return acted(by, n, err)
	})
}
