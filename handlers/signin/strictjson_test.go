package signin

import (
	"strings"
	"testing"
)

func TestReadObject(t *testing.T) {
	nested := func(n int) string { return strings.Repeat(`{"a":`, n-1) + "{}" + strings.Repeat("}", n-1) }
	for _, test := range []struct {
		name, data string
		ok         bool
	}{
		{"an empty object", `{}`, true},
		{"blanks everywhere", " \n{ \t\"a\" \r: [ 1 , { } ] , \"b\" : null } ", true},
		{"brackets and quotes in strings", `{"a":"}\"]{","b\\":"\\"}`, true},
		{"nesting up to the bound", nested(maxDepth), true},
		{"nesting past it", nested(maxDepth + 1), false},
		{"arrays past it", `{"a":` + strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth) + `}`, false},
		{"brackets in a string are no nesting", `{"a":"` + strings.Repeat("[", 100) + `"}`, true},
		{"a name twice", `{"a":1,"a":1}`, false},
		{"a name twice, once escaped", `{"a":1,"\u0061":1}`, false},
		{"a name twice further in", `{"a":[{"b":1,"b":1}]}`, false},
		{"a name twice in different objects", `{"a":{"b":1},"c":{"b":1}}`, true},
		{"names that differ in case", `{"a":1,"A":1}`, true},
		{"two lone surrogates, which read as the same", `{"\ud800":1,"\ud801":1}`, false},
		{"not UTF-8", "{\"a\":\"\xff\"}", false},
		{"a byte order mark", "\ufeff{}", false},
		{"an array", `[{}]`, false},
		{"a string", `"{}"`, false},
		{"nothing", ``, false},
		{"blanks alone", ` `, false},
		{"two objects", `{}{}`, false},
		{"a comma too many", `{"a":1,}`, false},
		{"a comment", `{}//`, false},
		{"cut off", `{"a":"`, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := readObject([]byte(test.data)); (err == nil) != test.ok {
				t.Errorf("%s: %v", test.data, err)
			}
		})
	}
}
