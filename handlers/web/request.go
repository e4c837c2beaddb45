package web

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"
	"go.opentelemetry.io/otel/trace"

	"orglogin/handlers/flow"
	"orglogin/redirect"
	"orglogin/store"
)

// Kind says what belongs to the path of a request. It is set before the routes.
type Kind struct {
	Proxied  bool // a proxy asks it, in any method and on any host
	Programs bool // answered as JSON whatever goes wrong
}

// request is what is known about one request while it is answered. It is the
// writer that echo's response writes to, so that every holder of the context has it.
type request struct {
	http.ResponseWriter

	id     [1]string         // ours: a client's own could be any client's. As the value of a header
	name   string            // the host that was asked, in lower case, without its port
	host   redirect.HostKind // which host of ours that is
	label  string            // of an organization's host
	kind   Kind
	client string // its address, once it was asked for

	locales string // ui_locales, once it is known
	ended   bool   // the session that the browser still has cookies of has ended
	reason  store.Reason
	span    trace.Span // nil: not traced
	quiet   bool       // one of many that no line is written for
}

// Begin returns the writer of a new request, which [Responder.Fail] and the
// functions of this package need.
func (s *Responder) Begin(w http.ResponseWriter, r *http.Request, kind Kind) http.ResponseWriter {
	q := &request{ResponseWriter: w, id: [1]string{store.NewReceiptID()}, name: redirect.HostName(r.Host), kind: kind}
	q.host, q.label = s.Site.HostOf(q.name)
	q.span = spanOf(r.Context())
	w.Header()["X-Request-Id"] = q.id[:]
	return q
}

// Unwrap is for [http.ResponseController].
func (q *request) Unwrap() http.ResponseWriter { return q.ResponseWriter }

func requestOf(c echo.Context) *request {
	q, _ := c.Response().Writer.(*request)
	if q == nil { // not made by Begin: a defect of ours
		q = &request{}
	}
	return q
}

// RequestID is the id of the request, which the log and every error page show.
func RequestID(c echo.Context) string { return requestOf(c).id[0] }

// HostOf is which host of ours was asked.
func HostOf(c echo.Context) redirect.HostKind { return requestOf(c).host }

// HostName is the host that was asked, in lower case, without its port.
func HostName(c echo.Context) string { return requestOf(c).name }

// Label is the part of an organization's host before BASE_DOMAIN.
func Label(c echo.Context) string { return requestOf(c).label }

// SetLocales says in which languages the login that the request belongs to began (ui_locales).
func SetLocales(c echo.Context, locales string) { requestOf(c).locales = locales }

// LocalesOf is the ui_locales of the login that the request belongs to, or of the request itself. The query that
// a proxy asks about is the app's.
func LocalesOf(c echo.Context) string {
	q, r := requestOf(c), c.Request()
	if q.locales == "" && !q.kind.Proxied && strings.Contains(r.URL.RawQuery, flow.LocalesName) {
		q.locales = flow.IntentOf(QueryOf(r)).Locales
	}
	return q.locales
}

// SessionEnded reports whether [Sessions.OnLoginHost] found that the session of this
// browser has ended. The cookies are removed in the same answer, so it is reported once.
func SessionEnded(c echo.Context) bool { return requestOf(c).ended }

// Quiet leaves the line of this request out of the log: there are many of the kind,
// and a metric counts them.
func Quiet(c echo.Context) { requestOf(c).quiet = true }

// ClientOf is the client's address: read once, for the log and the limit.
func ClientOf(c echo.Context) string {
	q := requestOf(c)
	if q.client == "" {
		q.client = c.RealIP()
	}
	return q.client
}

// RawPath is the path as it came: an escape in it makes it another path, never
// a second spelling of one of ours.
func RawPath(r *http.Request) string {
	if r.URL.RawPath != "" {
		return r.URL.RawPath
	}
	return r.URL.Path
}

// QueryOf reads a query as browsers write one: the text between two & is a
// pair (URL Standard, application/x-www-form-urlencoded). net/url drops a pair
// with a semicolon or a broken escape without an error; here the first is a
// character, and the second stays as it came, to be refused where it is used.
func QueryOf(r *http.Request) url.Values {
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

// IsReading reports whether method is one of those that change nothing here.
func IsReading(method string) bool { return method == http.MethodGet || method == http.MethodHead }

// SeeOther is the status of a redirect that must not repeat a body: 302 for
// GET and HEAD, 303 for the rest (RFC 9110 15.4.4).
func SeeOther(method string) int {
	if IsReading(method) {
		return http.StatusFound
	}
	return http.StatusSeeOther
}
