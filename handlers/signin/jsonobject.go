package signin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
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
	if !json.Valid(data) {
		return nil, errNotObject
	}
	if data = bytes.TrimSpace(data); data[0] != '{' {
		return nil, errNotObject
	}
	return readMembers(data, maxDepth)
}

// readMembers is readObject for valid JSON that nests no deeper than depth.
func readMembers(data []byte, depth int) (object, error) {
	o := object{}
	var name []byte // nil: the next part is a name
	for part := range parts(data) {
		if name == nil {
			name = part
			continue
		}
		member := unquote(name)
		if _, twice := o[member]; twice {
			return nil, errDuplicate
		}
		if err := checkNested(part, depth-1); err != nil {
			return nil, err
		}
		o[member], name = part, nil
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
	for element := range parts(raw) {
		if err := checkNested(element, depth-1); err != nil {
			return err
		}
	}
	return nil
}

// parts yields what is between the outer brackets of data, valid JSON: the elements of an
// array, or each name of an object and its value. A part ends at a comma or colon outside
// of strings and inner brackets.
func parts(data []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		depth, begin := 0, 1
		for i := 0; i < len(data); i++ {
			end := false
			switch data[i] {
			case '"':
				for i++; data[i] != '"'; i++ {
					if data[i] == '\\' {
						i++
					}
				}
			case '{', '[':
				depth++
			case '}', ']':
				depth--
				end = depth == 0
			case ',', ':':
				end = depth == 1
			}
			if !end {
				continue
			}
			if part := bytes.TrimSpace(data[begin:i:i]); len(part) > 0 && !yield(part) {
				return
			}
			begin = i + 1
		}
	}
}

// unquote is the text of a valid JSON string.
func unquote(raw []byte) (s string) {
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1])
	}
	_ = json.Unmarshal(raw, &s) // it is valid
	return s
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
	if raw[0] != '"' {
		return "", false, fmt.Errorf("%s is %s, not a string", name, o.kind(name))
	}
	return unquote(raw), true, nil
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
