package manage

import (
	"encoding/base64"
	"encoding/json"
	"iter"
	"strconv"
	"strings"
	"time"
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

// check returns the number of items of a page, and reads After into the key of its last item.
func (l List) check(key ...any) (limit int, after bool, err error) {
	var bad fields
	limit = l.Limit
	if limit == 0 {
		limit = DefaultLimit
	}
	if limit < 1 || limit > MaxLimit {
		bad.add("limit", "is %d, and must be from 1 to %d", l.Limit, MaxLimit)
	}
	if l.After != "" && !decodeAfter(l.After, key) {
		bad.add("after", "is not the value of next of a page of this list")
	}
	return limit, l.After != "", bad.err()
}

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
	}
	return true
}

// follows is the condition that rows come after the key of a page, whose parameters follow the first n.
func follows(columns string, n int) string { return compared(columns, ">", n) }

// precedes is [follows] for a list that begins with the greatest key.
func precedes(columns string, n int) string { return compared(columns, "<", n) }

func compared(columns, operator string, n int) string {
	values := make([]string, strings.Count(columns, ",")+1)
	for i := range values {
		values[i] = "$" + strconv.Itoa(n+1+i)
	}
	return "(" + columns + ") " + operator + " (" + strings.Join(values, ", ") + ")"
}

// page makes a page of at most limit items out of one item more.
func page[T any](items []T, limit int, key func(T) []any) Page[T] {
	if len(items) <= limit {
		return Page[T]{Items: append([]T{}, items...)}
	}
	items = items[:limit]
	text, _ := json.Marshal(key(items[limit-1])) // strings and times
	next := base64.RawURLEncoding.EncodeToString(text)
	return Page[T]{Items: items, Next: &next}
}

// timeOrNull is null in JSON for the zero time.
func timeOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
