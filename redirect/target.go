package redirect

import (
	"strings"

	"orglogin/store"
)

// Target is one redirect that [Site.Parse] let pass, in its parts. The zero
// value says that none was given. Two targets are equal when all parts are.
type Target struct {
	origin      Origin // zero for a path
	slug        string // the label of an organization's host
	path        string
	query       string
	fragment    string
	hasQuery    bool // an empty query or fragment is kept as well
	hasFragment bool
}

// Parse judges the values of the redirect parameter as far as form and
// configuration can: [store.NotGiven] for none or one empty value, [store.OK],
// or the first reason that applies of [store.Malformed] (two values too),
// [store.Scheme], [store.Userinfo], [store.Port], [store.Host], [store.Loop]
// and [store.UnknownOrganization] (a label under BASE_DOMAIN that can be no
// organization's). A host that may be an organization's passes here: who lives
// there is for the lookup to say. The target is zero unless the reason is OK.
func (s Site) Parse(values []string) (Target, store.Reason) {
	if len(values) == 0 || len(values) == 1 && values[0] == "" {
		return Target{}, store.NotGiven
	}
	if len(values) > 1 {
		return Target{}, store.Malformed
	}
	r, ok := parse(values[0])
	if !ok {
		return Target{}, store.Malformed
	}
	t := Target{
		path: r.path, query: r.query, fragment: r.fragment,
		hasQuery: r.hasQuery, hasFragment: r.hasFragment,
	}
	if r.scheme == "" {
		if r.leadsBack {
			return Target{}, store.Loop
		}
		return t, store.OK
	}
	host := store.LowerASCII(r.host)
	slug, reason := s.checkAbsolute(r, host)
	if reason != store.OK {
		return Target{}, reason
	}
	t.slug = slug
	t.origin = Origin{Scheme: s.Public.Scheme, Host: host, Port: s.Public.Port}
	return t, store.OK
}

// checkAbsolute compares an absolute URL with the configuration. It returns the slug
// where the host may be an organization's.
func (s Site) checkAbsolute(r reference, host string) (slug string, reason store.Reason) {
	scheme := store.LowerASCII(r.scheme)
	switch {
	case scheme != s.Public.Scheme:
		return "", store.Scheme
	case r.hasUserinfo:
		return "", store.Userinfo
	case !s.samePort(r):
		return "", store.Port
	}
	kind, label := s.HostOf(host)
	oneLabel := kind == OrganizationHost && isLabelText(label)
	ours := oneLabel || kind == LoginHost || kind == AppHost && host != s.BaseDomain
	switch {
	case ours && r.leadsBack:
		return "", store.Loop
	case host == s.App.Host:
		return "", store.OK
	case kind == LoginHost:
		// The chooser is where a browser without a session is sent back to.
		if r.path == chooserPath && !r.hasFragment {
			return "", store.OK
		}
		return "", store.Host
	case s.allows(host):
		return "", store.OK
	case !oneLabel:
		return "", store.Host
	case !store.ValidSlug(label):
		return "", store.UnknownOrganization
	}
	return label, store.OK
}

// samePort reports whether the URL has the port of PUBLIC_URL, spelled as
// everybody spells it: nothing or plain digits.
func (s Site) samePort(r reference) bool {
	switch {
	case !r.hasPort:
		return s.Public.Port == ""
	case s.Public.Port == "":
		return r.port == defaultPort(s.Public.Scheme)
	}
	return r.port == s.Public.Port
}

// isLabelText reports whether a lower-case label is one in looks: an
// organization's or none, but no escape or punctuation trick.
func isLabelText(label string) bool {
	for i := range len(label) {
		if !labelChars.has(label[i]) && label[i] != '_' {
			return false
		}
	}
	return true
}

// IsZero reports whether no redirect was given, or none that passed.
func (t Target) IsZero() bool { return t == Target{} }

// IsPath reports whether the target is a path, which needs a host to land on.
func (t Target) IsPath() bool { return t.origin == Origin{} && t.path != "" }

// Slug is the organization label that an absolute URL names, empty for a path
// and for a host that is no organization's.
func (t Target) Slug() string { return t.slug }

// String is the target in ASCII, rebuilt from its parts: scheme and host in
// lower case, the default port dropped, what [mustEncode] finds percent-encoded,
// everything else byte for byte. [Site.Parse] reads it back to the same URL,
// unless encoding made it longer than 2,048 bytes: pass on what was given.
func (t Target) String() string {
	if t.origin == (Origin{}) {
		return t.pathQueryFragment()
	}
	return t.origin.String() + t.pathQueryFragment()
}

// pathQueryFragment is what follows the host, as a URL has it.
func (t Target) pathQueryFragment() string { return encode(t.written()) }

// written is what follows the host as it was written.
func (t Target) written() string {
	switch {
	case t.hasQuery && t.hasFragment:
		return t.path + "?" + t.query + "#" + t.fragment
	case t.hasQuery:
		return t.path + "?" + t.query
	case t.hasFragment:
		return t.path + "#" + t.fragment
	}
	return t.path
}

// encode percent-encodes what [mustEncode] finds.
func encode(s string) string {
	count := 0
	for i := range len(s) {
		if mustEncode(s, i) {
			count++
		}
	}
	if count == 0 {
		return s
	}
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	b.Grow(len(s) + 2*count)
	for i := range len(s) {
		if c := s[i]; !mustEncode(s, i) {
			b.WriteByte(c)
		} else {
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
	return b.String()
}
