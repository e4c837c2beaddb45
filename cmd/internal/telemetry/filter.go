package telemetry

import (
	"context"
	"log/slog"
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.37.0"
)

// exported are the attributes that leave the process. Their values are words and numbers of ours: what otelhttp
// adds beside them, such as the path, the host and the client's address, shows who signs in where.
func exported(key attribute.Key) bool {
	switch key {
	case semconv.HTTPRequestMethodKey, semconv.HTTPRouteKey, semconv.HTTPResponseStatusCodeKey, semconv.ErrorTypeKey,
		semconv.DBSystemNameKey, semconv.DBOperationNameKey, semconv.DBQuerySummaryKey, semconv.DBQueryTextKey,
		"orglogin.outcome", "orglogin.step", "orglogin.reason", sourceAttribute, endpointAttribute:
		return true
	}
	return false
}

// filter exports spans without what others may have written into them, and logs the first failure in a row.
type filter struct {
	next    sdk.SpanExporter
	logger  *slog.Logger
	failing atomic.Bool
}

// ExportSpans implements [sdk.SpanExporter]. Its error is logged, once until an export succeeds.
func (f *filter) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	clean := make([]sdk.ReadOnlySpan, len(spans))
	for i, span := range spans {
		clean[i] = filtered{span}
	}
	err := f.next.ExportSpans(ctx, clean)
	switch {
	case err != nil && !f.failing.Swap(true):
		f.logger.WarnContext(ctx, "spans are lost until the collector answers", "error", err)
	case err == nil && f.failing.Swap(false):
		f.logger.InfoContext(ctx, "the collector takes spans again")
	}
	return nil
}

// Shutdown implements [sdk.SpanExporter].
func (f *filter) Shutdown(ctx context.Context) error { return f.next.Shutdown(ctx) }

// filtered is a span with the attributes of [exported] alone and without events: the SDK writes the text of a panic into one.
type filtered struct{ sdk.ReadOnlySpan }

// Attributes implements [sdk.ReadOnlySpan].
func (s filtered) Attributes() []attribute.KeyValue {
	var kept []attribute.KeyValue
	for _, a := range s.ReadOnlySpan.Attributes() {
		if exported(a.Key) {
			kept = append(kept, a)
		}
	}
	return kept
}

// Events implements [sdk.ReadOnlySpan].
func (filtered) Events() []sdk.Event { return nil }

// Status implements [sdk.ReadOnlySpan].
func (s filtered) Status() sdk.Status { return sdk.Status{Code: s.ReadOnlySpan.Status().Code} }
