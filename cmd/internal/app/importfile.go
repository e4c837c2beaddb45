package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"orglogin/store"
)

// DecodeImport reads one JSON object of contract section 7. A member that the
// format does not know is an error: a misspelt one would be data that is
// quietly left out.
func DecodeImport(r io.Reader) (store.ImportFile, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return store.ImportFile{}, fmt.Errorf("read: %w", err)
	}
	if !bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) { // null would pass as nothing to do
		return store.ImportFile{}, errors.New("line 1: not a JSON object")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	var file store.ImportFile
	if err := d.Decode(&file); err != nil {
		return store.ImportFile{}, located(text, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return store.ImportFile{}, fmt.Errorf("line %d: something follows the object", line(text, d.InputOffset()))
	}
	return file, nil
}

// located adds the line to an error that knows its place.
func located(text []byte, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("line %d: %w", line(text, syntax.Offset), err)
	case errors.As(err, &kind):
		return fmt.Errorf("line %d: %w", line(text, kind.Offset), err)
	}
	return err
}

// line is the number of the line at an offset, from 1.
func line(text []byte, offset int64) int {
	return 1 + bytes.Count(text[:min(max(int(offset), 0), len(text))], []byte("\n"))
}
