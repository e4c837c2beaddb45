package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// MaxImport is the longest import file, in bytes.
const MaxImport = 64 << 20

// kind is what JSON a member of an entry holds.
type kind int

const (
	text kind = iota
	flag
	instant
)

// ParseImport reads an import file strictly (contract section 7): one object;
// every member known, spelled exactly, of its type and there once; every entry
// valid by [ImportFile.Check]. The error is [ImportMistakes], all of them, unless it is not JSON at all.
//
// Members that are not given stay empty: a store takes the defaults for what
// it makes and leaves alone what is there. The text of the file, in data, is for
// [LocateImport].
func ParseImport(r io.Reader) (f ImportFile, data []byte, err error) {
	data, err = io.ReadAll(io.LimitReader(r, MaxImport+1))
	switch {
	case err != nil:
		return f, nil, fmt.Errorf("reading the import file: %w", err)
	case len(data) > MaxImport:
		return f, nil, invalid("the import file is longer than %d bytes", MaxImport)
	case !utf8.Valid(data):
		return f, nil, invalid("the import file is not UTF-8")
	}
	w := newImportWalk(data)
	if err := w.file(); err != nil {
		line := 1 + bytes.Count(data[:min(w.InputOffset(), int64(len(data)))], []byte("\n"))
		return f, nil, append(w.mistakes, ImportMistake{Line: line, Err: invalid("%w", err)})
	}
	// A value of another type is among the mistakes already.
	if err := json.Unmarshal(data, &f); err != nil && len(w.mistakes) == 0 {
		return ImportFile{}, nil, invalid("%w", err)
	}
	f = f.Normalized()
	mistakes := append(w.mistakes, w.without(f.mistakes(nil))...)
	if len(mistakes) > 0 {
		LocateImport(data, mistakes)
		return ImportFile{}, nil, mistakes
	}
	return f, data, nil
}

// importWalk reads the tokens of a file before encoding/json does, which
// folds the case of members and takes the last of two.
type importWalk struct {
	*json.Decoder
	at       func(path string) // called where an entry or the value of a member begins
	mistakes ImportMistakes    // of what is JSON
}

func newImportWalk(data []byte) *importWalk {
	return &importWalk{Decoder: json.NewDecoder(bytes.NewReader(data)), at: func(string) {}}
}

// without leaves out the mistakes of entries that have one already: they follow from it.
func (w *importWalk) without(more ImportMistakes) ImportMistakes {
	entry := func(path string) string { before, _, _ := strings.Cut(path, "]"); return before }
	known := map[string]bool{}
	for _, m := range w.mistakes {
		known[entry(m.Path)] = true
	}
	return slices.DeleteFunc(more, func(m ImportMistake) bool { return known[entry(m.Path)] })
}

// importLists are the members of the entries of each list.
var importLists = map[string]map[string]kind{
	"organizations": {"slug": text, "name": text, "subdomain_status": text},
	"users":         {"email": text, "name": text, "connection": text, "issuer": text, "subject": text, "disabled": flag},
	"memberships":   {"organization": text, "email": text, "role": text, "active": flag},
	"invitations":   {"organization": text, "email": text, "role": text, "token": text, "expires_at": instant, "revoked": flag, "invited_by": text},
}

// file returns an error for what is not JSON, or not an object.
func (w *importWalk) file() error {
	token, err := w.Token()
	if err != nil {
		return fmt.Errorf("the file: %w", err)
	}
	if token != json.Delim('{') {
		return errors.New("the file: { was expected")
	}
	err = members(w, "", importLists, func(list string, entry map[string]kind) error {
		return w.list(list, entry)
	})
	if err != nil {
		return err
	}
	if _, err := w.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the file's object")
	}
	return nil
}

func (w *importWalk) list(list string, entry map[string]kind) error {
	if is, err := w.begins('[', list); !is {
		return err
	}
	for i := 0; w.More(); i++ {
		path := fmt.Sprintf("%s[%d]", list, i)
		is, err := w.begins('{', path)
		w.at(path)
		if is {
			err = members(w, path, entry, func(name string, k kind) error { return w.value(path+"."+name, k) })
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	_, err := w.Token()
	return err
}

// begins reports whether the next value begins with a bracket. Another value is a mistake, and passed over.
func (w *importWalk) begins(want json.Delim, path string) (bool, error) {
	token, err := w.Token()
	if err != nil || token == want {
		return err == nil, err
	}
	w.mistakes.add(path, "%s was expected", want)
	return false, w.passOver(token)
}

// passOver reads the rest of a value that began with a token.
func (w *importWalk) passOver(token json.Token) error {
	depth := 0
	for {
		switch token {
		case json.Delim('['), json.Delim('{'):
			depth++
		case json.Delim(']'), json.Delim('}'):
			depth--
		}
		if depth <= 0 {
			return nil
		}
		var err error
		if token, err = w.Token(); err != nil {
			return err
		}
	}
}

// members reads the rest of one object, of which allowed names every member, and calls
// each before the value of a member.
func members[V any](w *importWalk, at string, allowed map[string]V, each func(name string, v V) error) error {
	seen := map[string]bool{}
	for w.More() {
		token, err := w.Token()
		if err != nil {
			return err
		}
		name, _ := token.(string) // a decoder takes nothing else for a member's name
		path := strings.TrimPrefix(at+"."+name, ".")
		v, ok := allowed[name]
		switch {
		case !ok:
			w.mistakes.add(at, "the member %.40q is unknown", name)
		case seen[name]:
			w.mistakes.add(at, "the member %q is there twice", name)
		default:
			seen[name] = true
			if at != "" {
				w.at(path)
			}
			if err := each(name, v); err != nil {
				return err
			}
			continue
		}
		if token, err = w.Token(); err == nil {
			err = w.passOver(token)
		}
		if err != nil {
			return err
		}
	}
	_, err := w.Token()
	return err
}

func (w *importWalk) value(path string, k kind) error {
	token, err := w.Token()
	if err != nil {
		return err
	}
	switch k {
	case flag:
		if _, ok := token.(bool); !ok {
			w.mistakes.add(path, "true or false was expected")
		}
	case text, instant:
		s, ok := token.(string)
		if !ok {
			w.mistakes.add(path, "a string was expected")
		} else if _, err := time.Parse(time.RFC3339, s); k == instant && err != nil {
			w.mistakes.add(path, "%.40q is not a time of RFC 3339", s)
		}
	}
	return w.passOver(token)
}
