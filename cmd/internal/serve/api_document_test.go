package serve

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// schema is a part of the document that says what a value is.
type schema struct {
	Ref        string            `json:"$ref"`
	Type       any               `json:"type"` // a word, or a list of them
	Format     string            `json:"format"`
	Enum       []any             `json:"enum"`
	Items      *schema           `json:"items"`
	Properties map[string]schema `json:"properties"`
	Required   []string          `json:"required"`
	Additional *bool             `json:"additionalProperties"`
	MaxLength  int               `json:"maxLength"`
	Minimum    *float64          `json:"minimum"`
	Maximum    *float64          `json:"maximum"`
}

type parameter struct {
	Name, In string
	Required bool
	Schema   schema
}

type content map[string]struct{ Schema schema }

type response struct {
	Ref     string `json:"$ref"`
	Content content
}

// operation is one of the document.
type operation struct {
	method, path string // not of the document
	OperationID  string `json:"operationId"`
	Parameters   []parameter
	RequestBody  *struct{ Content content }
	Responses    map[string]response
	Security     []map[string][]string
}

func (o operation) scope() string {
	if len(o.Security) == 0 {
		return ""
	}
	return o.Security[0]["token"][0]
}

// document is the OpenAPI document.
type document struct {
	Paths      map[string]map[string]operation
	Components struct {
		Schemas   map[string]schema
		Responses map[string]response
	}
}

func (w *apiWorld) document() (d document) {
	w.Helper()
	a := w.askAs("", http.MethodGet, "/openapi.json", "") // without a token
	if a.status != http.StatusOK {
		w.Fatalf("got %d %s", a.status, a.body)
	}
	if err := json.Unmarshal(a.body, &d); err != nil {
		w.Fatal(err)
	}
	return d
}

// operations are all that need a token, in a stable order.
func (d document) operations() (all []operation) {
	for _, path := range slices.Sorted(maps.Keys(d.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(d.Paths[path])) {
			o := d.Paths[path][method]
			o.method, o.path = strings.ToUpper(method), path
			if o.scope() != "" {
				all = append(all, o)
			}
		}
	}
	return all
}

func (d document) resolve(s schema) schema {
	for s.Ref != "" {
		s = d.Components.Schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")]
	}
	return s
}

// check returns what an answer has that the document does not say.
func (d document) check(o operation, a answer) error {
	r, ok := o.Responses[strconv.Itoa(a.status)]
	if !ok {
		return fmt.Errorf("the status %d is not in the document", a.status)
	}
	if r.Ref != "" {
		r = d.Components.Responses[strings.TrimPrefix(r.Ref, "#/components/responses/")]
	}
	if len(r.Content) == 0 {
		if len(a.body) > 0 {
			return fmt.Errorf("a body that is not in the document: %s", a.body)
		}
		return nil
	}
	c, ok := r.Content[a.header.Get("Content-Type")]
	if !ok {
		return fmt.Errorf("the type %s is not in the document", a.header.Get("Content-Type"))
	}
	var v any
	if err := json.Unmarshal(a.body, &v); err != nil {
		return err
	}
	return d.checkValue("body", c.Schema, v)
}

func (d document) checkValue(at string, s schema, v any) error {
	s = d.resolve(s)
	if s.Type == nil {
		return nil // anything
	}
	types, ok := s.Type.([]any)
	if !ok {
		types = []any{s.Type}
	}
	if !slices.Contains(types, any(typeOf(v))) && !(typeOf(v) == "integer" && slices.Contains(types, any("number"))) {
		return fmt.Errorf("%s is %T, and must be %v", at, v, types)
	}
	if len(s.Enum) > 0 && !slices.Contains(s.Enum, v) {
		return fmt.Errorf("%s is %v, and must be one of %v", at, v, s.Enum)
	}
	switch v := v.(type) {
	case string:
		if _, err := time.Parse(time.RFC3339, v); s.Format == "date-time" && err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
	case []any:
		for i, item := range v {
			if err := d.checkValue(fmt.Sprintf("%s[%d]", at, i), *s.Items, item); err != nil {
				return err
			}
		}
	case map[string]any:
		for _, name := range s.Required {
			if _, ok := v[name]; !ok {
				return fmt.Errorf("%s has no %s", at, name)
			}
		}
		for name, member := range v {
			p, ok := s.Properties[name]
			if !ok {
				return fmt.Errorf("%s.%s is not in the document", at, name)
			}
			if err := d.checkValue(at+"."+name, p, member); err != nil {
				return err
			}
		}
	}
	return nil
}

func typeOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return "string"
	case bool:
		return "boolean"
	case float64:
		if v == float64(int64(v)) {
			return "integer"
		}
		return "number"
	case []any:
		return "array"
	}
	return "object"
}
