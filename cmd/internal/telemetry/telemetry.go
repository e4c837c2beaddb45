package telemetry

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.37.0"
	"go.opentelemetry.io/otel/trace"

	"orglogin/cmd/internal/config"
	"orglogin/handlers/web"
)

// flushTimeout bounds how long the end of the process waits for a collector.
const flushTimeout = 3 * time.Second

// Tracing makes spans and exports them.
type Tracing struct {
	logger   *slog.Logger
	provider *sdk.TracerProvider
	tracer   trace.Tracer
	parent   bool // traceparent of trusted proxies is read
}

// Open returns nil where c is nil. It sends nothing yet.
func Open(ctx context.Context, c *config.Tracing, logger *slog.Logger) (*Tracing, error) {
	if c == nil {
		return nil, nil
	}
	exporter, err := otlptrace.New(ctx, newClient(c))
	if err != nil {
		return nil, fmt.Errorf("open the exporter of spans: %w", err)
	}
	what, err := resource.New(ctx,
		resource.WithAttributes(semconv.ServiceName("orglogin")), resource.WithTelemetrySDK(), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("read OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	provider := sdk.NewTracerProvider(sdk.WithResource(what), sdk.WithBatcher(&filter{next: exporter, logger: logger}))
	logger.InfoContext(ctx, "exporting traces", "collector", c.Endpoint.Host)
	return &Tracing{logger: logger, provider: provider, tracer: provider.Tracer("orglogin"), parent: c.Parent}, nil
}

// Close exports what is left. A collector that does not answer delays it by [flushTimeout] at most.
func (t *Tracing) Close() {
	if t == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), flushTimeout)
	defer cancel()
	if err := t.provider.Shutdown(ctx); err != nil {
		t.logger.WarnContext(ctx, "the last spans are lost", "error", err)
	}
}

// Handler makes a span of every request, below that of the proxy where the peer is trusted. For any other
// peer it is a root that is linked to the one given.
func (t *Tracing) Handler(next http.Handler, trusted []netip.Prefix) http.Handler {
	if t == nil {
		return next
	}
	propagator := propagation.NewCompositeTextMapPropagator()
	if t.parent {
		propagator = propagation.TraceContext{}
	}
	spans := otelhttp.NewHandler(next, "request",
		otelhttp.WithTracerProvider(t.provider), otelhttp.WithMeterProvider(noop.NewMeterProvider()), otelhttp.WithPropagators(propagator),
		otelhttp.WithSpanNameFormatter(func(operation string, _ *http.Request) string { return operation }), // the handler names it by its route
		otelhttp.WithPublicEndpointFn(func(r *http.Request) bool { return !web.Contains(trusted, web.PeerOf(r)) }))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		delete(r.Header, "Tracestate") // any text: it would be exported
		spans.ServeHTTP(w, r)
	})
}

// Logger adds trace_id to the lines that are written with the context of a request.
func (t *Tracing) Logger(l *slog.Logger) *slog.Logger {
	if t == nil {
		return l
	}
	return slog.New(withTraceID{l.Handler()})
}

type withTraceID struct{ slog.Handler }

// Handle implements [slog.Handler].
func (h withTraceID) Handle(ctx context.Context, r slog.Record) error {
	if span := trace.SpanContextFromContext(ctx); span.IsValid() {
		r = r.Clone()
		r.AddAttrs(slog.String("trace_id", span.TraceID().String()))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements [slog.Handler].
func (h withTraceID) WithAttrs(attrs []slog.Attr) slog.Handler {
	return withTraceID{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements [slog.Handler].
func (h withTraceID) WithGroup(name string) slog.Handler {
	return withTraceID{h.Handler.WithGroup(name)}
}
