package telemetry

import (
	"context"
	"errors"
	"net"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.37.0"
	"go.opentelemetry.io/otel/trace"

	"orglogin/store"
)

const sourceAttribute = attribute.Key("orglogin.source")

// Statements traces those of a database, within requests: what runs in the background is in no trace. system is
// postgresql or sqlite.
func (t *Tracing) Statements(system string) store.Trace {
	if t == nil {
		return nil
	}
	return t.below(trace.SpanKindClient, func(statement string) (string, []attribute.KeyValue) {
		summary := summarize(statement)
		operation, _, _ := strings.Cut(summary, " ")
		return summary, []attribute.KeyValue{
			semconv.DBSystemNameKey.String(system), semconv.DBOperationName(operation), semconv.DBQuerySummary(summary), semconv.DBQueryText(statement),
		}
	})
}

// Redis traces its commands, within requests.
func (t *Tracing) Redis() store.Trace {
	if t == nil {
		return nil
	}
	return t.below(trace.SpanKindClient, func(command string) (string, []attribute.KeyValue) {
		return command, []attribute.KeyValue{semconv.DBSystemNameRedis, semconv.DBOperationName(command)}
	})
}

// Lookups traces those in the cache, within requests.
func (t *Tracing) Lookups() store.Trace {
	if t == nil {
		return nil
	}
	return t.below(trace.SpanKindInternal, func(name string) (string, []attribute.KeyValue) { return "look up " + name, nil })
}

// below makes spans below the one of the context, and none where it has none.
func (t *Tracing) below(kind trace.SpanKind, describe func(name string) (string, []attribute.KeyValue)) store.Trace {
	return func(ctx context.Context, name string) (context.Context, func(string, error)) {
		if !trace.SpanFromContext(ctx).IsRecording() {
			return ctx, func(string, error) {}
		}
		name, attributes := describe(name)
		ctx, span := t.tracer.Start(ctx, name, trace.WithSpanKind(kind), trace.WithAttributes(attributes...))
		return ctx, func(source string, err error) {
			if source != "" {
				span.SetAttributes(sourceAttribute.String(source))
			}
			end(span, err, time.Now())
		}
	}
}

// Call makes the span of a call to a provider, which has just ended. One that nothing waited for is a root.
func (t *Tracing) Call(ctx context.Context, endpoint string, took time.Duration, err error) {
	if t == nil {
		return
	}
	now := time.Now()
	_, span := t.tracer.Start(ctx, "provider "+endpoint, trace.WithSpanKind(trace.SpanKindClient), trace.WithTimestamp(now.Add(-took)),
		trace.WithAttributes(endpointAttribute.String(endpoint)))
	end(span, err, now)
}

const endpointAttribute = attribute.Key("orglogin.provider.endpoint")

// end records what kind of error it was. Its text may hold an address of a person or of a host.
func end(span trace.Span, err error, at time.Time) {
	if kind := errorType(err); kind != "" {
		span.SetStatus(codes.Error, "")
		span.SetAttributes(semconv.ErrorTypeKey.String(kind))
	}
	span.End(trace.WithTimestamp(at))
}

// sqlState is an error of PostgreSQL.
type sqlState interface {
	error
	SQLState() string
}

func errorType(err error) string {
	if err == nil || errors.Is(err, store.ErrNotFound) {
		return ""
	}
	if state, ok := errors.AsType[sqlState](err); ok {
		return state.SQLState()
	}
	if timeout, ok := errors.AsType[net.Error](err); errors.Is(err, context.DeadlineExceeded) || ok && timeout.Timeout() {
		return "timeout"
	}
	if errors.Is(err, context.Canceled) {
		return "canceled"
	}
	return "_OTHER"
}

// summarize names a statement by what it does and the first table or function that it names outside parentheses:
// SELECT api.get_organization_by_slug.
func summarize(statement string) string {
	depth := 0
	words := strings.FieldsFunc(statement, func(r rune) bool {
		switch r {
		case '(':
			depth++
		case ')':
			depth--
		case ' ', '\t', '\n', ',', ';':
		default:
			return depth > 0
		}
		return true
	})
	if len(words) == 0 {
		return "statement"
	}
	operation := strings.ToUpper(words[0])
	for i, word := range words[:len(words)-1] {
		switch strings.ToUpper(word) {
		case "FROM", "INTO", "UPDATE":
			return operation + " " + words[i+1]
		}
	}
	return operation
}
