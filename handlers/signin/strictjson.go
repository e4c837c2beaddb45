package signin

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxDepth bounds the nesting of anything the provider sends. Claims in use
// nest two or three deep.
const maxDepth = 16

// object is one JSON object read strictly: member names are exact, no name
// comes twice at any depth, the text is UTF-8, and nothing follows it. Its
// members are in the order of their names, and are parts of the text that was
// read: what outlives the login is to be cloned.
type object []field

type field struct {
	name  string
	value string // as written
}

// readObject reads data as one JSON object (RFC 8259), refusing what RFC 7519
// section 4 lets a reader refuse: repeated names.
func readObject(data []byte) (object, error) {
	if !utf8.Valid(data) {
		return nil, errors.New("not UTF-8")
	}
	r := jsonReader{text: string(data)}
	r.blanks()
	if r.peek() != '{' {
		return nil, errors.New("not a JSON object")
	}
	o, err := r.object()
	if err != nil {
		return nil, err
	}
	if r.blanks(); r.at < len(r.text) {
		return nil, errors.New("something follows the JSON object")
	}
	return o, nil
}

// find returns a member's value as written, empty when it is absent.
func (o object) find(name string) string {
	for i := range o {
		if o[i].name == name {
			return o[i].value
		}
	}
	return ""
}

// only refuses a member that differs from one of names in case alone (Unicode
// folding included, as encoding/json folds): nobody means well by it, and a
// laxer reader further on would take it.
func (o object) only(names ...string) error {
	for i := range o {
		if slices.Contains(names, o[i].name) {
			continue // the names themselves differ in more than case
		}
		for _, name := range names {
			if strings.EqualFold(o[i].name, name) {
				return fmt.Errorf("a member is %s in another case", name)
			}
		}
	}
	return nil
}

// text returns a member that must be a string; ok is false when it is absent.
func (o object) text(name string) (s string, ok bool, err error) {
	raw := o.find(name)
	if raw == "" {
		return "", false, nil
	}
	if s, ok = unquote(raw); !ok {
		return "", false, fmt.Errorf("%s is not a string", name)
	}
	return s, true, nil
}

// unquote reads a value as a string; most have no escapes.
func unquote(raw string) (string, bool) {
	if raw[0] != '"' {
		return "", false
	}
	if strings.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1], true
	}
	var s string // here, since its address makes it escape
	err := json.Unmarshal([]byte(raw), &s)
	return s, err == nil
}

// texts returns a member that must be an array of strings, nil when absent.
func (o object) texts(name string) ([]string, error) {
	raw := o.find(name)
	if raw == "" {
		return nil, nil
	}
	var elements []json.RawMessage
	if err := json.Unmarshal([]byte(raw), &elements); err != nil || raw[0] != '[' {
		return nil, fmt.Errorf("%s is not an array of strings", name)
	}
	all := make([]string, len(elements))
	for i, e := range elements {
		var ok bool
		if all[i], ok = unquote(string(e)); !ok {
			return nil, fmt.Errorf("%s is not an array of strings", name)
		}
	}
	return all, nil
}

// seconds returns a member that must be a JSON number of seconds since 1970
// (NumericDate, RFC 7519 section 2).
func (o object) seconds(name string) (s float64, ok bool, err error) {
	raw := o.find(name)
	if raw == "" {
		return 0, false, nil
	}
	if c := raw[0]; c != '-' && (c < '0' || c > '9') {
		return 0, false, fmt.Errorf("%s is not a JSON number", name)
	}
	if s, err = strconv.ParseFloat(raw, 64); err != nil {
		return 0, false, fmt.Errorf("%s is not a number", name)
	}
	// Past this a float64 loses seconds and a Duration overflows.
	if s < 0 || s > 1<<40 {
		return 0, false, fmt.Errorf("%s is out of range", name)
	}
	return s, true, nil
}
