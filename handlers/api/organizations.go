package api

import (
	"context"
	"net/http"

	"orglogin/store"
	"orglogin/store/manage"
)

type newOrganization struct {
	Slug   string                `json:"slug" maxLength:"1024" doc:"One DNS label, under BASE_DOMAIN."`
	Name   string                `json:"name" maxLength:"1024"`
	Status store.SubdomainStatus `json:"subdomain_status,omitempty" maxLength:"1024" doc:"pending where it is not given."`
}

type organizationChange struct {
	Slug   *string                `json:"slug,omitempty" maxLength:"1024" doc:"The old slug redirects to the new one."`
	Name   *string                `json:"name,omitempty" maxLength:"1024"`
	Status *store.SubdomainStatus `json:"subdomain_status,omitempty" maxLength:"1024"`
	SSO    *store.SSO             `json:"sso,omitempty" maxLength:"1024" doc:"Whether the organization's own connections open it, and whether they alone do."`
	Color  *string                `json:"color,omitempty" maxLength:"1024" doc:"#rrggbb of its buttons and links, on which white text has a contrast of 4.5:1 or more. Empty: the operator's."`
}

func (c organizationChange) change() manage.OrganizationChange {
	return manage.OrganizationChange{Slug: c.Slug, Name: c.Name, Status: c.Status, SSO: c.SSO, Color: c.Color}
}

func (s *Server) organizationRoutes() {
	const path = "/v1/organizations"
	register(s, route{id: "list-organizations", method: http.MethodGet, path: path, scope: "organizations:read", sum: "List organizations, by slug"},
		func(ctx context.Context, by manage.Caller, in *struct{ Paging }) (*listed[manage.Organization], error) {
			return replyPage(s.manage.Organizations(ctx, by, in.list()))
		})
	register(s, route{
		id: "create-organization", method: http.MethodPost, path: path, scope: "organizations:write",
		sum: "Create an organization with its workspace", status: http.StatusCreated,
	}, func(ctx context.Context, by manage.Caller, in *struct{ Body newOrganization }) (*made[manage.Organization], error) {
		n, err := s.manage.CreateOrganization(ctx, by, manage.NewOrganization(in.Body))
		if err != nil {
			return nil, err
		}
		return created(by, n, manage.ETag(n), "organizations", n.ID), nil
	})
	const one = path + "/{organization}"
	register(s, route{id: "get-organization", method: http.MethodGet, path: one, scope: "organizations:read", sum: "Get an organization"},
		func(ctx context.Context, by manage.Caller, in *OrganizationPath) (*got[manage.Organization], error) {
			return reply(s.manage.Organization(ctx, by, in.Organization))
		})
	register(s, route{id: "update-organization", method: http.MethodPatch, path: one, scope: "organizations:write", sum: "Change an organization"},
		func(ctx context.Context, by manage.Caller, in *struct {
			OrganizationPath
			Body organizationChange
		},
		) (*got[manage.Organization], error) {
			return changed(s.manage.UpdateOrganization(ctx, by, in.Organization, in.Body.change()))
		})
	register(s, route{
		id: "delete-organization", method: http.MethodDelete, path: one, scope: "organizations:write",
		sum: "Delete an organization with everything in it; profiles stay",
	}, func(ctx context.Context, by manage.Caller, in *OrganizationPath) (*gone, error) {
		return deleted(s.manage.DeleteOrganization(ctx, by, in.Organization))
	})
}

// logoRoutes are those of the picture beside an organization's name, which is sent as it is.
func (s *Server) logoRoutes() {
	const path = "/v1/organizations/{organization}/logo"
	register(s, route{
		id: "set-logo", method: http.MethodPut, path: path, scope: "organizations:write",
		sum: "Set the logo: PNG or WebP of at most 64 KiB and 512 by 512 pixels", body: []string{"image/png", "image/webp"},
	}, func(ctx context.Context, by manage.Caller, in *struct {
		OrganizationPath
		RawBody []byte `contentType:"image/png"`
	},
	) (*got[manage.Organization], error) {
		if len(in.RawBody) == 0 {
			return nil, newProblem(http.StatusBadRequest, reasonMalformed, "the request has no body: DELETE removes a logo")
		}
		return changed(s.manage.UpdateOrganization(ctx, by, in.Organization, manage.OrganizationChange{Logo: &in.RawBody}))
	})
	register(s, route{id: "remove-logo", method: http.MethodDelete, path: path, scope: "organizations:write", sum: "Remove the logo"},
		func(ctx context.Context, by manage.Caller, in *OrganizationPath) (*gone, error) {
			none := []byte{}
			return deleted(s.manage.UpdateOrganization(ctx, by, in.Organization, manage.OrganizationChange{Logo: &none}))
		})
}
