package signin

import (
	"context"
	"time"
)

// Facts are what the provider says of itself now, for an operator to read.
type Facts struct {
	Issuer                string
	AuthorizationEndpoint string
	TokenEndpoint         string
	KeysURL               string
	Algorithms            []string // accepted in ID tokens
	IssuerAnswer          bool     // sends iss in its answers (RFC 9207)
	Keys                  int      // usable ones
	// Skew is how far the provider's clock is ahead of ours, to about a second;
	// DateGiven is false when it does not tell the time. Past a minute either
	// way logins fail.
	Skew      time.Duration
	DateGiven bool
}

// Check asks the provider for metadata and keys, past everything remembered.
// Facts hold what was learned before an error, which is an [*Error].
func (p *Provider) Check(ctx context.Context) (Facts, error) {
	f := Facts{Issuer: p.config.Issuer}
	asked := p.config.Now()
	m, date, err := p.discoverNow(ctx)
	if err != nil {
		return f, asError(err)
	}
	if f.DateGiven = !date.IsZero(); f.DateGiven {
		answered := p.config.Now()
		// Date has no fractions of a second: on average it is half of one behind.
		f.Skew = date.Add(500 * time.Millisecond).Sub(asked.Add(answered.Sub(asked) / 2)).Round(time.Second)
	}
	f.AuthorizationEndpoint, f.TokenEndpoint, f.KeysURL = m.endpoints.authorization, m.endpoints.token, m.endpoints.keys
	f.IssuerAnswer = m.issuerAnswer
	for _, a := range m.algorithms {
		f.Algorithms = append(f.Algorithms, string(a))
	}
	err = p.get(ctx, "jwks", m.endpoints.keys, func(r reply) error {
		set, err := readKeys(r.body)
		f.Keys = len(set)
		return err
	})
	if err != nil {
		return f, asError(err)
	}
	return f, nil
}
