package templates

import (
	"reflect"
	"strings"
)

// pseudoTag is the tag of English in Arabic letters, from right to left (Unicode Technical Standard 35, private use).
const pseudoTag = "ar-XB"

// pseudo is English written in Arabic letters, from right to left: the catalogue and the tests show with it whether
// a page is laid out right in both directions. It is never offered to people.
func pseudo() *Language {
	l := english()
	l.Tag, l.RightToLeft = pseudoTag, true
	eachMessage(reflect.ValueOf(&l.texts).Elem(), "", func(_ string, m reflect.Value) { m.SetString(arabic(m.String())) })
	return l
}

// eachMessage calls f for every message in v, with its path in the table.
func eachMessage(v reflect.Value, path string, f func(path string, m reflect.Value)) {
	switch v.Kind() {
	case reflect.String:
		f(path, v)
	case reflect.Struct:
		for i := range v.NumField() {
			eachMessage(v.Field(i), path+"."+v.Type().Field(i).Name, f)
		}
	case reflect.Array:
		for i := range v.Len() {
			eachMessage(v.Index(i), path, f)
		}
	}
}

// arabic replaces every Latin letter outside of braces.
func arabic(text string) string {
	const letters = "ابتثجحخدذرزسشصضطظعغفقكلمنه"
	to := []rune(letters)
	inside := false
	return strings.Map(func(r rune) rune {
		switch {
		case r == '{' || r == '}':
			inside = r == '{'
		case inside:
		case r >= 'a' && r <= 'z':
			return to[r-'a']
		case r >= 'A' && r <= 'Z':
			return to[r-'A']
		}
		return r
	}, text)
}
