package manage

import (
	"encoding/base64"
	"testing"
	"time"

	"orglogin/store"
)

func TestAValueThatNoListReturnedAsNextIsRefused(t *testing.T) {
	for text, want := range map[string]bool{
		`["a@acme.test","2026-11-30T00:00:00Z"]`:        true,
		`["a@acme.test"]`:                               false,
		`["a@acme.test","2026-11-30T00:00:00Z","more"]`: false,
		`["a@acme.test","yesterday"]`:                   false,
		`[7,"2026-11-30T00:00:00Z"]`:                    false,
		`["\u0000","2026-11-30T00:00:00Z"]`:             false,
		`{}`:                                            false,
		``:                                              false,
	} {
		var email string
		var at time.Time
		if got := decodeAfter(base64.RawURLEncoding.EncodeToString([]byte(text)), []any{&email, &at}); got != want {
			t.Errorf("%s: taken is %v, want %v", text, got, want)
		}
	}
	for text, want := range map[string]bool{`["` + store.NewID() + `"]`: true, `["x"]`: false, `[""]`: false} {
		if got := decodeAfter(base64.RawURLEncoding.EncodeToString([]byte(text)), []any{new(rowID)}); got != want {
			t.Errorf("%s as an id: taken is %v, want %v", text, got, want)
		}
	}
	if decodeAfter("%%%", nil) {
		t.Error("what is not base64 is taken")
	}
}
