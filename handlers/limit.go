package handlers

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

// generous is how many times RATE_LIMIT the requests may be that no provider is
// asked for: whoever signs in makes several of them.
const generous = 10

// limits are whose requests are counted, and where:
//
//	/auth/start, /auth/callback           client address   RATE_LIMIT, by Redis where there is one
//	/login, GET and POST, and what an     client address   ten times it, in this process
//	organization's host sends to PUBLIC_URL
//	/organizations, /auth/session,        session          ten times it, in this process
//	/auth/token, /auth/why
//
// The last two cost less than a question to Redis would. Not counted are:
// /logout, because whoever uses up somebody's requests must not keep them from
// signing out; what proxies ask, because it is as much as the apps behind them
// are used, because their only answers are those of the contract (nginx makes a
// 500 of a 429), and because only trusted peers are answered at all; and what is
// the same for everybody.
type limits struct {
	flows    Limiter
	logins   Limiter
	sessions Limiter
}

func newLimits(cfg Config) limits {
	rest := Limit{Count: generous * cfg.RateLimit.Count, Per: cfg.RateLimit.Per}
	l := limits{flows: cfg.Limiter, logins: newProcessLimiter(rest, cfg.Now), sessions: newProcessLimiter(rest, cfg.Now)}
	if l.flows == nil {
		l.flows = newProcessLimiter(cfg.RateLimit, cfg.Now)
	}
	return l
}

// limited answers 429 to a client address that asks too often.
func limited(by Limiter, next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := spendHere(c, by); err != nil {
			return err
		}
		return next(c)
	}
}

// paced is read with the limit of the session that it finds.
func (s *Server) paced(c echo.Context, read func(echo.Context) (*store.Session, error)) (*store.Session, error) {
	live, err := read(c)
	if err != nil || live == nil {
		return nil, err
	}
	return live, spend(c, s.limits.sessions, live.ID)
}

// spendHere is spend for the client address.
func spendHere(c echo.Context, by Limiter) error { return spend(c, by, addressKey(clientOf(c))) }

// spend counts one request of key, or is the 429.
func spend(c echo.Context, by Limiter, key string) error {
	ok, wait := by.Allow(c.Request().Context(), key)
	if ok {
		return nil
	}
	return &problem{status: http.StatusTooManyRequests, reason: store.RateLimited, wait: wait}
}

// addressKey counts an IPv6 client by its /64, of which it has them all.
func addressKey(ip string) string {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return ""
	}
	addr = addr.Unmap()
	if addr.Is6() {
		prefix, _ := addr.WithZone("").Prefix(64)
		return prefix.String()
	}
	return addr.String()
}

// unlimited allows everything.
type unlimited struct{}

func (unlimited) Allow(context.Context, string) (bool, time.Duration) { return true, 0 }

// newProcessLimiter limits each key in this process; a limit of zero allows everything.
func newProcessLimiter(limit Limit, now func() time.Time) Limiter {
	if limit.Count <= 0 {
		return unlimited{}
	}
	return ratelimit.New(ratelimit.Per(limit.Count, limit.Per), now)
}
