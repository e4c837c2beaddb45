package api

import (
	"context"
	"net/http"

	"orglogin/store/manage"
)

// PersonPath is in the paths of its kind.
type PersonPath struct {
	ID string `path:"id" maxLength:"36" doc:"Id of the profile."`
}

type personChange struct {
	Disabled *bool `json:"disabled,omitempty" doc:"Disabling ends every session."`
}

// SessionPath is in the paths of its kind.
type SessionPath struct {
	PersonPath
	Session string `path:"session" maxLength:"36" doc:"Id of the session."`
}

// record is a person with everything about them, of which the ETag names the person alone: If-Match is for that.
type record struct {
	ETag string `header:"ETag" doc:"Of this version of the person, without what hangs on it, for If-Match."`
	Body manage.PersonRecord
}

func (s *Server) peopleRoutes() {
	const path = "/v1/people"
	register(s, route{id: "list-people", method: http.MethodGet, path: path, scope: "people:read", sum: "List people, by address"},
		func(ctx context.Context, by manage.Caller, in *struct {
			Paging
			Email string `query:"email" maxLength:"320" doc:"Only those who have this address."`
		},
		) (*listed[manage.Person], error) {
			return replyPage(s.manage.People(ctx, by, in.Email, in.list()))
		})
	const one = path + "/{id}"
	register(s, route{
		id: "get-person", method: http.MethodGet, path: one, scope: "people:read", part: true,
		sum: "Get everything that is stored about a person; the ETag is that of the person alone",
	}, func(ctx context.Context, by manage.Caller, in *PersonPath) (*record, error) {
		n, err := s.manage.Person(ctx, by, in.ID)
		if err != nil {
			return nil, err
		}
		return &record{ETag: manage.ETag(n.Person), Body: n}, nil
	})
	register(s, route{id: "update-person", method: http.MethodPatch, path: one, scope: "people:write", sum: "Disable or enable a person"},
		func(ctx context.Context, by manage.Caller, in *struct {
			PersonPath
			Body personChange
		},
		) (*got[manage.Person], error) {
			if in.Body.Disabled == nil {
				n, err := s.manage.Person(ctx, by, in.ID)
				return reply(n.Person, err)
			}
			return changed(s.manage.SetDisabled(ctx, by, in.ID, *in.Body.Disabled))
		})
	register(s, route{id: "delete-person", method: http.MethodDelete, path: one, scope: "people:write", sum: "Delete a person whole"},
		func(ctx context.Context, by manage.Caller, in *struct {
			PersonPath
			WithOrganizations bool `query:"with_organizations" doc:"Also the organizations that have no other member."`
		},
		) (*gone, error) {
			return deleted(s.manage.DeletePerson(ctx, by, in.ID, in.WithOrganizations))
		})
	const sessions = one + "/sessions"
	register(s, route{id: "list-sessions", method: http.MethodGet, path: sessions, scope: "sessions:read", sum: "List the sessions of a person, the newest first"},
		func(ctx context.Context, by manage.Caller, in *struct {
			PersonPath
			Paging
		},
		) (*listed[manage.Session], error) {
			return replyPage(s.manage.Sessions(ctx, by, in.ID, in.list()))
		})
	register(s, route{id: "end-sessions", method: http.MethodDelete, path: sessions, scope: "sessions:write", sum: "End all sessions of a person"},
		func(ctx context.Context, by manage.Caller, in *PersonPath) (*gone, error) {
			return deleted(s.manage.EndSessions(ctx, by, in.ID))
		})
	register(s, route{id: "end-session", method: http.MethodDelete, path: sessions + "/{session}", scope: "sessions:write", sum: "End one session of a person"},
		func(ctx context.Context, by manage.Caller, in *SessionPath) (*gone, error) {
			return deleted(s.manage.EndSession(ctx, by, in.ID, in.Session))
		})
}
