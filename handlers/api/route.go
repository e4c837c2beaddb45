package api

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"orglogin/store/manage"
)

// route is one operation of the document.
type route struct {
	id     string
	method string
	path   string
	scope  string
	sum    string   // one line
	status int      // of success; zero is 200, and 204 of DELETE
	part   bool     // the ETag names a part of the answer, so that no answer is 304
	body   []string // media types of a body that is not JSON
}

// The shapes of answers.
type (
	// got is one thing.
	got[T any] struct {
		ETag string `header:"ETag" doc:"Of this version of the thing, for If-Match."`
		Body T
	}
	// made is a thing that a POST has made.
	made[T any] struct {
		Location string `header:"Location" doc:"Path of the thing."`
		ETag     string `header:"ETag" doc:"Of this version of the thing, for If-Match."`
		Replayed string `header:"Idempotency-Replayed" doc:"true where the answer is that of an earlier request with this Idempotency-Key."`
		Body     T
	}
	// done is the answer to an action.
	done[T any] struct {
		Replayed string `header:"Idempotency-Replayed" doc:"true where the answer is that of an earlier request with this Idempotency-Key."`
		Body     T
	}
	// listed is one page of a list.
	listed[T any] struct {
		ETag string `header:"ETag" doc:"Of this version of the page."`
		Body manage.Page[T]
	}
	// gone is the answer to a DELETE.
	gone struct{}
)

// Paging is what every list takes.
type Paging struct {
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"The most items of a page."`
	After string `query:"after" maxLength:"1024" doc:"next of the page before."`
}

func (p Paging) list() manage.List { return manage.List{Limit: p.Limit, After: p.After} }

// OrganizationPath is in the paths of an organization. Such types are exported because huma reads no embedded field
// that is not.
type OrganizationPath struct {
	Organization string `path:"organization" maxLength:"63" doc:"Id or slug of the organization."`
}

// register adds an operation, whose errors become problems.
func register[I, O any](s *Server, r route, do func(ctx context.Context, by manage.Caller, in *I) (*O, error)) {
	if r.status == 0 && r.method != http.MethodDelete {
		r.status = http.StatusOK
	}
	op := huma.Operation{
		OperationID: r.id, Method: r.method, Path: r.path, Summary: r.sum, DefaultStatus: r.status,
		Tags:       []string{strings.SplitN(r.scope, ":", 2)[0]},
		Security:   []map[string][]string{{securityScheme: {r.scope}}},
		Parameters: headersOf(r), Responses: refusalsOf(r),
		RejectUnknownQueryParameters: true, MaxBodyBytes: maxBody + 1,
	}
	if len(r.body) > 0 {
		op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{}}
		for _, mediaType := range r.body {
			op.RequestBody.Content[mediaType] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
		}
	}
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
		q := requestOf(ctx)
		out, err := do(ctx, q.by, in)
		if err != nil {
			return nil, problemOf(err)
		}
		if v, ok := any(out).(versioned); ok && r.cacheable() && q.seen != "" && v.version() == q.seen {
			return nil, notModified(q.seen)
		}
		return out, nil
	})
}

func (r route) cacheable() bool { return r.method == http.MethodGet && !r.part }

// versioned is an answer with an ETag.
type versioned interface{ version() string }

func (g *got[T]) version() string { return g.ETag }

func (l *listed[T]) version() string { return l.ETag }

// notModified is the answer to a GET of a version that the caller has.
type notModified string

func (notModified) Error() string { return "not modified" }

// GetStatus implements [huma.StatusError].
func (notModified) GetStatus() int { return http.StatusNotModified }

// GetHeaders implements [huma.HeadersError].
func (n notModified) GetHeaders() http.Header { return http.Header{"Etag": {string(n)}} }

func scopeOf(op *huma.Operation) string { return op.Security[0][securityScheme][0] }

const securityScheme = "token"

// headersOf are the headers that an operation takes, which middleware reads.
func headersOf(r route) []*huma.Param {
	text := func(name, doc string, most int) []*huma.Param {
		return []*huma.Param{{Name: name, In: "header", Description: doc, Schema: &huma.Schema{Type: huma.TypeString, MaxLength: &most}}}
	}
	switch r.method {
	case http.MethodPost:
		return text(onceHeader, "A request with the same key, path and body is done once in 24 hours, and answered as the first time. Visible ASCII characters.", manage.MaxOnceKey)
	case http.MethodGet:
		if r.part {
			return nil
		}
		return text("If-None-Match", "ETag of the version that the caller has: the answer is 304 where it is still this one.", 128)
	case http.MethodPatch, http.MethodPut, http.MethodDelete:
		return text("If-Match", "ETag of the version that the caller saw: the answer is 412 where it has changed since.", 128)
	}
	return nil
}

// refusalsOf are the statuses that a refusal of an operation may have.
func refusalsOf(r route) map[string]*huma.Response {
	statuses := []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusUnprocessableEntity, http.StatusTooManyRequests, http.StatusServiceUnavailable}
	switch r.method {
	case http.MethodPost, http.MethodPatch, http.MethodPut:
		statuses = append(statuses, http.StatusBadRequest, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	switch r.method {
	case http.MethodDelete:
		statuses = append(statuses, http.StatusConflict, http.StatusPreconditionFailed)
	case http.MethodPatch, http.MethodPut:
		statuses = append(statuses, http.StatusPreconditionFailed)
	case http.MethodGet: // what is in tables of the operator's own
		statuses = append(statuses, http.StatusConflict)
	}
	all := map[string]*huma.Response{}
	if r.cacheable() {
		all[strconv.Itoa(http.StatusNotModified)] = &huma.Response{Description: "The caller has this version."}
	}
	for _, status := range statuses {
		all[strconv.Itoa(status)] = &huma.Response{Ref: "#/components/responses/Problem"}
	}
	return all
}

// reply is the answer that a thing is as it is now.
func reply[T any](thing T, err error) (*got[T], error) {
	if err != nil {
		return nil, err
	}
	return &got[T]{ETag: manage.ETag(thing), Body: thing}, nil
}

// changed is the answer to a PATCH.
func changed[T any](c manage.Changed[T], err error) (*got[T], error) { return reply(c.After, err) }

// replyPage is the answer to a question for a list.
func replyPage[T any](p manage.Page[T], err error) (*listed[T], error) {
	if err != nil {
		return nil, err
	}
	return &listed[T]{ETag: manage.ETag(p), Body: p}, nil
}

// created is the answer to a POST that made a thing at a path.
func created[T any](by manage.Caller, thing T, etag string, path ...string) *made[T] {
	for i := range path {
		path[i] = url.PathEscape(path[i])
	}
	return &made[T]{Location: "/v1/" + strings.Join(path, "/"), ETag: etag, Replayed: replayed(by), Body: thing}
}

// acted is the answer to an action.
func acted[T any](by manage.Caller, thing T, err error) (*done[T], error) {
	if err != nil {
		return nil, err
	}
	return &done[T]{Replayed: replayed(by), Body: thing}, nil
}

func deleted[T any](_ T, err error) (*gone, error) {
	if err != nil {
		return nil, err
	}
	return &gone{}, nil
}
