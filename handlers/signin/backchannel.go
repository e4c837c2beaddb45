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
	// keysTimeout is no longer than the cool-down: a hung fetch has ended when
	// the next one may begin.
	keysTimeout = 5 * time.Second
	maxBody     = 1 << 20 // decompressed
	maxHeader   = 64 << 10
)

// newTransport returns the one pool of connections to the provider. The default
// of two idle ones for each host would open a connection for nearly every login.
func newTransport(c Config) http.RoundTripper {
	if c.HTTP != nil && c.guard == nil {
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
	switch {
	case c.guard != nil:
		t.DialContext = c.guard.dial
	case c.DialContext == nil:
		t.DialContext = (&net.Dialer{Timeout: callTimeout, KeepAlive: 30 * time.Second}).DialContext
		t.Proxy = http.ProxyFromEnvironment // never for loopback
	}
	return t
}

// closeIdle closes the connections that no call uses, those in use when they are done.
func (p *Provider) closeIdle() {
	if t, ok := p.transport.(*http.Transport); ok {
		t.CloseIdleConnections()
	}
}

// reply is an answer of the provider, whole.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// call sends req once and reads the whole answer, in [callTimeout] and
// [maxBody] at most. It uses the transport directly, which follows no redirect
// and keeps no cookies. read returns an error for an answer that is not usable;
// Observe gets that error, and the transport's.
func (p *Provider) call(req *http.Request, endpoint string, read func(reply) error) error {
	begun := time.Now()
	caller := req.Context()
	ctx, cancel := context.WithTimeout(caller, callTimeout)
	defer cancel()
	r, err := p.roundTrip(req.WithContext(ctx))
	reached := err == nil && r.status < 500
	if err == nil {
		err = read(r)
	}
	p.config.Observe(caller, endpoint, time.Since(begun), err)
	p.note(endpoint, reached, err, caller.Err())
	return err
}

// note keeps what a call says about the provider, for [Provider.Up]: a document
// that is not usable is a failure, a code that was refused is not, and neither
// is a browser that left.
func (p *Provider) note(endpoint string, reached bool, err, caller error) {
	switch {
	case !reached && errors.Is(caller, context.Canceled):
	case endpoint != tokenEndpoint && endpoint != userInfoEndpoint:
		p.answering.Store(err == nil)
	default:
		p.answering.Store(reached)
		if reached && endpoint == tokenEndpoint {
			p.clientRefused.Store(errors.Is(err, ErrClientRefused))
		}
	}
}

// Names for Observe of the endpoints.
const (
	discoveryEndpoint = "discovery"
	keysEndpoint      = "jwks"
	tokenEndpoint     = "token" // this one and the next answer about one login
	userInfoEndpoint  = "userinfo"
)

// Endpoints are the names for Observe.
func Endpoints() []string {
	return []string{discoveryEndpoint, keysEndpoint, tokenEndpoint, userInfoEndpoint}
}

// setCommonHeaders sets the headers of every request.
func setCommonHeaders(req *http.Request) {
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "orglogin")
}

func (p *Provider) roundTrip(req *http.Request) (reply, error) {
	resp, err := p.transport.RoundTrip(req)
	if err != nil {
		return reply{}, unreachable(fmt.Errorf("the provider was not reached: %w", err))
	}
	defer resp.Body.Close()
	// Room for the announced length, up to a bound, and for the end of the body.
	var body bytes.Buffer
	body.Grow(int(min(max(resp.ContentLength, 0), 16<<10)) + bytes.MinRead)
	if _, err := body.ReadFrom(io.LimitReader(resp.Body, maxBody+1)); err != nil {
		return reply{}, unreachable(fmt.Errorf("the provider's answer ended early: %w", err))
	}
	if body.Len() > maxBody {
		return reply{}, badProvider("%w", notJSON("the provider's answer is over %d bytes", maxBody))
	}
	return reply{resp.StatusCode, resp.Header, body.Bytes()}, nil
}

// get fetches one document of the provider and calls read with it.
func (p *Provider) get(ctx context.Context, endpoint, url string, read func(reply) error) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return badProvider("%s: %w", endpoint, err)
	}
	return p.send(req, endpoint, read)
}

// send makes a request for one document and calls read with the answer.
func (p *Provider) send(req *http.Request, endpoint string, read func(reply) error) error {
	setCommonHeaders(req)
	return p.call(req, endpoint, func(r reply) error {
		if r.status != http.StatusOK {
			return badProvider("%s: %w", endpoint, notJSON("status %d", r.status))
		}
		if err := read(r); err != nil {
			return badProvider("%s: %w", endpoint, err)
		}
		return nil
	})
}
