package signin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxDepth bounds the nesting of anything the provider sends. Claims in use
// nest two or three deep.
const maxDepth = 16

// object is one JSON object read strictly: member names are exact, no name
// comes twice at any depth, the text is UTF-8, and nothing follows it.
type object map[string]json.RawMessage

// readObject reads data as one JSON object (RFC 8259), refusing what RFC 7519
// section 4 lets a reader refuse: repeated names.
func readObject(data []byte) (object, error) {
	if !utf8.Valid(data) {
		return nil, errors.New("not UTF-8")
	}
	if err := checkDepth(data); err != nil {
		return nil, err
	}
	if !json.Valid(data) {
		return nil, errors.New("not JSON")
	}
	w := walker{data: data}
	w.blanks()
	if w.data[w.at] != '{' {
		return nil, errors.New("not a JSON object")
	}
	return w.object()
}

// checkDepth runs before the parser, so that a megabyte of brackets costs one
// pass over it.
func checkDepth(data []byte) error {
	depth, quoted := 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return errors.New("nested too deeply")
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return nil
}

// walker steps through text that is known to be valid JSON.
type walker struct {
	data []byte
	at   int
}

func (w *walker) blanks() {
	for w.at < len(w.data) && strings.IndexByte(" \t\r\n", w.data[w.at]) >= 0 {
		w.at++
	}
}

func (w *walker) object() (object, error) {
	members := make(object)
	w.at++ // {
	for w.blanks(); w.data[w.at] != '}'; w.blanks() {
		if w.data[w.at] == ',' {
			w.at++
			w.blanks()
		}
		begin := w.at
		w.text()
		name, err := unquote(w.data[begin:w.at])
		if err != nil {
			return nil, err
		}
		if _, twice := members[name]; twice {
			return nil, errors.New("a member name comes twice")
		}
		w.blanks()
		w.at++ // :
		w.blanks()
		begin = w.at
		if err := w.value(); err != nil {
			return nil, err
		}
		members[name] = json.RawMessage(w.data[begin:w.at])
	}
	w.at++ // }
	return members, nil
}

func (w *walker) value() error {
	switch w.data[w.at] {
	case '{':
		_, err := w.object()
		return err
	case '[':
		w.at++
		for w.blanks(); w.data[w.at] != ']'; w.blanks() {
			if w.data[w.at] == ',' {
				w.at++
				w.blanks()
			}
			if err := w.value(); err != nil {
				return err
			}
		}
		w.at++
	case '"':
		w.text()
	default: // number, true, false, null
		for w.at < len(w.data) && strings.IndexByte(",]} \t\r\n", w.data[w.at]) < 0 {
			w.at++
		}
	}
	return nil
}

func (w *walker) text() {
	for w.at++; w.data[w.at] != '"'; w.at++ {
		if w.data[w.at] == '\\' {
			w.at++
		}
	}
	w.at++
}

// only refuses a member that differs from one of names in case alone (Unicode
// folding included, as encoding/json folds): nobody means well by it, and a
// laxer reader further on would take it.
func (o object) only(names ...string) error {
	for member := range o {
		for _, name := range names {
			if member != name && strings.EqualFold(member, name) {
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
		return "", false, fmt.Errorf("%s is not a string", name)
	}
	if s, err = unquote(raw); err != nil {
		return "", false, fmt.Errorf("%s is not a string", name)
	}
	return s, true, nil
}

// unquote reads a valid JSON string of valid UTF-8; most have no escapes.
func unquote(raw []byte) (s string, err error) {
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1]), nil
	}
	err = json.Unmarshal(raw, &s)
	return s, err
}

// texts returns a member that must be an array of strings, nil when absent.
func (o object) texts(name string) ([]string, error) {
	raw, ok := o[name]
	if !ok {
		return nil, nil
	}
	var elements []json.RawMessage
	if err := json.Unmarshal(raw, &elements); err != nil || raw[0] != '[' {
		return nil, fmt.Errorf("%s is not an array of strings", name)
	}
	all := make([]string, len(elements))
	for i, e := range elements {
		if e[0] != '"' || json.Unmarshal(e, &all[i]) != nil {
			return nil, fmt.Errorf("%s is not an array of strings", name)
		}
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
	if c := raw[0]; c != '-' && (c < '0' || c > '9') || json.Unmarshal(raw, &s) != nil {
		return 0, false, fmt.Errorf("%s is not a JSON number", name)
	}
	// Past this a float64 loses seconds and a Duration overflows.
	if s < 0 || s > 1<<40 {
		return 0, false, fmt.Errorf("%s is out of range", name)
	}
	return s, true, nil
}
