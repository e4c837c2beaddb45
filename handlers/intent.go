package handlers

import (
	"encoding/binary"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"orglogin/redirect"
	"orglogin/store"
)

// intent is what the browser asked for when the login began.
type intent struct {
	Redirect     []string // the raw values, judged again at the end
	Invitation   string   // the raw token
	Organization string   // the slug of the host hint
	Prompt       string   // select_account, login, or empty
	LoginHint    string   // one address, or empty
}

const selectAccount = "select_account" // the value of prompt that shows the provider's account chooser

const (
	maxRedirect   = 2048
	maxInvitation = 256
	maxSlug       = 63
)

// intentOf reads the parameters and bounds each. Nothing is judged here: what
// is too long is cut to a length that the judge refuses, so that the reason is
// still told at the end.
func intentOf(q url.Values) intent {
	in := intent{Invitation: store.TrimInvitationToken(q.Get("invitation")), Organization: q.Get("organization")}
	for _, v := range q["redirect"] {
		if len(in.Redirect) < 2 {
			in.Redirect = append(in.Redirect, v[:min(len(v), maxRedirect+1)])
		}
	}
	if len(in.Redirect) == 2 {
		in.Redirect = []string{"", ""} // two are malformed whatever they say
	}
	in.Invitation = in.Invitation[:min(len(in.Invitation), maxInvitation+1)]
	in.Organization = in.Organization[:min(len(in.Organization), maxSlug+1)]
	if p := q.Get("prompt"); p == selectAccount || p == "login" {
		in.Prompt = p
	}
	if email, ok := store.NormalizeEmail(q.Get("login_hint")); ok {
		in.LoginHint = email
	}
	return in
}

// formIntent is the intent of a form.
func formIntent(form map[string]string) intent {
	return intentOf(url.Values{"invitation": {form["invitation"]}, "redirect": {form["redirect"]}})
}

// queryOf reads a query as browsers write one: what stands between two & is a
// pair (URL Standard, application/x-www-form-urlencoded). net/url drops a pair
// with a semicolon or a broken escape in silence; here the first is a character,
// and the second stays as it came, for the judge to refuse.
func queryOf(r *http.Request) url.Values {
	q := url.Values{}
	for pair := range strings.SplitSeq(r.URL.RawQuery, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if pair != "" {
			name = unescaped(name)
			q[name] = append(q[name], unescaped(value))
		}
	}
	return q
}

func unescaped(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}

// query is the intent as parameters of /login and /auth/start.
func (in intent) query() url.Values {
	q := url.Values{}
	for _, v := range in.Redirect {
		q.Add("redirect", v)
	}
	for name, v := range map[string]string{
		"invitation": in.Invitation, "organization": in.Organization, "prompt": in.Prompt, "login_hint": in.LoginHint,
	} {
		if v != "" {
			q.Set(name, v)
		}
	}
	return q
}

// path is p with the intent as its query.
func (in intent) path(p string) string {
	if q := in.query(); len(q) > 0 {
		return p + "?" + q.Encode()
	}
	return p
}

// otherAccount is the same intent with the provider's account chooser.
func (in intent) otherAccount() intent {
	in.Prompt, in.LoginHint = selectAccount, ""
	return in
}

// again is the path that starts the login again with the same intent. With an
// invitation it is the login page, because the page with this link did not show
// the inviting organization.
func (in intent) again() string {
	if in.Invitation != "" {
		return in.path("/login")
	}
	return in.path("/auth/start")
}

// without is the same intent without its invitation.
func (in intent) without() intent {
	in.Invitation = ""
	return in
}

func (in intent) request(session *store.Session) redirect.Request {
	return redirect.Request{
		Session: session, Redirect: in.Redirect, Invitation: in.Invitation, Organization: in.Organization,
	}
}

var errIntent = errors.New("handlers: not an intent")

// appendBinary writes the parts that the decision needs, each with its length.
// JSON would change bytes that the judge must see.
func (in intent) appendBinary(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(in.Redirect)))
	for _, v := range append(in.Redirect[:len(in.Redirect):len(in.Redirect)], in.Invitation, in.Organization) {
		b = binary.AppendUvarint(b, uint64(len(v)))
		b = append(b, v...)
	}
	return b
}

func parseIntent(b []byte) (intent, error) {
	count, n := binary.Uvarint(b)
	if n <= 0 || count > 2 {
		return intent{}, errIntent
	}
	b = b[n:]
	parts := make([]string, count+2)
	for i := range parts {
		size, n := binary.Uvarint(b)
		if n <= 0 || size > uint64(len(b)-n) {
			return intent{}, errIntent
		}
		parts[i] = string(b[n : n+int(size)])
		b = b[n+int(size):]
	}
	if len(b) != 0 {
		return intent{}, errIntent
	}
	return intent{Redirect: parts[:count], Invitation: parts[count], Organization: parts[count+1]}, nil
}
