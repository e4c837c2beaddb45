package token

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

// FuzzParsePrivate: whatever a file holds, it is refused, or its keys sign what
// the published ones verify, and nothing private is published.
func FuzzParsePrivate(f *testing.F) {
	good, err := NewKeySet()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(bytes.Replace(good, []byte(`"use"`), []byte(`"nbf": 1795000000, "use"`), 1))
	f.Add(bytes.Replace(good, []byte(`"kid"`), []byte(`"no"`), 1))
	f.Add([]byte(`{"keys":[{"kty":"oct"},null,{}]}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, text []byte) {
		private, err := parsePrivate(text)
		if err != nil {
			if private != nil {
				t.Error("keys beside an error")
			}
			return
		}
		s, err := newKeySet(private)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(s.public, []byte(`"d"`)) {
			t.Errorf("published %s", s.public)
		}
		var public jose.JSONWebKeySet
		if err := json.Unmarshal(s.public, &public); err != nil {
			t.Fatal(err)
		}
		for _, k := range s.keys {
			raw, err := k.sign([]byte("x"))
			if err != nil {
				t.Fatal(err)
			}
			jws, err := jose.ParseSignedCompact(raw, []jose.SignatureAlgorithm{jose.ES256})
			if err != nil {
				t.Fatal(err)
			}
			if got, err := jws.Verify(public); err != nil || string(got) != "x" {
				t.Errorf("verify = %q, %v", got, err)
			}
		}
	})
}
