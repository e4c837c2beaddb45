package api

import (
	"net/http"
	"reflect"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"orglogin/store"
	"orglogin/store/manage"
)

// humaConfig has none of huma's own pages: its documentation loads scripts of others, and its create hooks add links
// to schemas to every answer.
func (s *Server) humaConfig() huma.Config {
	cfg := huma.DefaultConfig("orglogin", "1")
	cfg.CreateHooks, cfg.DocsPath, cfg.OpenAPIPath, cfg.SchemasPath = nil, "", "", ""
	cfg.Formats = map[string]huma.Format{"application/json": strictJSON, "json": strictJSON}
	cfg.Info.Description = "Organizations and who may sign in to them. Every operation is also a command of orglogin."
	cfg.Transformers = []huma.Transformer{func(ctx huma.Context, _ string, v any) (any, error) {
		if m, ok := v.(*huma.ErrorModel); ok {
			v = problemOfForm(m)
		}
		if p, ok := v.(*Problem); ok {
			s.note(ctx.Context(), p)
		}
		return v, nil
	}}
	cfg.Components.SecuritySchemes = map[string]*huma.SecurityScheme{securityScheme: {
		Type: "http", Scheme: "bearer", Description: "A token of orglogin tokens create, with the scope that each operation names. One with :write includes :read.",
	}}
	return cfg
}

// bodies are the types of what is sent.
var bodies = []reflect.Type{
	reflect.TypeFor[newOrganization](), reflect.TypeFor[organizationChange](), reflect.TypeFor[memberChange](), reflect.TypeFor[newInvitation](),
	reflect.TypeFor[resending](), reflect.TypeFor[newDomain](), reflect.TypeFor[domainChange](), reflect.TypeFor[verification](),
	reflect.TypeFor[newConnection](), reflect.TypeFor[connectionChange](), reflect.TypeFor[personChange](), reflect.TypeFor[requestChange](),
}

// words are the values that a member may have, by its type and name; those of bodies are only said in the
// document, and checked by the manager.
var words = map[string]map[string][]any{
	"Organization":       {"subdomain_status": list(store.Pending, store.Verifying, store.Verified, store.Failed, store.Disabled), "sso": list(store.SSOOff, store.SSOOptional, store.SSORequired)},
	"Invitation":         {"state": invitationStates, "mail": mailStates},
	"SentInvitation":     {"state": invitationStates, "mail": mailStates},
	"Domain":             {"status": list(store.DomainPending, store.DomainVerified, store.DomainLapsed), "join": joinModes},
	"Connection":         {"status": list(store.ConnectionDraft, store.ConnectionTested, store.ConnectionActive, store.ConnectionDisabled), "email_verified": emailModes, "userinfo": list("auto", "off")},
	"JoinRequest":        {"state": list(store.RequestWaiting, store.RequestApproved, store.RequestDeclined)},
	"NewOrganization":    {"subdomain_status": list(store.Pending, store.Verifying, store.Verified, store.Failed, store.Disabled)},
	"OrganizationChange": {"subdomain_status": list(store.Pending, store.Verifying, store.Verified, store.Failed, store.Disabled), "sso": list(store.SSOOff, store.SSOOptional, store.SSORequired)},
	"DomainChange":       {"join": joinModes},
	"NewConnection":      {"email_verified": emailModes, "userinfo": list("auto", "off")},
	"ConnectionChange":   {"status": list(store.ConnectionActive, store.ConnectionDisabled)},
	"RequestChange":      {"state": list(store.RequestApproved, store.RequestDeclined)},
}

var (
	invitationStates = list(store.InvitationPending, store.InvitationAccepted, store.InvitationRevoked, store.InvitationExpired)
	mailStates       = list(manage.MailNone, manage.MailQueued, manage.MailSent, manage.MailFailed)
	joinModes        = list(store.JoinOff, store.JoinByRequest, store.JoinAuto)
	emailModes       = list(store.EmailVerifiedClaim, store.EmailVerifiedEDOV, store.EmailVerifiedIssuer)
)

func list[T ~string](words ...T) []any {
	all := make([]any, len(words))
	for i, w := range words {
		all[i] = string(w)
	}
	return all
}

// finishDocument says in the document what huma does not read from the types.
func (s *Server) finishDocument() {
	document := s.api.OpenAPI()
	schemas := document.Components.Schemas
	problem := schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	document.Components.Responses = map[string]*huma.Response{"Problem": {
		Description: "A refusal or a failure.",
		Content:     map[string]*huma.MediaType{problemType: {Schema: problem}},
	}}
	sent := map[string]bool{}
	for _, t := range bodies {
		sent[huma.DefaultSchemaNamer(t, "")] = true
	}
	delete(schemas.Map(), "ErrorModel") // huma's own errors, which become ours
	delete(schemas.Map(), "ErrorDetail")
	for name, schema := range schemas.Map() {
		if sent[name] {
			sayOnly(schema, words[name])
		} else {
			answer(schema, words[name])
		}
	}
	for _, path := range document.Paths {
		if path.Patch != nil { // a merge patch is JSON
			content := path.Patch.RequestBody.Content
			content["application/merge-patch+json"] = content["application/json"]
		}
	}
	document.AddOperation(&huma.Operation{
		OperationID: "get-document", Method: http.MethodGet, Path: documentPath, Summary: "Get this document; needs no token", Tags: []string{"document"},
		Security:  []map[string][]string{},
		Responses: map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{documentType: {Schema: &huma.Schema{Type: huma.TypeObject}}}}},
	})
}

// sayOnly moves what the manager checks to where it is written and not validated.
func sayOnly(schema *huma.Schema, words map[string][]any) {
	if len(schema.Required) > 0 {
		schema.Extensions = map[string]any{"required": schema.Required}
		schema.Required = nil
	}
	for name, values := range words {
		schema.Properties[name].Extensions = map[string]any{"enum": values}
	}
	schema.PrecomputeMessages()
}

// answer lets the schema of an answer grow: a member more breaks no client. Lists are never null.
func answer(schema *huma.Schema, words map[string][]any) {
	schema.AdditionalProperties = nil
	for _, property := range schema.Properties {
		if property.Type == huma.TypeArray {
			property.Nullable = false
		}
	}
	for name, values := range words {
		schema.Properties[name].Enum = values
	}
	slices.Sort(schema.Required)
}

// documentType is the media type of the document (draft-ietf-httpapi-rest-api-mediatypes).
const documentType = "application/vnd.oai.openapi+json"
