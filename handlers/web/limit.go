package web

import (
	"context"
	"net/http"
	"net/netip"
	"time"

	"github.com/labstack/echo/v4"

	"orglogin/store"
	"orglogin/store/ratelimit"
)

// Limit is a number of requests in a time, with a burst of as many. The zero
// Limit is none.
type Limit struct {
	Count int
	Per   time.Duration
}

// Limiter says whether key may do one thing more now, and if not, how long to wait.
type Limiter interface {
	Allow(ctx context.Context, key string) (ok bool, wait time.Duration)
}

// Limited answers 429 to a client address that asks too often.
func Limited(by Limiter, next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := CountClient(c, by); err != nil {
			return err
		}
		return next(c)
	}
}

// CountClient counts one request of the client address, or is the 429.
func CountClient(c echo.Context, by Limiter) error { return count(c, by, addressKey(ClientOf(c))) }

// count counts one request of key, or is the 429.
func count(c echo.Context, by Limiter, key string) error {
	ok, wait := by.Allow(c.Request().Context(), key)
	if ok {
		return nil
	}
	return &Problem{Status: http.StatusTooManyRequests, Reason: store.RateLimited, Wait: wait}
}

// addressKey counts an IPv6 client by its /64: one client has all of its addresses.
func addressKey(ip string) string {
	addr, err := netip.ParseAddr(ip)
	switch {
	case err != nil:
		return ""
	case addr.Is4():
		return ip
	case addr.Is4In6():
		return addr.Unmap().String()
	}
	prefix, _ := addr.WithZone("").Prefix(64)
	return prefix.String()
}

// unlimited allows everything.
type unlimited struct{}

func (unlimited) Allow(context.Context, string) (bool, time.Duration) { return true, 0 }

// NewLimiter limits each key in this process; a limit of zero allows everything.
func NewLimiter(limit Limit, now func() time.Time) Limiter {
	if limit.Count <= 0 {
		return unlimited{}
	}
	return ratelimit.New(ratelimit.Per(limit.Count, limit.Per), now)
}
