package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"orglogin/cmd/internal/config"
)

// same is one operation by a command and through the API. In both {o} is the organization, {ann} and {bob} are the
// people in it, and {id} is the id in the answer before.
type same struct {
	command string // its words; one with a space in it is written with _
	request string // method, path and body
	reason  string // of the refusal, empty for none
}

// sameOperations are in the order of the life of an organization.
var sameOperations = []same{
	{"organizations create --slug {o} --name Twin", `POST /v1/organizations {"slug": "{o}", "name": "Twin"}`, ""},
	{"organizations create --slug {o} --name Twin", `POST /v1/organizations {"slug": "{o}", "name": "Twin"}`, "slug_taken"},
	{"organizations create --slug www --name _", `POST /v1/organizations {"slug": "www", "name": " "}`, "invalid"},
	{"organizations show {o}", `GET /v1/organizations/{o}`, ""},
	{"organizations show unknown", `GET /v1/organizations/unknown`, "not_found"},
	{"organizations update {o} --name Other --status verified", `PATCH /v1/organizations/{o} {"name": "Other", "subdomain_status": "verified"}`, ""},
	{"organizations update {o} --name Other", `PATCH /v1/organizations/{o} {"name": "Other"}`, ""},
	{"organizations update {o} --sso required", `PATCH /v1/organizations/{o} {"sso": "required"}`, "conflict"},
	{"import {file}", "", ""}, // Ann the owner and Bob
	{"members list --organization {o}", `GET /v1/organizations/{o}/members`, ""},
	{"members set --organization {o} --user {bob} --role admin", `PATCH /v1/organizations/{o}/members/{bob} {"role": "admin"}`, ""},
	{"members set --organization {o} --user {bob} --role not_a_role", `PATCH /v1/organizations/{o}/members/{bob} {"role": "not a role"}`, "invalid"},
	{"members set --organization {o} --user {ann} --no-active", `PATCH /v1/organizations/{o}/members/{ann} {"active": false}`, "last_owner"},
	{"members remove --organization {o} --user {ann}", `DELETE /v1/organizations/{o}/members/{ann}`, "last_owner"},
	{"members remove --organization {o} --user 00000000-0000-4000-8000-000000000000", `DELETE /v1/organizations/{o}/members/00000000-0000-4000-8000-000000000000`, "not_found"},
	{"invitations create --organization {o} --email eve@{o}.test --role admin", `POST /v1/organizations/{o}/invitations {"email": "eve@{o}.test", "role": "admin"}`, ""},
	{"invitations resend {id}", `POST /v1/organizations/{o}/invitations/{id}/resend`, ""},
	{"invitations resend {id}", `POST /v1/organizations/{o}/invitations/{id}/resend`, "rate_limited"},
	{"invitations revoke {id}", `DELETE /v1/organizations/{o}/invitations/{id}`, ""},
	{"invitations resend {id}", `POST /v1/organizations/{o}/invitations/{id}/resend`, "conflict"},
	{"invitations list --organization {o}", `GET /v1/organizations/{o}/invitations`, ""},
	{"invitations create --organization {o} --email not-an-address", `POST /v1/organizations/{o}/invitations {"email": "not-an-address"}`, "invalid"},
	{"domains add --organization {o} {o}.test", `POST /v1/organizations/{o}/domains {"domain": "{o}.test"}`, ""},
	{"domains add --organization {o} example.com", `POST /v1/organizations/{o}/domains {"domain": "example.com"}`, "invalid"},
	{"domains verify --organization {o} {o}.test", `POST /v1/organizations/{o}/domains/{o}.test/verify`, "conflict"},
	{"domains verify --organization {o} {o}.test --by-hand", `POST /v1/organizations/{o}/domains/{o}.test/verify {"by_hand": true}`, ""},
	{"domains update --organization {o} {o}.test --join auto --discoverable", `PATCH /v1/organizations/{o}/domains/{o}.test {"join": "auto", "discoverable": true}`, ""},
	{"domains remove --organization {o} {o}.test --yes", `DELETE /v1/organizations/{o}/domains/{o}.test`, ""},
	{"domains remove --organization {o} {o}.test --yes", `DELETE /v1/organizations/{o}/domains/{o}.test`, "not_found"},
	{"connections add --organization {o} --name Okta --issuer https://{o}.okta.test --client-id 1 --client-secret hush", `POST /v1/organizations/{o}/connections {"name": "Okta", "issuer": "https://{o}.okta.test", "client_id": "1", "client_secret": "hush"}`, ""},
	{"connections activate {id}", `PATCH /v1/organizations/{o}/connections/{id} {"status": "active"}`, "not_tested"},
	{"connections disable {id}", `PATCH /v1/organizations/{o}/connections/{id} {"status": "disabled"}`, ""},
	{"connections list --organization {o}", `GET /v1/organizations/{o}/connections`, ""},
	{"connections remove {id} --yes", `DELETE /v1/organizations/{o}/connections/{id}`, ""},
	{"connections add --organization {o} --name Okta --issuer http://10.0.0.1 --client-id 1 --client-secret hush", `POST /v1/organizations/{o}/connections {"name": "Okta", "issuer": "http://10.0.0.1", "client_id": "1", "client_secret": "hush"}`, "invalid"},
	{"people disable {bob}", `PATCH /v1/people/{bob} {"disabled": true}`, ""},
	{"people show {bob}", `GET /v1/people/{bob}`, ""},
	{"people enable {bob}", `PATCH /v1/people/{bob} {"disabled": false}`, ""},
	{"people delete {ann} --yes", `DELETE /v1/people/{ann}`, "last_owner"},
	{"people delete {bob} --yes", `DELETE /v1/people/{bob}`, ""},
	{"people show {bob}", `GET /v1/people/{bob}`, "not_found"},
	{"requests approve 00000000-0000-4000-8000-000000000000", `PATCH /v1/requests/00000000-0000-4000-8000-000000000000 {"state": "approved"}`, "not_found"},
	{"organizations delete {o} --yes", `DELETE /v1/organizations/{o}`, ""},
	{"people delete {ann} --yes", `DELETE /v1/people/{ann}`, ""},
}

func TestTheAPIAnswersAsTheCommandsDo(t *testing.T) {
	dir, err := os.MkdirTemp("", "api") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	w := &twins{T: t, env: environ(t, map[string]string{
		"DATABASE_URL": "sqlite:" + filepath.Join(dir, "orglogin.db"), "OIDC_ISSUER": "http://127.0.0.1:1", "DNS_RESOLVER": "127.0.0.1:1",
		"LISTEN_ADDR": "127.0.0.1:0", "ADMIN_LISTEN_ADDR": "127.0.0.1:0", "API_LISTEN_ADDR": "unix:" + filepath.Join(dir, "api.sock"),
	})}
	if status, _, stderr := w.run("migrate"); status != exitDone {
		t.Fatal(stderr)
	}
	w.serve(filepath.Join(dir, "api.sock"))
	a, b := w.twin("twin-a"), w.twin("twin-b")
	for _, op := range sameOperations {
		fromCommand, commandReason := w.command(a, op)
		fromAPI, apiReason := w.request(b, op)
		if commandReason != op.reason || op.request != "" && apiReason != op.reason {
			t.Errorf("%s: the command refuses with %q, the API with %q, want %q\n%s", op.command, commandReason, apiReason, op.reason, fromCommand)
		}
		if op.reason != "" || fromAPI == nil || fromCommand == nil {
			continue // a DELETE answers nothing
		}
		if list, ok := fromAPI.(map[string]any); ok && list["items"] != nil {
			fromAPI = list["items"]
		}
		if got, want := alike(fromAPI, "twin-b"), alike(fromCommand, "twin-a"); !slices.Equal(got, want) {
			t.Errorf("%s:\nthe command answers %v\nthe API answers    %v", op.command, want, got)
		}
	}
}

// twins are two organizations, one for the commands and one for the API.
type twins struct {
	*testing.T
	env    map[string]string
	client *http.Client
	token  string
}

// run runs a command of this program.
func (w *twins) run(args ...string) (status int, stdout, stderr string) {
	var environ []string
	for name, value := range w.env {
		environ = append(environ, config.Prefix+name+"="+value)
	}
	var out, errs bytes.Buffer
	status = run(args, environ, &environment{ctx: w.Context(), stdin: strings.NewReader(""), stdout: &out, stderr: &errs})
	return status, out.String(), errs.String()
}

// serve starts the service and makes a token of its API.
func (w *twins) serve(socket string) {
	w.Helper()
	service := program(w.T, w.env, "serve")
	if err := service.Start(); err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { _ = service.Process.Kill(); _ = service.Wait() })
	w.client = &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}}
	w.Cleanup(w.client.CloseIdleConnections)
	for begun := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		conn, err := new(net.Dialer).DialContext(w.Context(), "unix", socket)
		if err == nil {
			conn.Close()
			break
		}
		if time.Since(begun) > time.Minute {
			w.Fatal(err)
		}
	}
	status, stdout, stderr := w.run("tokens", "create", "--name", "twin", "--json", "--scope",
		"organizations:write,members:write,invitations:write,domains:write,connections:write,people:write,requests:write")
	var made struct{ Token string }
	if err := json.Unmarshal([]byte(stdout), &made); err != nil || status != exitDone {
		w.Fatalf("%v\n%s", err, stderr)
	}
	w.token = made.Token
}

// twin is one organization: what stands for what.
type twin struct{ values map[string]string }

func (w *twins) twin(slug string) *twin {
	w.Helper()
	file := filepath.Join(w.TempDir(), "people.json")
	text := strings.ReplaceAll(`{
"users": [{"email": "ann@{o}.test", "name": "Ann"}, {"email": "bob@{o}.test", "name": "Bob"}],
"memberships": [{"organization": "{o}", "email": "ann@{o}.test", "role": "owner"}, {"organization": "{o}", "email": "bob@{o}.test"}]}`, "{o}", slug)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		w.Fatal(err)
	}
	return &twin{map[string]string{"{o}": slug, "{file}": file}}
}

func (x *twin) fill(text string) string {
	for name, value := range x.values {
		text = strings.ReplaceAll(text, name, value)
	}
	return text
}

// learn keeps the ids of an answer.
func (x *twin) learn(answer any) {
	switch answer := answer.(type) {
	case map[string]any:
		if id, ok := answer["id"].(string); ok && id != "" {
			x.values["{id}"] = id
		}
		x.learn(answer["items"])
	case []any:
		for _, item := range answer {
			if m, ok := item.(map[string]any); ok && m["user_id"] != nil {
				name, _, _ := strings.Cut(m["email"].(string), "@")
				x.values["{"+name+"}"] = m["user_id"].(string)
			}
		}
	}
}

func (w *twins) command(x *twin, op same) (answer any, reason string) {
	w.Helper()
	var args []string
	for word := range strings.FieldsSeq(op.command) {
		args = append(args, x.fill(strings.ReplaceAll(word, "_", " ")))
	}
	if args[0] != "import" {
		args = append(args, "--json")
	}
	status, stdout, stderr := w.run(args...)
	if args[0] == "import" {
		if status != exitDone {
			w.Fatal(stderr)
		}
		return nil, ""
	}
	if err := json.Unmarshal([]byte(stdout), &answer); err != nil {
		w.Fatalf("%s: %v\n%s%s", op.command, err, stdout, stderr)
	}
	if status != exitDone {
		failure, _ := answer.(map[string]any)
		reason, _ = failure["reason"].(string)
		return answer, reason
	}
	x.learn(answer)
	return answer, ""
}

func (w *twins) request(x *twin, op same) (answer any, reason string) {
	w.Helper()
	if op.request == "" {
		_, reason = w.command(x, op) // of the same command for this twin
		return nil, reason
	}
	method, rest, _ := strings.Cut(x.fill(op.request), " ")
	path, body, _ := strings.Cut(rest, " ")
	r, err := http.NewRequestWithContext(w.Context(), method, "http://api"+path, strings.NewReader(body))
	if err != nil {
		w.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+w.token)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	res, err := w.client.Do(r)
	if err != nil {
		w.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		w.Fatal(err)
	}
	if len(text) == 0 {
		return nil, ""
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		w.Fatalf("%s: %v\n%s", op.request, err, text)
	}
	if res.StatusCode >= http.StatusBadRequest {
		problem, _ := answer.(map[string]any)
		reason, _ = problem["reason"].(string)
		return answer, reason
	}
	x.learn(answer)
	return answer, ""
}

// different are the parts of an answer that differ between any two things.
var different = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|c-[a-z2-7]{16}|\d{4}-\d\d-\d\dT[0-9:.]+Z|invitation=[A-Za-z0-9_-]{32}|verification=[a-z2-7]{32}`)

// alike is an answer without what differs between any two things. What was made at the same moment is in the order of
// ids, so a list is compared as a set.
func alike(answer any, slug string) []string {
	list, ok := answer.([]any)
	if !ok {
		list = []any{answer}
	}
	var all []string
	for _, item := range list {
		text, _ := json.Marshal(item) // it was JSON; keys are sorted
		all = append(all, different.ReplaceAllString(strings.ReplaceAll(string(text), slug, "twin"), "…"))
	}
	slices.Sort(all)
	return all
}
