package api

import (
	"context"

	"orglogin/store"
	"orglogin/store/manage"
)

// request is what is known about one request while it is answered.
type request struct {
	id    string
	route string // method and path of the operation; empty before it is known, and for a path of no operation
	by    manage.Caller
	// organization is what the path names, for the log.
	organization string
	seen         string // If-None-Match
	reason       string // of a refusal
}

type requestKey struct{}

func newRequest() *request { return &request{id: store.NewReceiptID()} }

func requestOf(ctx context.Context) *request {
	q, _ := ctx.Value(requestKey{}).(*request)
	if q == nil { // not made by ServeHTTP: a defect of ours
		q = newRequest()
	}
	return q
}

// replayed is the value of the header Idempotency-Replayed, which is sent where the answer is an earlier one.
func replayed(by manage.Caller) string {
	if by.Once != nil && by.Once.Replayed {
		return "true"
	}
	return ""
}
