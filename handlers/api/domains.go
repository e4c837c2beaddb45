package api

import (
	"context"
	"net/http"

	"orglogin/store"
	"orglogin/store/manage"
)

// DomainPath is in the paths of its kind.
type DomainPath struct {
	OrganizationPath
	Domain string `path:"domain" maxLength:"1024" doc:"The domain, such as acme.example."`
}

type newDomain struct {
	Domain string `json:"domain" maxLength:"1024"`
}

type domainChange struct {
	Join         *store.JoinMode `json:"join,omitempty" maxLength:"1024" doc:"What an address in the domain lets a person do: nothing, ask to join, or join."`
	Discoverable *bool           `json:"discoverable,omitempty" doc:"Whether the login page finds the organization's connection by it."`
}

type verification struct {
	ByHand   bool `json:"by_hand,omitempty" doc:"Without a record. For tokens of no organization."`
	TakeOver bool `json:"take_over,omitempty" doc:"With by_hand: take it from the organization that has verified it."`
	Certain  bool `json:"certain,omitempty" doc:"With by_hand: although anybody can have an address in it."`
}

func (s *Server) domainRoutes() {
	const path = "/v1/organizations/{organization}/domains"
	register(s, route{id: "list-domains", method: http.MethodGet, path: path, scope: "domains:read", sum: "List the domains that an organization claims"},
		func(ctx context.Context, by manage.Caller, in *struct {
			OrganizationPath
			Paging
		},
		) (*listed[manage.Domain], error) {
			return replyPage(s.manage.Domains(ctx, by, in.Organization, in.list()))
		})
	register(s, route{
		id: "add-domain", method: http.MethodPost, path: path, scope: "domains:write", status: http.StatusCreated,
		sum: "Claim a domain; the answer has the record to set. One that is claimed already is answered as it is",
	}, func(ctx context.Context, by manage.Caller, in *struct {
		OrganizationPath
		Body newDomain
	},
	) (*made[manage.Domain], error) {
		n, err := s.manage.AddDomain(ctx, by, in.Organization, in.Body.Domain)
		if err != nil {
			return nil, err
		}
		return created(by, n, manage.ETag(n), "organizations", in.Organization, "domains", n.Domain), nil
	})
	const one = path + "/{domain}"
	register(s, route{id: "get-domain", method: http.MethodGet, path: one, scope: "domains:read", sum: "Get a domain"},
		func(ctx context.Context, by manage.Caller, in *DomainPath) (*got[manage.Domain], error) {
			return reply(s.manage.Domain(ctx, by, in.Organization, in.Domain))
		})
	register(s, route{id: "update-domain", method: http.MethodPatch, path: one, scope: "domains:write", sum: "Change what a domain does"},
		func(ctx context.Context, by manage.Caller, in *struct {
			DomainPath
			Body domainChange
		},
		) (*got[manage.Domain], error) {
			return changed(s.manage.UpdateDomain(ctx, by, in.Organization, in.Domain, manage.DomainChange(in.Body)))
		})
	register(s, route{id: "remove-domain", method: http.MethodDelete, path: one, scope: "domains:write", sum: "Remove a domain; members stay"},
		func(ctx context.Context, by manage.Caller, in *DomainPath) (*gone, error) {
			return deleted(s.manage.RemoveDomain(ctx, by, in.Organization, in.Domain))
		})
	register(s, route{
		id: "verify-domain", method: http.MethodPost, path: one + "/verify", scope: "domains:write",
		sum: "Look up the record now; 409 where it does not verify the domain",
	}, func(ctx context.Context, by manage.Caller, in *struct {
		DomainPath
		Body *verification
	},
	) (*done[manage.Domain], error) {
		how := verification{}
		if in.Body != nil {
			how = *in.Body
		}
		return s.verifyDomain(ctx, by, in.DomainPath, how)
	})
}

func (s *Server) verifyDomain(ctx context.Context, by manage.Caller, at DomainPath, how verification) (*done[manage.Domain], error) {
	if err := how.check(); err != nil {
		return nil, err
	}
	if how.ByHand {
		n, err := s.manage.VerifyDomainByHand(ctx, by, at.Organization, at.Domain, manage.ByHand{TakeOver: how.TakeOver, Certain: how.Certain})
		return acted(by, n, err)
	}
	n, err := s.manage.VerifyDomain(ctx, by, at.Organization, at.Domain)
	return acted(by, n, err)
}

// check refuses what belongs to a verification by hand without one.
func (v verification) check() error {
	var fields []manage.Field
	for _, f := range []struct {
		name string
		set  bool
	}{{"take_over", v.TakeOver}, {"certain", v.Certain}} {
		if f.set && !v.ByHand {
			fields = append(fields, manage.Field{Name: f.name, Detail: "is true without by_hand"})
		}
	}
	if fields == nil {
		return nil
	}
	return manage.Invalid(fields...)
}
