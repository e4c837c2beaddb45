package signin

import (
	"context"
	"errors"
	"mime"
	"net/http"
)

// userInfo asks the UserInfo endpoint, once (OpenID Connect Core section 5.3). Its
// sub must be the ID token's: otherwise the answer may be about another person.
func (p *Provider) userInfo(ctx context.Context, m metadata, subject, access string) (document object, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, m.endpoints.userInfo, nil)
	if err != nil {
		return nil, badProvider("%s: %w", userInfoEndpoint, err)
	}
	req.Header.Set("Authorization", "Bearer "+access)
	err = p.send(req, userInfoEndpoint, func(r reply) error {
		document, err = readUserInfo(r, subject)
		return err
	})
	if err != nil {
		return nil, asError(err)
	}
	return document, nil
}

// readUserInfo reads a UserInfo answer strictly, as claims of an ID token are read.
func readUserInfo(r reply, subject string) (object, error) {
	media, _, _ := mime.ParseMediaType(r.header.Get("Content-Type"))
	if media != "application/json" {
		return nil, notJSON("the answer is %.50q, and only application/json is accepted; let the provider send UserInfo as plain JSON, or switch UserInfo off for this connection", media)
	}
	o, err := readObject(r.body)
	if err != nil {
		return nil, err
	}
	if err := o.rejectOtherCase(claimNames...); err != nil {
		return nil, err
	}
	sub, _, err := o.text("sub")
	if err != nil {
		return nil, err
	}
	if sub != subject {
		return nil, errors.New("sub is not that of the ID token")
	}
	return o, nil
}
