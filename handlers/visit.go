package handlers

import (
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v4"

	"orglogin/redirect"
	"orglogin/store"
)

// visit is what is known about one request while it is answered. It is the
// writer that echo's response writes to, so that whoever has the context has it.
type visit struct {
	http.ResponseWriter

	id     [1]string         // ours: a client's own could be anybody's. As the value of a header
	name   string            // the host that was asked, in lower case, without its port
	host   redirect.HostKind // which host of ours that is
	label  string            // of an organization's host
	client string            // its address, once somebody asked
	reason store.Reason
	quiet  bool // one of many that no line is written for
}

func (s *Server) visit(w http.ResponseWriter, r *http.Request) *visit {
	v := &visit{ResponseWriter: w, id: [1]string{store.NewReceiptID()}, name: redirect.HostName(r.Host)}
	v.host, v.label = s.Site.HostOf(v.name)
	w.Header()["X-Request-Id"] = v.id[:]
	return v
}

// Unwrap is for [http.ResponseController].
func (v *visit) Unwrap() http.ResponseWriter { return v.ResponseWriter }

func visitOf(c echo.Context) *visit {
	v, _ := c.Response().Writer.(*visit)
	if v == nil { // not by ServeHTTP: only a broken chain of ours
		v = &visit{}
	}
	return v
}

func requestID(c echo.Context) string { return visitOf(c).id[0] }

// clientOf is the client's address: read once, for the log and the limit.
func clientOf(c echo.Context) string {
	v := visitOf(c)
	if v.client == "" {
		v.client = c.RealIP()
	}
	return v.client
}

func (s *Server) log(c echo.Context) *slog.Logger {
	return s.Logger.With("request_id", requestID(c))
}
