package manage

import (
	"errors"
	"fmt"
	"strings"

	"orglogin/store"
)

// Error is why an operation was refused. It is [store.ErrNotFound], [store.ErrConflict], [store.ErrInvalid] or
// [ErrPrecondition].
type Error struct {
	Kind   error
	Reason string  // one word, the same for commands and the API
	Detail string  // one sentence
	Fields []Field // of what was sent, with [store.ErrInvalid]
}

// Field is one value that was refused.
type Field struct {
	Name   string `json:"name"`   // as in JSON
	Detail string `json:"detail"` // the rest of a sentence that begins with the name
}

// ErrPrecondition says that the thing to be changed is not as the caller last saw it.
var ErrPrecondition = errors.New("the precondition failed")

// The reasons of errors.
const (
	ReasonNotFound     = "not_found"
	ReasonConflict     = "conflict"
	ReasonInvalid      = "invalid"
	ReasonLastOwner    = "last_owner"
	ReasonNotTested    = "not_tested"
	ReasonSlugTaken    = "slug_taken"
	ReasonPrecondition = "precondition_failed"
	ReasonOwnTables    = "own_tables" // the rows are in a table of the operator's own
	ReasonForbidden    = "not_allowed"
)

func (e *Error) Error() string {
	text := e.Detail
	for _, f := range e.Fields {
		text += "; " + f.Name + " " + f.Detail
	}
	return e.Reason + ": " + strings.TrimPrefix(text, "; ")
}

func (e *Error) Unwrap() error { return e.Kind }

// ErrForbidden says that the token may not do this at all.
var ErrForbidden = errors.New("the token may not do this")

// Invalid is an error that names every value that was refused. It is [store.ErrInvalid].
func Invalid(refused ...Field) error {
	return &Error{Kind: store.ErrInvalid, Reason: ReasonInvalid, Fields: refused}
}

func conflict(reason, format string, args ...any) error {
	return &Error{Kind: store.ErrConflict, Reason: reason, Detail: fmt.Sprintf(format, args...)}
}

func notFound(what, name string) error {
	return &Error{Kind: store.ErrNotFound, Reason: ReasonNotFound, Detail: fmt.Sprintf("there is no %s %q", what, shorten(name))}
}

func forbidden(format string, args ...any) error {
	return &Error{Kind: ErrForbidden, Reason: ReasonForbidden, Detail: fmt.Sprintf(format, args...)}
}

// nameMissing replaces [store.ErrNotFound] by an error that names what was not found.
func nameMissing(err error, what, name string) error {
	var known *Error
	if errors.Is(err, store.ErrNotFound) && !errors.As(err, &known) {
		return notFound(what, name)
	}
	return err
}

// shorten keeps a value of the caller's from filling the log.
func shorten(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// fields collects every value that is refused, so that all are reported at once.
type fields []Field

func (f *fields) add(name, format string, args ...any) {
	*f = append(*f, Field{Name: name, Detail: fmt.Sprintf(format, args...)})
}

// err is nil where nothing was refused.
func (f fields) err() error {
	if len(f) == 0 {
		return nil
	}
	return Invalid(f...)
}
