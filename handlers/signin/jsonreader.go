package signin

import (
	"errors"
	"slices"
	"strings"
)

// jsonReader steps once through a text that is UTF-8 and accepts exactly the
// grammar of RFC 8259, less the objects that name a member twice and whatever
// nests deeper than maxDepth. encoding/json accepts all that it accepts, and
// reads the same: a fuzz test holds the two side by side.
type jsonReader struct {
	text  string
	at    int
	depth int
}

var (
	errNotJSON = errors.New("not JSON")
	errTooDeep = errors.New("nested too deeply")
	errTwice   = errors.New("a member name comes twice")
)

// peek is the byte to be read next; 0, which begins nothing, at the end.
func (r *jsonReader) peek() byte {
	if r.at < len(r.text) {
		return r.text[r.at]
	}
	return 0
}

// take steps over c if it is next.
func (r *jsonReader) take(c byte) bool {
	if r.peek() != c {
		return false
	}
	r.at++
	return true
}

func (r *jsonReader) blanks() {
	for r.at < len(r.text) {
		switch r.text[r.at] {
		case ' ', '\t', '\r', '\n':
			r.at++
		default:
			return
		}
	}
}

// object reads the members of an object that begins here.
func (r *jsonReader) object() (object, error) {
	o := make(object, 0, 16)
	err := r.list('}', func() error {
		begin := r.at
		if err := r.string(); err != nil {
			return err
		}
		name, ok := unquote(r.text[begin:r.at])
		if r.blanks(); !ok || !r.take(':') {
			return errNotJSON
		}
		r.blanks()
		begin = r.at
		if err := r.value(); err != nil {
			return err
		}
		o = append(o, field{name, r.text[begin:r.at]})
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(o, func(a, b field) int { return strings.Compare(a.name, b.name) })
	for i := 1; i < len(o); i++ {
		if o[i].name == o[i-1].name {
			return nil, errTwice
		}
	}
	return o, nil
}

// list reads what stands between brackets, the first of which is here: elements
// with commas between them.
func (r *jsonReader) list(end byte, element func() error) error {
	if r.depth++; r.depth > maxDepth {
		return errTooDeep
	}
	r.at++
	if r.blanks(); !r.take(end) {
		for {
			if err := element(); err != nil {
				return err
			}
			if r.blanks(); r.take(end) {
				break
			}
			if !r.take(',') {
				return errNotJSON
			}
			r.blanks()
		}
	}
	r.depth--
	return nil
}

func (r *jsonReader) value() error {
	switch c := r.peek(); {
	case c == '"':
		return r.string()
	case c == '{':
		_, err := r.object()
		return err
	case c == '[':
		return r.list(']', r.value)
	case c == '-' || isDigit(c):
		return r.number()
	}
	for _, word := range [...]string{"true", "false", "null"} {
		if strings.HasPrefix(r.text[r.at:], word) {
			r.at += len(word)
			return nil
		}
	}
	return errNotJSON
}

func (r *jsonReader) string() error {
	if !r.take('"') {
		return errNotJSON
	}
	for r.at < len(r.text) {
		c := r.text[r.at]
		r.at++
		switch {
		case c == '"':
			return nil
		case c < ' ':
			return errNotJSON
		case c == '\\':
			if !r.escape() {
				return errNotJSON
			}
		}
	}
	return errNotJSON
}

// escape reads what follows a backslash.
func (r *jsonReader) escape() bool {
	c := r.peek()
	if c == 0 || strings.IndexByte(`"\/bfnrtu`, c) < 0 {
		return false
	}
	r.at++
	if c != 'u' {
		return true
	}
	for range 4 {
		if c := r.peek() | ' '; !isDigit(r.peek()) && (c < 'a' || c > 'f') {
			return false
		}
		r.at++
	}
	return true
}

func (r *jsonReader) number() error {
	r.take('-')
	if !r.take('0') && !r.digits() {
		return errNotJSON
	}
	if r.take('.') && !r.digits() {
		return errNotJSON
	}
	if r.take('e') || r.take('E') {
		if !r.take('+') {
			r.take('-')
		}
		if !r.digits() {
			return errNotJSON
		}
	}
	return nil
}

// digits reads one or more.
func (r *jsonReader) digits() bool {
	begin := r.at
	for isDigit(r.peek()) {
		r.at++
	}
	return r.at > begin
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
