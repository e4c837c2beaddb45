package store

import "context"

// Trace observes one call: of a statement, of Redis, of a lookup. It is called when the call begins, with a name that
// is a constant of the program, because names are exported. The context that it returns is for what the call calls;
// ended is to be called once, with the source of the answer, empty where only one is possible, and the error of the
// call, nil where it was answered. [ErrNotFound] is an answer.
type Trace func(ctx context.Context, name string) (within context.Context, ended func(source string, err error))
