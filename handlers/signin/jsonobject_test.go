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
		{"every kind of number", `{"a":[0,-0,10,1.5,-1.5e3,2E+9,3e-07]}`, true},
		{"a number with a leading zero", `{"a":01}`, false},
		{"a number without digits after the point", `{"a":1.}`, false},
		{"a number without digits in the exponent", `{"a":1e+}`, false},
		{"a sign alone", `{"a":-}`, false},
		{"a sign too many", `{"a":+1}`, false},
		{"every escape", `{"a":"\"\\\/\b\f\n\r\t\u12aF"}`, true},
		{"an escape that is none", `{"a":"\x41"}`, false},
		{"an escape with a digit too few", `{"a":"\u12a"}`, false},
		{"a control character in a string", "{\"a\":\"\n\"}", false},
		{"a NUL in a string", "{\"a\":\"\x00\"}", false},
		{"a NUL after all", "{}\x00", false},
		{"a word cut off", `{"a":tru}`, false},
		{"a word in another case", `{"a":True}`, false},
		{"a word with more behind it", `{"a":nulls}`, false},
		{"no colon", `{"a" 1}`, false},
		{"no value", `{"a":}`, false},
		{"no comma", `{"a":1 "b":2}`, false},
		{"no comma in an array", `{"a":[1 2]}`, false},
		{"a comma too many in an array", `{"a":[1,]}`, false},
		{"a name without quotes", `{a:1}`, false},
		{"a name that is no string", `{1:1}`, false},
		{"single quotes", `{'a':1}`, false},
		{"another space", "{\u00a0}", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := readObject([]byte(test.data)); (err == nil) != test.ok {
				t.Errorf("%s: %v", test.data, err)
			}
		})
	}
}
