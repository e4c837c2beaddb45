package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
// sound by [ImportFile.Check]. [ErrInvalid] names the entry or the line.
//
// Members that are not given stay empty: a store takes the defaults for what
// it makes and leaves alone what is there.
func ParseImport(r io.Reader) (ImportFile, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxImport+1))
	if err != nil {
		return ImportFile{}, fmt.Errorf("reading the import file: %w", err)
	}
	if len(data) > MaxImport {
		return ImportFile{}, invalid("the import file is longer than %d bytes", MaxImport)
	}
	if !utf8.Valid(data) {
		return ImportFile{}, invalid("the import file is not UTF-8")
	}
	w := importWalk{json.NewDecoder(bytes.NewReader(data))}
	if err := w.file(); err != nil {
		line := 1 + bytes.Count(data[:min(w.InputOffset(), int64(len(data)))], []byte("\n"))
		return ImportFile{}, invalid("line %d: %w", line, err)
	}
	var f ImportFile
	if err := json.Unmarshal(data, &f); err != nil {
		return ImportFile{}, invalid("%w", err)
	}
	f = f.Normalized()
	if err := f.Check(nil); err != nil {
		return ImportFile{}, err
	}
	return f, nil
}

// importWalk reads the tokens of a file before encoding/json does, which
// folds the case of members and takes the last of two.
type importWalk struct{ *json.Decoder }

func (w importWalk) file() error {
	lists := map[string]map[string]kind{
		"organizations": {"slug": text, "name": text, "subdomain_status": text},
		"users":         {"email": text, "name": text, "connection": text, "issuer": text, "subject": text, "disabled": flag},
		"memberships":   {"organization": text, "email": text, "role": text, "active": flag},
		"invitations":   {"organization": text, "email": text, "role": text, "token": text, "expires_at": instant, "revoked": flag},
	}
	err := members(w, "the file", lists, func(list string, entry map[string]kind) error {
		if err := w.expect('['); err != nil {
			return fmt.Errorf("%s: %w", list, err)
		}
		for i := 0; w.More(); i++ {
			at := fmt.Sprintf("%s[%d]", list, i)
			if err := members(w, at, entry, func(name string, k kind) error {
				if err := w.value(k); err != nil {
					return fmt.Errorf("%s.%s: %w", at, name, err)
				}
				return nil
			}); err != nil {
				return err
			}
		}
		return w.expect(']')
	})
	if err != nil {
		return err
	}
	if _, err := w.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("something follows the file's object")
	}
	return nil
}

// members reads one object, of which allowed names every member, and calls
// each before the value of a member.
func members[V any](w importWalk, at string, allowed map[string]V, each func(name string, v V) error) error {
	if err := w.expect('{'); err != nil {
		return fmt.Errorf("%s: %w", at, err)
	}
	seen := map[string]bool{}
	for w.More() {
		token, err := w.Token()
		if err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
		name, _ := token.(string) // a decoder takes nothing else for a member's name
		v, ok := allowed[name]
		if !ok {
			return fmt.Errorf("%s: the member %.40q is unknown", at, name)
		}
		if seen[name] {
			return fmt.Errorf("%s: the member %q is there twice", at, name)
		}
		seen[name] = true
		if err := each(name, v); err != nil {
			return err
		}
	}
	return w.expect('}')
}

func (w importWalk) expect(want json.Delim) error {
	token, err := w.Token()
	if err != nil {
		return err
	}
	if token != want {
		return fmt.Errorf("%s was expected", want)
	}
	return nil
}

func (w importWalk) value(k kind) error {
	token, err := w.Token()
	if err != nil {
		return err
	}
	switch k {
	case flag:
		if _, ok := token.(bool); !ok {
			return fmt.Errorf("true or false was expected")
		}
	case text, instant:
		s, ok := token.(string)
		if !ok {
			return fmt.Errorf("a string was expected")
		}
		if k == instant {
			if _, err := time.Parse(time.RFC3339, s); err != nil {
				return fmt.Errorf("%.40q is not a time of RFC 3339", s)
			}
		}
	}
	return nil
}
