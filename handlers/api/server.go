package api

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"orglogin/handlers/web"
	"orglogin/store/manage"
)

// Config is what the API answers with. Every field but RateLimit is required.
type Config struct {
	Manage   *manage.Manager
	Explain  Explainer
	Logger   *slog.Logger
	Registry *prometheus.Registry
	Now      func() time.Time

	RateLimit web.Limit // of one token; the zero Limit is [DefaultRateLimit]
}

// DefaultRateLimit is far above what the backend of a SaaS asks, and below what would keep logins waiting.
var DefaultRateLimit = web.Limit{Count: 600, Per: time.Minute}

// Server answers everything on the listener of the API.
type Server struct {
	manage   *manage.Manager
	explain  Explainer
	logger   *slog.Logger
	now      func() time.Time
	limiter  web.Limiter
	metrics  *metrics
	echo     *echo.Echo
	api      huma.API
	document []byte // OpenAPI
}

// requestTimeout is above what a check of a domain's record takes, and below the server's own limit.
const requestTimeout = 25 * time.Second

// strictNames makes the names of JSON members differ by case, as those of RFC 8259 do. The setting is huma's,
// for the whole process.
var strictNames = sync.OnceFunc(func() { huma.ValidateStrictCasing = true })

// New registers the routes. It makes no request yet.
func New(cfg Config) (*Server, error) {
	strictNames()
	if cfg.RateLimit.Count == 0 {
		cfg.RateLimit = DefaultRateLimit
	}
	m, err := newMetrics(cfg.Registry)
	if err != nil {
		return nil, err
	}
	s := &Server{
		manage: cfg.Manage, explain: cfg.Explain, logger: cfg.Logger, now: cfg.Now, limiter: web.NewLimiter(cfg.RateLimit, cfg.Now),
		metrics: m, echo: echo.New(),
	}
	s.echo.Use(s.logged, s.recovered)
	s.api = humaecho.New(s.echo, s.humaConfig())
	s.api.UseMiddleware(s.authenticated)
	s.organizationRoutes()
	s.logoRoutes()
	s.memberRoutes()
	s.invitationRoutes()
	s.domainRoutes()
	s.connectionRoutes()
	s.peopleRoutes()
	s.requestRoutes()
	s.recordRoutes()
	s.finishDocument()
	m.addZeros(s.api.OpenAPI())
	if s.document, err = json.MarshalIndent(s.api.OpenAPI(), "", "  "); err != nil {
		return nil, err
	}
	s.echo.GET(documentPath, func(c echo.Context) error {
		requestOf(c.Request().Context()).route = http.MethodGet + " " + documentPath
		return c.Blob(http.StatusOK, documentType+";version=3.1", s.document)
	})
	return s, nil
}

const documentPath = "/openapi.json"

// Document is the OpenAPI document.
func (s *Server) Document() []byte { return s.document }

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), requestTimeout)
	defer cancel()
	q := newRequest()
	h := w.Header()
	h.Set("X-Request-Id", q.id)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	s.echo.ServeHTTP(w, r.WithContext(context.WithValue(ctx, requestKey{}, q)))
}
