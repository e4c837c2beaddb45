package web

import (
	"context"
	"strings"

	"github.com/labstack/echo/v4"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"orglogin/store"
)

// Attributes of spans. Their values are words of ours.
const (
	routeAttribute   = attribute.Key("http.route")
	outcomeAttribute = attribute.Key("orglogin.outcome")
	stepAttribute    = attribute.Key("orglogin.step")
	reasonAttribute  = attribute.Key("orglogin.reason")
)

// spanOf is the span of a request; nil where there is none.
func spanOf(ctx context.Context) trace.Span {
	if span := trace.SpanFromContext(ctx); span.SpanContext().IsValid() {
		return span
	}
	return nil
}

// DescribeSpan names the span of a request by its route as we named it, never by the path.
func DescribeSpan(ctx context.Context, method, route, reason string) {
	describeSpan(spanOf(ctx), method, route, reason)
}

func describeSpan(span trace.Span, method, route, reason string) {
	if span == nil {
		return
	}
	span.SetName(strings.TrimSpace(method + " " + route))
	span.SetAttributes(routeAttribute.String(route), reasonAttribute.String(reason))
}

// TraceDecision makes the span of a decision. It has no length: what was read for it has spans of its own.
func TraceDecision(c echo.Context, name, outcome, step string, reason store.Reason) {
	q := requestOf(c)
	if q.span == nil {
		return
	}
	_, span := q.span.TracerProvider().Tracer("orglogin").Start(c.Request().Context(), name, trace.WithAttributes(
		outcomeAttribute.String(outcome), stepAttribute.String(step), reasonAttribute.String(string(reason))))
	span.End()
}
