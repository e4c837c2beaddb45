package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
)

const (
	// maxBody is far above the largest body of any operation.
	maxBody = 64 << 10
	// maxDepth is far above that of any body, which are objects of strings and lists of strings.
	maxDepth = 16
)

// strictJSON is JSON as this API reads and writes it.
var strictJSON = huma.Format{Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: unmarshal}

// null stands for a null that was sent. No member of a body may be one: as a merge patch it would remove the value
// (RFC 7396), and of those that can be changed only color can be without one, which is then empty. Its type makes the validation refuse it by name.
type null struct{}

// unmarshal reads one JSON text without a name twice in an object, which two readers would read differently.
func unmarshal(data []byte, into any) error {
	if err := checkJSON(data); err != nil {
		return err
	}
	if err := json.Unmarshal(data, into); err != nil {
		return err
	}
	if parsed, ok := into.(*any); ok {
		*parsed = markNulls(*parsed)
	}
	return nil
}

func markNulls(v any) any {
	switch v := v.(type) {
	case nil:
		return null{}
	case map[string]any:
		for name, member := range v {
			v[name] = markNulls(member)
		}
	case []any:
		for i, item := range v {
			v[i] = markNulls(item)
		}
	}
	return v
}

func checkJSON(data []byte) error {
	if !utf8.Valid(data) {
		return errors.New("the body is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	if err := checkValue(d, 0); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the JSON text")
	}
	return nil
}

func checkValue(d *json.Decoder, depth int) error {
	token, err := d.Token()
	if err != nil {
		return err
	}
	opened, ok := token.(json.Delim)
	if !ok {
		return nil
	}
	if depth == maxDepth {
		return fmt.Errorf("more than %d objects and lists are within each other", maxDepth)
	}
	names := map[string]bool{}
	for d.More() {
		if opened == '{' {
			name, err := d.Token()
			if err != nil {
				return err
			}
			text, _ := name.(string) // a decoder returns nothing else here
			if names[text] {
				return fmt.Errorf("%q is twice in one object", text)
			}
			names[text] = true
		}
		if err := checkValue(d, depth+1); err != nil {
			return err
		}
	}
	_, err = d.Token() // the end of the object or list
	return err
}
