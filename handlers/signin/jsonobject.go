package signin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxDepth bounds the nesting of anything the provider sends. Claims in use
// nest two or three deep.
const maxDepth = 16

// object is the members of one JSON object, each value as written. Member names
// are exact: encoding/json ignores case for a struct, and not for a map.
type object map[string]json.RawMessage

// ErrNotJSON is an answer that is not the JSON document asked for.
var ErrNotJSON = errors.New("not the JSON document asked for")

var (
	errNotObject = notJSON("not a JSON object")
	errTooDeep   = notJSON("nested too deeply")
	errDuplicate = notJSON("a member name comes twice")
)

// notJSONError is an [ErrNotJSON] with a text of its own.
type notJSONError struct{ text string }

func notJSON(format string, args ...any) error { return &notJSONError{fmt.Sprintf(format, args...)} }

func (e *notJSONError) Error() string        { return e.text }
func (e *notJSONError) Is(target error) bool { return target == ErrNotJSON }

// readObject reads data as one JSON object (RFC 8259) and refuses what RFC 7519
// section 4 lets a reader refuse: a name that comes twice, at any depth.
func readObject(data []byte) (object, error) {
	if !utf8.Valid(data) {
		return nil, notJSON("not UTF-8")
	}
	return readMembers(data, maxDepth)
}

// readMembers is readObject for a text that nests no deeper than depth.
func readMembers(data []byte, depth int) (object, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return nil, errNotObject
	}
	o := object{}
	for d.More() {
		token, err := d.Token()
		name, ok := token.(string)
		var raw json.RawMessage
		if err != nil || !ok || d.Decode(&raw) != nil {
			return nil, errNotObject
		}
		if _, twice := o[name]; twice {
			return nil, errDuplicate
		}
		if err := checkNested(raw, depth-1); err != nil {
			return nil, err
		}
		o[name] = raw
	}
	if _, err := d.Token(); err != nil {
		return nil, errNotObject
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errNotObject // something follows it
	}
	return o, nil
}

// checkNested refuses duplicate names in a value, and nesting past depth.
func checkNested(raw json.RawMessage, depth int) error {
	switch {
	case raw[0] != '{' && raw[0] != '[':
		return nil
	case depth == 0:
		return errTooDeep
	case raw[0] == '{':
		_, err := readMembers(raw, depth)
		return err
	}
	var elements []json.RawMessage
	if err := json.Unmarshal(raw, &elements); err != nil {
		return err
	}
	for _, e := range elements {
		if err := checkNested(e, depth-1); err != nil {
			return err
		}
	}
	return nil
}

// raw returns a member's value as written, empty when it is absent.
func (o object) raw(name string) string { return string(o[name]) }

// rejectOtherCase refuses a member that differs from one of names in case alone
// (Unicode folding included): no honest provider sends one, and another reader
// could take it for the member itself.
func (o object) rejectOtherCase(names ...string) error {
	for member := range o {
		if slices.Contains(names, member) {
			continue // the names themselves differ in more than case
		}
		for _, name := range names {
			if strings.EqualFold(member, name) {
				return fmt.Errorf("a member is %s in another case", name)
			}
		}
	}
	return nil
}

// text returns a member that must be a string; ok is false when it is absent.
func (o object) text(name string) (s string, ok bool, err error) {
	raw, ok := o[name]
	if !ok {
		return "", false, nil
	}
	if raw[0] != '"' || json.Unmarshal(raw, &s) != nil {
		return "", false, fmt.Errorf("%s is %s, not a string", name, o.kind(name))
	}
	return s, true, nil
}

// texts returns a member that must be an array of strings, nil when absent.
func (o object) texts(name string) ([]string, error) {
	raw, ok := o[name]
	if !ok {
		return nil, nil
	}
	var elements []*string // a null is no string
	if raw[0] != '[' || json.Unmarshal(raw, &elements) != nil || slices.Contains(elements, nil) {
		return nil, fmt.Errorf("%s is not an array of strings", name)
	}
	all := make([]string, len(elements))
	for i, s := range elements {
		all[i] = *s
	}
	return all, nil
}

// seconds returns a member that must be a JSON number of seconds since 1970
// (NumericDate, RFC 7519 section 2).
func (o object) seconds(name string) (s float64, ok bool, err error) {
	raw, ok := o[name]
	if !ok {
		return 0, false, nil
	}
	if raw[0] == 'n' || json.Unmarshal(raw, &s) != nil {
		return 0, false, fmt.Errorf("%s is %s, not a number of seconds", name, o.kind(name))
	}
	// Past this a float64 loses seconds and a Duration overflows.
	if s < 0 || s > 1<<40 {
		return 0, false, fmt.Errorf("%s is out of range", name)
	}
	return s, true, nil
}

// kind says what a member is, for an error: never its content, which may be a
// person's.
func (o object) kind(name string) string {
	switch raw := o.raw(name); {
	case raw == "":
		return "missing"
	case raw == "true", raw == "false", raw == "null":
		return raw
	case raw == `"true"`, raw == `"false"`:
		return "the string " + raw
	case raw[0] == '"':
		return "a string"
	case raw[0] == '[':
		return "an array"
	case raw[0] == '{':
		return "an object"
	}
	return "a number"
}
