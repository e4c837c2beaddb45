package verify

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"orglogin/handlers/web"
	"orglogin/redirect"
	"orglogin/store"
)

// asked is the request that a proxy asks about.
type asked struct {
	host   string // as given, with its port
	name   string // its host in lower case, without the port
	uri    string // path and query, as given
	method string
}

// forwarded are the headers that name the asked-for URL. Each may come once, and
// never as a list; in a url a comma makes none. Those that name its place rule
// out that the place is the request's own (Envoy, which may still say the scheme).
var forwarded = [...]struct {
	name  string
	names bool
	url   bool
}{
	{"X-Forwarded-Proto", false, false},
	{"X-Forwarded-Host", true, false},
	{"X-Forwarded-Uri", true, true},
	{"X-Forwarded-Method", false, false},
	{"X-Original-Url", true, true},
}

// single reports whether a value is one, and not a chain's list of them.
func single(value string, url bool) bool {
	for i := range len(value) {
		if c := value[i]; c == ' ' || c == '\t' || c == ',' && !url {
			return false
		}
	}
	return true
}

// otherNames are headers by which other software names a URL. The shipped proxy
// files clear them; one that arrives says that the proxy in front is not
// configured as it should be, or that a request goes round it.
var otherNames = [...]string{"Forwarded", "X-Rewrite-Url", "X-Original-Uri", "X-Forwarded-Prefix"}

// namesPage reports whether a header names the page asked for.
func namesPage(h http.Header) bool {
	for _, f := range &forwarded {
		if f.names && len(h[f.name]) > 0 {
			return true
		}
	}
	return false
}

// askedFor reads what a proxy asks about, and refuses rather than guesses
// (contract section 9): only from trusted peers, each source once, all sources
// alike, and never another of our hosts than the one the request itself came to.
func (s *Handler) askedFor(c echo.Context, forward bool) (asked, bool) {
	r := c.Request()
	if !web.Contains(s.TrustedProxies, web.PeerOf(r)) {
		return asked{}, false
	}
	for _, f := range &forwarded {
		if values := r.Header[f.name]; len(values) > 1 || len(values) == 1 && !single(values[0], f.url) {
			return asked{}, false // twice, or a list of a chain: which one is meant is not known
		}
	}
	named := namesPage(r.Header)
	for _, name := range &otherNames {
		if len(r.Header[name]) > 0 {
			return asked{}, false
		}
	}
	a, ok := given(r.Header)
	switch {
	case !ok, !named && !forward:
		return asked{}, false
	case !named: // Envoy: our own host, and what follows in the path
		a.host, a.uri = r.Host, strings.TrimPrefix(r.RequestURI, forwardPath)
	}
	if a.uri == "" || a.uri[0] == '?' {
		a.uri = "/" + a.uri
	}
	if a.method == "" {
		a.method = r.Method
	}
	a.name = redirect.HostName(a.host)
	if web.HostOf(c) != redirect.ForeignHost && web.HostName(c) != a.name {
		return asked{}, false
	}
	return a, a.uri[0] == '/'
}

// given reads the headers; ok is false when two of them differ.
func given(h http.Header) (a asked, ok bool) {
	a = asked{host: h.Get("X-Forwarded-Host"), uri: h.Get("X-Forwarded-Uri"), method: h.Get("X-Forwarded-Method")}
	scheme := h.Get("X-Forwarded-Proto")
	if scheme != "" && scheme != "http" && scheme != "https" && scheme != "ws" && scheme != "wss" {
		return asked{}, false
	}
	original := h.Get("X-Original-Url")
	if original == "" {
		return a, true
	}
	u, err := url.Parse(original)
	if err != nil || u.User != nil || strings.Contains(original, "#") {
		return asked{}, false
	}
	uri := original
	if u.Host != "" {
		uri = behindHost(original)
	}
	if u.Host == "" && a.host == "" {
		return asked{}, false
	}
	if a.host != "" && u.Host != "" && a.host != u.Host || a.uri != "" && a.uri != uri ||
		scheme != "" && u.Scheme != "" && scheme != u.Scheme {
		return asked{}, false
	}
	if a.host == "" {
		a.host = u.Host
	}
	a.uri = uri
	return a, true
}

// behindHost is what follows the host of a URL, as it was written; a path
// that is left out is /.
func behindHost(text string) string {
	_, behind, _ := strings.Cut(text, "//")
	at := strings.IndexAny(behind, "/?")
	switch {
	case at < 0:
		return "/"
	case behind[at] == '?':
		return "/" + behind[at:]
	}
	return behind[at:]
}

// pageURL is the page asked for as a redirect. The scheme is ours: the
// proxy may have ended TLS long before. So is a port that it leaves out.
func (s *Handler) pageURL(a asked) string {
	public, host := s.Site.Public, a.host
	if len(host) == len(a.name) && public.Port != "" { // the name is the host in lower case, without its port
		host += ":" + public.Port
	}
	return public.Scheme + "://" + host + a.uri
}

// loginURL is where a browser without a session that opens the page goes: the login
// page, with the page asked for as its redirect where it would not be refused. Where a
// session is there, the organization is named, so that its own page asks for more.
func (s *Handler) loginURL(v verdict) string {
	login := s.Site.Public.String() + "/login"
	page := s.pageURL(v.asked)
	_, reason := s.Site.Parse([]string{page})
	slug, isOrganization := s.Site.SlugOfHost(v.asked.name) // letters, digits and hyphens
	switch named := isOrganization && v.reason == store.SSORequiredReason; {
	case reason == store.OK && named:
		return login + "?organization=" + slug + "&redirect=" + url.QueryEscape(page)
	case reason == store.OK:
		return login + "?redirect=" + url.QueryEscape(page)
	case isOrganization:
		return login + "?organization=" + slug
	}
	return login
}

// movedURL is the page asked for on the host that a renamed organization has now,
// rebuilt from its parsed parts; "" where a link would not do: another method than GET
// and HEAD, a program that cannot follow to another origin, a path that is
// refused as a redirect.
func (s *Handler) movedURL(a asked, slug string, h http.Header) string {
	if !web.IsReading(a.method) || destinationOf(h) != wholeWindow {
		return ""
	}
	target, reason := s.Site.Parse([]string{s.Site.OrganizationURL(slug, a.uri)})
	if reason != store.OK {
		return ""
	}
	return target.String()
}

// destination is where the answer to a request is shown.
type destination int

const (
	program     destination = iota // nowhere: a script or an element of a page reads it
	wholeWindow                    // in place of the page: a navigation
	frame                          // in a part of another page
)

// destinationOf reads Sec-Fetch-Mode and -Dest (Fetch Metadata), and Accept where
// both are missing. A navigation that a service worker repeats has the
// Sec-Fetch-Dest empty.
func destinationOf(h http.Header) destination {
	mode, dest := h.Get("Sec-Fetch-Mode"), h.Get("Sec-Fetch-Dest")
	framed := dest == "iframe" || dest == "frame" || dest == "embed" || dest == "object"
	accept := h.Get("Accept")
	switch {
	case mode == "navigate" && framed:
		return frame
	case mode == "navigate", mode == "" && dest == "document",
		mode == "" && dest == "" && strings.Contains(accept, "text/html") && !web.PrefersJSON(accept):
		return wholeWindow
	}
	return program
}
