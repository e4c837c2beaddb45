package manage

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"iter"
	"reflect"
	"strconv"
	"strings"
	"time"

	"orglogin/store"
)

// List says which part of a list is wanted.
type List struct {
	Limit int    // at most [MaxLimit]; 0 is [DefaultLimit]
	After string // [Page.Next] of the page before; empty is the first page
}

// The bounds of a page.
const (
	DefaultLimit = 50
	MaxLimit     = 200
)

// limitOfPage ends the query of a list: one item more than any page has. It is a constant, because PostgreSQL plans a
// parameter here as a tenth of the list, and sorts all of it then.
const limitOfPage = "LIMIT 201"

// Page is one part of a list.
type Page[T any] struct {
	Items []T     `json:"items"`
	Next  *string `json:"next"` // what [List.After] takes for the next page; null at the end
}

// All are the items of all pages of a list, until the first error.
func All[T any](read func(List) (Page[T], error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		l := List{Limit: MaxLimit}
		for {
			page, err := read(l)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range page.Items {
				if !yield(item, nil) {
					return
				}
			}
			if page.Next == nil {
				return
			}
			l.After = *page.Next
		}
	}
}

// paging is a [List] that was checked.
type paging struct {
	limit int
	after []any // the key of the last item of the page before; nil is the first page
}

// check reads After into key, pointers to the values of the key of the list.
func (l List) check(key ...any) (p paging, err error) {
	var bad fields
	p.limit = cmp.Or(l.Limit, DefaultLimit)
	if p.limit < 1 || p.limit > MaxLimit {
		bad.add("limit", "is %d, and must be from 1 to %d", l.Limit, MaxLimit)
	}
	if l.After != "" {
		if !decodeAfter(l.After, key) {
			bad.add("after", "is not the value of next of a page of this list")
		}
		for _, pointer := range key {
			value := reflect.ValueOf(pointer).Elem().Interface()
			if id, ok := value.(rowID); ok {
				value = string(id)
			}
			p.after = append(p.after, value)
		}
	}
	return p, bad.err()
}

// rowID is an id in the key of a list. PostgreSQL compares it as a UUID and fails for a text that is none.
type rowID string

// maxAfter bounds what is decoded: the longest key is an address, a time and an id.
const maxAfter = 1024

func decodeAfter(text string, key []any) bool {
	if len(text) > maxAfter {
		return false
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return false
	}
	var parts []json.RawMessage
	if json.Unmarshal(raw, &parts) != nil || len(parts) != len(key) {
		return false
	}
	for i, part := range parts {
		if json.Unmarshal(part, key[i]) != nil {
			return false
		}
		switch v := key[i].(type) {
		case *rowID:
			if !store.ValidID(string(*v)) {
				return false
			}
		case *string:
			if strings.ContainsRune(*v, 0) { // PostgreSQL stores none
				return false
			}
		}
	}
	return true
}

// listing is the query of a list, in the order of a key that no two items share.
type listing[T any] struct {
	from        string // SELECT … FROM …
	where       string // empty: all rows
	args        []any  // of where
	key         string // the columns
	newestFirst bool   // the greatest key is the first
	scan        func(scan func(...any) error) (T, error)
	keyOf       func(T) []any
}

// list reads one page.
func list[T any](o *operation, p paging, q listing[T]) (Page[T], error) {
	where, order, operator, args := "1 = 1", q.key, ">", q.args
	if q.where != "" {
		where = q.where
	}
	if q.newestFirst {
		order, operator = strings.ReplaceAll(q.key, ",", " DESC,")+" DESC", "<"
	}
	if p.after != nil {
		where += " AND (" + q.key + ") " + operator + " (" + parameters(len(args), len(p.after)) + ")"
		args = append(args, p.after...)
	}
	items := []T{}
	err := o.Query(q.from+` WHERE `+where+` ORDER BY `+order+` `+limitOfPage, args, func(scan func(...any) error) error {
		item, err := q.scan(scan)
		items = append(items, item)
		return err
	})
	if err != nil || len(items) <= p.limit {
		return Page[T]{Items: items}, err
	}
	items = items[:p.limit]
	text, _ := json.Marshal(q.keyOf(items[p.limit-1])) // strings, numbers and times
	next := base64.RawURLEncoding.EncodeToString(text)
	return Page[T]{Items: items, Next: &next}, nil
}

// parameters are count of them, after the first n.
func parameters(n, count int) string {
	all := make([]string, count)
	for i := range all {
		all[i] = "$" + strconv.Itoa(n+1+i)
	}
	return strings.Join(all, ", ")
}

// timeOrNull is null in JSON for the zero time.
func timeOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
