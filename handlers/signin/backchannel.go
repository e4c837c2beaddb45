package signin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// Bounds of one call to the provider, from dialing to the last byte.
const (
	callTimeout = 10 * time.Second
	// keysTimeout is shorter, and no longer than the cool-down: a hung fetch is
	// over by the time the next one may begin.
	keysTimeout = 5 * time.Second
	maxBody     = 1 << 20 // decompressed
	maxHeader   = 64 << 10
)

// newTransport gives the one pool of connections to the provider. The default
// of two idle ones a host would open a connection for nearly every login.
func newTransport(c Config) http.RoundTripper {
	if c.HTTP != nil {
		if c.HTTP.Transport != nil {
			return c.HTTP.Transport
		}
		return http.DefaultTransport
	}
	t := &http.Transport{
		DialContext:            c.DialContext,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           2 * c.MaxExchanges,
		MaxIdleConnsPerHost:    c.MaxExchanges,
		IdleConnTimeout:        90 * time.Second,
		TLSHandshakeTimeout:    callTimeout,
		MaxResponseHeaderBytes: maxHeader,
	}
	if c.DialContext == nil {
		t.DialContext = (&net.Dialer{Timeout: callTimeout, KeepAlive: 30 * time.Second}).DialContext
		t.Proxy = http.ProxyFromEnvironment // never for loopback
	}
	return t
}

// reply is an answer of the provider, whole.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// call sends req once and reads the whole answer, in [callTimeout] and
// [maxBody] at most. It goes straight to the transport, which follows no
// redirect and keeps no cookies. judge says whether the answer counts; its
// error and that of the way there are told to Observe.
func (p *Provider) call(req *http.Request, endpoint string, judge func(reply) error) error {
	begun := time.Now()
	asked := req.Context()
	ctx, cancel := context.WithTimeout(asked, callTimeout)
	defer cancel()
	r, err := p.roundTrip(req.WithContext(ctx))
	reached := err == nil && r.status < 500
	if err == nil {
		err = judge(r)
	}
	p.config.Observe(endpoint, time.Since(begun), err)
	if reached || !errors.Is(asked.Err(), context.Canceled) { // a browser that left says nothing of the provider
		p.up.Store(reached)
	}
	return err
}

// introduce says who asks, and for what.
func introduce(req *http.Request) {
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "orglogin")
}

func (p *Provider) roundTrip(req *http.Request) (reply, error) {
	resp, err := p.transport.RoundTrip(req)
	if err != nil {
		return reply{}, unreached(fmt.Errorf("the provider was not reached: %w", err))
	}
	defer resp.Body.Close()
	// Room for what is announced, within reason, and for the end to be seen.
	var body bytes.Buffer
	body.Grow(int(min(max(resp.ContentLength, 0), 16<<10)) + bytes.MinRead)
	if _, err := body.ReadFrom(io.LimitReader(resp.Body, maxBody+1)); err != nil {
		return reply{}, unreached(fmt.Errorf("the provider's answer broke off: %w", err))
	}
	if body.Len() > maxBody {
		return reply{}, badProvider("the provider's answer is over %d bytes", maxBody)
	}
	return reply{resp.StatusCode, resp.Header, body.Bytes()}, nil
}

// get fetches one document of the provider and has it read.
func (p *Provider) get(ctx context.Context, endpoint, url string, read func(reply) error) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return badProvider("%s: %w", endpoint, err)
	}
	introduce(req)
	return p.call(req, endpoint, func(r reply) error {
		if r.status != http.StatusOK {
			return badProvider("%s: status %d", endpoint, r.status)
		}
		if err := read(r); err != nil {
			return badProvider("%s: %w", endpoint, err)
		}
		return nil
	})
}
