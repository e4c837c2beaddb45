package flow

import (
	"encoding/binary"
	"errors"
	"net/url"
	"strings"

	"orglogin/redirect"
	"orglogin/store"
)

// Intent is what the browser asked for when the login began.
type Intent struct {
	Redirect     []string // the raw values, checked again at the end
	Invitation   string   // the raw token
	Organization string   // the slug of the host hint
	Prompt       string   // select_account, login, or empty
	LoginHint    string   // one address, or empty
	Connection   string   // the connection to sign in with, empty for the only one or the default one
	Locales      string   // ui_locales: BCP 47 tags in the order of preference, separated by spaces
}

// LocalesName is the parameter of [Intent.Locales] (OpenID Connect Core 1.0 section 3.1.2.1).
const LocalesName = "ui_locales"

// SelectAccount is the value of prompt that shows the provider's account chooser.
const SelectAccount = "select_account"

// MaxRedirect is the length of the longest redirect, in bytes.
const MaxRedirect = 2048

const (
	maxInvitation = 256
	maxSlug       = 63
	maxConnection = 32
	maxLocales    = 128
)

// IntentOf reads the parameters and bounds each. Nothing is refused here: a value
// that is too long is cut to a length that the decision refuses, so that the
// reason is still reported at the end.
func IntentOf(q url.Values) Intent {
	in := Intent{Invitation: store.TrimInvitationToken(q.Get("invitation")), Organization: q.Get("organization")}
	for _, v := range q["redirect"] {
		if len(in.Redirect) < 2 {
			in.Redirect = append(in.Redirect, v[:min(len(v), MaxRedirect+1)])
		}
	}
	if len(in.Redirect) == 2 {
		in.Redirect = []string{"", ""} // two are malformed whatever they say
	}
	in.Invitation = in.Invitation[:min(len(in.Invitation), maxInvitation+1)]
	in.Organization = in.Organization[:min(len(in.Organization), maxSlug+1)]
	in.Connection = q.Get("connection")
	in.Connection = in.Connection[:min(len(in.Connection), maxConnection+1)]
	if p := q.Get("prompt"); p == SelectAccount || p == "login" {
		in.Prompt = p
	}
	if email, ok := store.NormalizeEmail(q.Get("login_hint")); ok {
		in.LoginHint = email
	}
	in.Locales = parseLocales(q.Get(LocalesName))
	return in
}

// parseLocales returns text where it has the form of ui_locales, else nothing: it is a wish, and no login fails by it.
func parseLocales(text string) string {
	const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789- "
	if len(text) > maxLocales || strings.Trim(text, allowed) != "" {
		return ""
	}
	return strings.Join(strings.Fields(text), " ")
}

// FormIntent is the intent of a form. The address in one is the login_hint.
func FormIntent(form map[string]string) Intent {
	q := url.Values{"invitation": {form["invitation"]}, "prompt": {form["prompt"]}, "login_hint": {strings.TrimSpace(form["email"])}}
	if form["redirect"] != "" {
		q.Set("redirect", form["redirect"])
	}
	return IntentOf(q)
}

// query is the intent as parameters of /login and /auth/start. Its locales are those of the request, which every link keeps.
func (in Intent) query() url.Values {
	q := url.Values{}
	for _, v := range in.Redirect {
		q.Add("redirect", v)
	}
	for name, v := range map[string]string{
		"invitation": in.Invitation, "organization": in.Organization, "prompt": in.Prompt, "login_hint": in.LoginHint,
		"connection": in.Connection,
	} {
		if v != "" {
			q.Set(name, v)
		}
	}
	return q
}

// Path is p with the intent as its query.
func (in Intent) Path(p string) string {
	if q := in.query(); len(q) > 0 {
		return p + "?" + q.Encode()
	}
	return p
}

// OtherAccount is the same intent with the provider's account chooser.
func (in Intent) OtherAccount() Intent {
	in.Prompt, in.LoginHint = SelectAccount, ""
	return in
}

// AgainPath is the path that starts the login again with the same intent. With an
// invitation it is the login page, because the page with this link did not show
// the inviting organization.
func (in Intent) AgainPath() string {
	if in.Invitation != "" {
		return in.Path("/login")
	}
	return in.Path("/auth/start")
}

// By is the same intent with a connection to sign in with.
func (in Intent) By(connectionID string) Intent {
	in.Connection = connectionID
	return in
}

// WithoutInvitation is the same intent without its invitation.
func (in Intent) WithoutInvitation() Intent {
	in.Invitation = ""
	return in
}

// PathRedirect is the redirect where it is a path, else empty.
func (in Intent) PathRedirect(site redirect.Site) string {
	if target, reason := site.Parse(in.Redirect); reason != store.OK || !target.IsPath() {
		return ""
	}
	return in.Redirect[0]
}

// Request asks where the session lands with this intent.
func (in Intent) Request(session *store.Session) redirect.Request {
	return redirect.Request{
		Session: session, Redirect: in.Redirect, Invitation: in.Invitation, Organization: in.Organization,
	}
}

var errIntent = errors.New("flow: not an intent")

// appendBinary writes the parts that the decision needs, each with its length.
// JSON would change bytes that the decision must see.
func (in Intent) appendBinary(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(in.Redirect)))
	for _, v := range append(in.Redirect[:len(in.Redirect):len(in.Redirect)], in.Invitation, in.Organization, in.Connection, in.Locales) {
		b = binary.AppendUvarint(b, uint64(len(v)))
		b = append(b, v...)
	}
	return b
}

func parseIntent(b []byte) (Intent, error) {
	count, n := binary.Uvarint(b)
	if n <= 0 || count > 2 {
		return Intent{}, errIntent
	}
	b = b[n:]
	parts := make([]string, count+4)
	for i := range parts {
		size, n := binary.Uvarint(b)
		if n <= 0 || size > uint64(len(b)-n) {
			return Intent{}, errIntent
		}
		parts[i] = string(b[n : n+int(size)])
		b = b[n+int(size):]
	}
	if len(b) != 0 {
		return Intent{}, errIntent
	}
	return Intent{Redirect: parts[:count], Invitation: parts[count], Organization: parts[count+1], Connection: parts[count+2], Locales: parts[count+3]}, nil
}
