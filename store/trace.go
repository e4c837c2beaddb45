package store

import "context"

// Trace observes one call: of a statement, of Redis, of a lookup. It is called when the call begins, with a name that
// is a constant of the program, because names are exported. The context that it returns is for what the call calls;
// ended is to be called once, with where the answer came from, if there is a choice, and the error, if there is none.
// [ErrNotFound] is an answer.
type Trace func(ctx context.Context, name string) (within context.Context, ended func(source string, err error))
