package api

import (
	"context"
	"net/http"

	"orglogin/store"
	"orglogin/store/manage"
)

// ConnectionPath is in the paths of its kind.
type ConnectionPath struct {
	OrganizationPath
	ID string `path:"id" maxLength:"36" doc:"Id of the connection, such as c-abcdefghij234567."`
}

type newConnection struct {
	Name          string                  `json:"name" maxLength:"1024" doc:"On the button: Sign in with <name>."`
	Issuer        string                  `json:"issuer" maxLength:"2048"`
	ClientID      string                  `json:"client_id" maxLength:"2048"`
	ClientSecret  string                  `json:"client_secret" maxLength:"4096" doc:"Written once, and never read."`
	EmailVerified store.EmailVerifiedMode `json:"email_verified,omitempty" maxLength:"1024" doc:"What makes an address verified; claim where it is not given."`
	UserInfo      string                  `json:"userinfo,omitempty" maxLength:"1024" doc:"auto where it is not given."`
	HostedDomains []string                `json:"hosted_domains,omitempty" nullable:"false" maxItems:"100" maxLength:"1024" doc:"Accept only accounts of these hosted domains."`
	Private       bool                    `json:"private,omitempty" doc:"The provider may be in a network of OUTBOUND_ALLOWED_NETWORKS. For tokens of no organization."`
}

type connectionChange struct {
	Name         *string                `json:"name,omitempty" maxLength:"1024"`
	Issuer       *string                `json:"issuer,omitempty" maxLength:"2048" doc:"Another issuer, client_id or client_secret makes the connection a draft, which must be tested again."`
	ClientID     *string                `json:"client_id,omitempty" maxLength:"2048"`
	ClientSecret *string                `json:"client_secret,omitempty" maxLength:"4096"`
	Status       *store.ConnectionState `json:"status,omitempty" maxLength:"1024" doc:"active after a test login, or disabled."`
}

func (s *Server) connectionRoutes() {
	const path = "/v1/organizations/{organization}/connections"
	register(s, route{id: "list-connections", method: http.MethodGet, path: path, scope: "connections:read", sum: "List the connections of an organization, the oldest first"},
		func(ctx context.Context, by manage.Caller, in *struct {
			OrganizationPath
			Paging
		},
		) (*listed[manage.Connection], error) {
			return replyPage(s.manage.Connections(ctx, by, in.Organization, in.list()))
		})
	register(s, route{
		id: "add-connection", method: http.MethodPost, path: path, scope: "connections:write", status: http.StatusCreated,
		sum: "Add a connection, which is a draft until it is tested and activated",
	}, func(ctx context.Context, by manage.Caller, in *struct {
		OrganizationPath
		Body newConnection
	},
	) (*made[manage.Connection], error) {
		n, err := s.manage.AddConnection(ctx, by, in.Organization, manage.NewConnection(in.Body))
		if err != nil {
			return nil, err
		}
		return created(by, n, manage.ETag(n), "organizations", in.Organization, "connections", n.ID), nil
	})
	const one = path + "/{id}"
	register(s, route{id: "get-connection", method: http.MethodGet, path: one, scope: "connections:read", sum: "Get a connection"},
		func(ctx context.Context, by manage.Caller, in *ConnectionPath) (*got[manage.Connection], error) {
			return reply(s.manage.Connection(ctx, by, in.Organization, in.ID))
		})
	register(s, route{id: "update-connection", method: http.MethodPatch, path: one, scope: "connections:write", sum: "Change, activate or disable a connection"},
		func(ctx context.Context, by manage.Caller, in *struct {
			ConnectionPath
			Body connectionChange
		},
		) (*got[manage.Connection], error) {
			return changed(s.manage.UpdateConnection(ctx, by, in.Organization, in.ID, manage.ConnectionChange(in.Body)))
		})
	register(s, route{id: "remove-connection", method: http.MethodDelete, path: one, scope: "connections:write", sum: "Remove a connection with its identities"},
		func(ctx context.Context, by manage.Caller, in *ConnectionPath) (*gone, error) {
			return deleted(s.manage.RemoveConnection(ctx, by, in.Organization, in.ID))
		})
	register(s, route{
		id: "test-connection", method: http.MethodPost, path: one + "/test", scope: "connections:write",
		sum: "Make the link of a test login, good once and for 15 minutes",
	}, func(ctx context.Context, by manage.Caller, in *ConnectionPath) (*done[manage.ConnectionTest], error) {
		n, err := s.manage.TestConnection(ctx, by, in.Organization, in.ID)
		return acted(by, n, err)
	})
}
