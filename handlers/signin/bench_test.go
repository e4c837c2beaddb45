package signin

import (
	"testing"

	"github.com/go-jose/go-jose/v4"
)

func BenchmarkAuthURL(b *testing.B) {
	p := newOP(b).client(b, nil)
	if err := p.Warm(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.AuthURL(b.Context(), p.NewFlow(), "state", "select_account", "ann@acme.test"); err != nil {
			b.Fatal(err)
		}
	}
}

// Our share of Finish that is not the network.
func BenchmarkVerifyIDToken(b *testing.B) {
	o := newOPWithKey(b)
	p := o.client(b, nil)
	var raw string
	o.with(func(c map[string]any) string {
		delete(c, "at_hash")
		raw = forge(goodHeader, asJSON(c))
		return raw
	})
	f, a := o.begin(b, p, "")
	if _, err := p.Finish(b.Context(), f, a); err != nil {
		b.Fatal(err)
	}
	m := metadata{algorithms: []jose.SignatureAlgorithm{jose.RS256}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.verifyIDToken(b.Context(), m, f, tokens{access: "a", id: raw}); err != nil {
			b.Fatal(err)
		}
	}
}
