package signin

import (
	"context"
	"time"
)

// Facts are what the provider publishes now, for an operator to read.
type Facts struct {
	Issuer                string // the provider's own
	AuthorizationEndpoint string
	TokenEndpoint         string
	KeysURL               string
	UserInfoEndpoint      string   // empty where the connection does not ask it, too
	Algorithms            []string // accepted in ID tokens
	IssuerAnswer          bool     // sends iss in its answers (RFC 9207)
	Keys                  int      // that fit one of Algorithms
	// Claims are those that the provider says it sends (claims_supported); nil
	// when it does not say. A provider may send email_verified without saying so.
	Claims []string
	// Skew is how far the provider's clock is ahead of ours, to about a second;
	// DateGiven is false when its answer had no Date. With a difference over a
	// minute logins fail.
	Skew      time.Duration
	DateGiven bool
}

// Check fetches metadata and keys from the provider, not from memory. Facts hold
// what was read before an error, which is an [*Error]; it wraps
// [ErrIssuerMismatch], [ErrNoAlgorithm] or [ErrNoKey] where that is the cause.
func (p *Provider) Check(ctx context.Context) (Facts, error) {
	f := Facts{Issuer: p.config.Issuer}
	asked := p.config.Now()
	m, date, err := p.discoverNow(ctx)
	if err != nil {
		if m.issuer != "" {
			f.Issuer = m.issuer
		}
		return f, asError(err)
	}
	if f.DateGiven = !date.IsZero(); f.DateGiven {
		answered := p.config.Now()
		// Date has no fractions of a second: on average it is half of one behind.
		f.Skew = date.Add(500 * time.Millisecond).Sub(asked.Add(answered.Sub(asked) / 2)).Round(time.Second)
	}
	f.AuthorizationEndpoint, f.TokenEndpoint, f.KeysURL = m.endpoints.authorization, m.endpoints.token, m.endpoints.keys
	f.UserInfoEndpoint = m.endpoints.userInfo
	f.IssuerAnswer, f.Claims = m.issuerAnswer, m.claims
	for _, a := range m.algorithms {
		f.Algorithms = append(f.Algorithms, string(a))
	}
	err = p.get(ctx, keysEndpoint, m.endpoints.keys, func(r reply) error {
		set, err := readKeys(r.body)
		if err != nil {
			return err
		}
		f.Keys = set.count(m.algorithms)
		return set.checkUsable(m.algorithms)
	})
	if err != nil {
		return f, asError(err)
	}
	return f, nil
}
