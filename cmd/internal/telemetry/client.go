package telemetry

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"orglogin/cmd/internal/config"
)

// client sends spans by OTLP over HTTP (opentelemetry.io/docs/specs/otlp).
type client struct {
	config    *config.Tracing
	transport *http.Transport
	retry     time.Duration // the first wait before another try
}

var _ otlptrace.Client = (*client)(nil)

func newClient(c *config.Tracing) *client {
	t := &http.Transport{
		Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, TLSClientConfig: c.TLS, TLSHandshakeTimeout: c.Timeout,
		MaxIdleConns: 1, IdleConnTimeout: 90 * time.Second, MaxResponseHeaderBytes: 16 << 10,
	}
	return &client{config: c, transport: t, retry: time.Second}
}

// Start implements [otlptrace.Client].
func (c *client) Start(context.Context) error { return nil }

// Stop implements [otlptrace.Client].
func (c *client) Stop(context.Context) error {
	c.transport.CloseIdleConnections()
	return nil
}

// UploadTraces implements [otlptrace.Client]. It tries again within the timeout where the collector asks for that.
func (c *client) UploadTraces(ctx context.Context, spans []*tracepb.ResourceSpans) error {
	// On the wire the same as an ExportTraceServiceRequest, whose package links gRPC.
	body, err := proto.Marshal(&tracepb.TracesData{ResourceSpans: spans})
	if err != nil {
		return fmt.Errorf("encode spans: %w", err)
	}
	if c.config.Gzip {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write(body) // to memory: neither fails
		_ = z.Close()
		body = b.Bytes()
	}
	ctx, cancel := context.WithTimeout(ctx, c.config.Timeout)
	defer cancel()
	for wait := c.retry; ; wait *= 2 {
		busy, err := c.post(ctx, body)
		if !busy.again {
			return err
		}
		pause := time.NewTimer(max(wait, busy.after))
		select {
		case <-ctx.Done():
			pause.Stop()
			return err
		case <-pause.C:
		}
	}
}

// busy is how a collector that has no room now answers.
type busy struct {
	again bool
	after time.Duration
}

func (c *client) post(ctx context.Context, body []byte) (busy, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.config.Endpoint.String(), bytes.NewReader(body))
	if err != nil {
		return busy{}, fmt.Errorf("ask the collector: %w", withoutURL(err))
	}
	req.Header = c.config.Header.Clone()
	req.Header.Set("Content-Type", "application/x-protobuf")
	req.Header.Set("User-Agent", "orglogin")
	if c.config.Gzip {
		req.Header.Set("Content-Encoding", "gzip")
	}
	answer, err := c.transport.RoundTrip(req) // no redirect is followed
	if err != nil {
		return busy{}, fmt.Errorf("ask the collector: %w", withoutURL(err))
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10)) // so that the connection is used again
	if answer.StatusCode/100 == 2 {
		return busy{}, nil
	}
	err = fmt.Errorf("the collector answered %d, and 200 was expected", answer.StatusCode)
	switch answer.StatusCode {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		seconds, _ := strconv.Atoi(answer.Header.Get("Retry-After"))
		return busy{again: true, after: time.Duration(min(max(seconds, 0), 600)) * time.Second}, err
	}
	return busy{}, err
}

// withoutURL leaves out the URL, which may hold a key of the collector.
func withoutURL(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}
