package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"orglogin/store"
)

// tracer reports statements to a [store.Trace]. It passes on neither arguments nor rows.
type tracer store.Trace

var (
	_ pgx.QueryTracer = tracer(nil)
	_ pgx.BatchTracer = tracer(nil)
)

type endedKey struct{}

// TraceQueryStart implements [pgx.QueryTracer].
func (t tracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	ctx, ended := t(ctx, data.SQL)
	return context.WithValue(ctx, endedKey{}, ended)
}

// TraceQueryEnd implements [pgx.QueryTracer].
func (tracer) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryEndData) {
	if ended, ok := ctx.Value(endedKey{}).(func(string, error)); ok {
		ended("", data.Err)
	}
}

// batchTrace is a batch whose statements end one after the other. All are sent at once, so each begins when the
// one before has ended.
type batchTrace struct {
	trace      tracer
	statements []*pgx.QueuedQuery  // that have not begun
	ended      func(string, error) // nil: none has begun
}

func (b *batchTrace) begin(ctx context.Context) {
	if b.ended = nil; len(b.statements) > 0 {
		_, b.ended = b.trace(ctx, b.statements[0].SQL)
		b.statements = b.statements[1:]
	}
}

type batchKey struct{}

// TraceBatchStart implements [pgx.BatchTracer].
func (t tracer) TraceBatchStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	b := &batchTrace{trace: t, statements: data.Batch.QueuedQueries}
	b.begin(ctx)
	return context.WithValue(ctx, batchKey{}, b)
}

// TraceBatchQuery implements [pgx.BatchTracer]. After a failure the server skips the rest.
func (tracer) TraceBatchQuery(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchQueryData) {
	b, ok := ctx.Value(batchKey{}).(*batchTrace)
	if !ok || b.ended == nil {
		return
	}
	b.ended("", data.Err)
	if data.Err != nil {
		b.statements = nil
	}
	b.begin(ctx)
}

// TraceBatchEnd implements [pgx.BatchTracer].
func (tracer) TraceBatchEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchEndData) {
	if b, ok := ctx.Value(batchKey{}).(*batchTrace); ok && b.ended != nil {
		b.ended("", data.Err)
		b.ended = nil
	}
}
