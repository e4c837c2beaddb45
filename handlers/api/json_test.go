package api

import (
	"strings"
	"testing"
)

func TestJSONThatTwoReadersWouldReadDifferentlyIsRefused(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"one object", `{"a": [1, {"b": null}], "c": "d"}`, ""},
		{"a name twice", `{"a": 1, "a": 2}`, `"a" is twice in one object`},
		{"a name twice by an escape", `{"a": 1, "\u0061": 2}`, `"a" is twice in one object`},
		{"a name twice within", `{"x": [{"a": 1, "a": 2}]}`, `"a" is twice in one object`},
		{"the same name in two objects", `[{"a": 1}, {"a": 2}]`, ""},
		{"two texts", `{} {}`, "something follows the JSON text"},
		{"not UTF-8", "\"\xff\"", "the body is not UTF-8"},
		{"too deep", strings.Repeat("[", 17) + strings.Repeat("]", 17), "more than 16 objects and lists are within each other"},
		{"deep", strings.Repeat("[", 16) + strings.Repeat("]", 16), ""},
		{"cut", `{"a": `, "EOF"},
		{"empty", ``, "EOF"},
		{"a comma too many", `{"a": 1,}`, "invalid character '}' looking for beginning of object key string"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var into any
			got := ""
			if err := unmarshal([]byte(c.text), &into); err != nil {
				got = err.Error()
			}
			if got != c.want && !(c.want == "EOF" && strings.HasSuffix(got, "EOF")) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
