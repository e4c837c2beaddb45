package api

import (
	"encoding/base64"
	"slices"

	"orglogin/store"
	"orglogin/store/manage"
)

// cut is one page of a list that is short enough to be read whole.
func cut[T any](all []T, p Paging, id func(T) string) (*listed[T], error) {
	if p.After != "" {
		raw, err := base64.RawURLEncoding.DecodeString(p.After)
		i := slices.IndexFunc(all, func(n T) bool { return id(n) == string(raw) })
		if err != nil || i < 0 {
			return nil, &manage.Error{Kind: store.ErrInvalid, Reason: manage.ReasonInvalid, Fields: []manage.Field{
				{Name: "after", Detail: "is not the value of next of a page of this list"},
			}}
		}
		all = all[i+1:]
	}
	if len(all) <= p.Limit {
		return replyPage(manage.Page[T]{Items: all}, nil)
	}
	next := base64.RawURLEncoding.EncodeToString([]byte(id(all[p.Limit-1])))
	return replyPage(manage.Page[T]{Items: all[:p.Limit], Next: &next}, nil)
}
