package manage

import (
	"encoding/json"
	"time"

	"orglogin/store"
)

// Once is the Idempotency-Key of a request: an operation with the same key of the same token is done once, and
// answered again with the first answer for [OnceLifetime].
type Once struct {
	Key string
	// Fingerprint is the same for the same request, so that a key used for another one is refused.
	Fingerprint string
	// Replayed is set where the answer is that of an earlier request.
	Replayed bool
}

// OnceLifetime is how long the answer to a request with an Idempotency-Key is kept.
const OnceLifetime = 24 * time.Hour

// MaxOnceKey is the longest key, in bytes.
const MaxOnceKey = 255

// once runs do, unless the caller has made the same request before. Of several at once one runs do, and the
// others wait for it. A refusal is not kept: the request may be made again.
func once[T any](o *operation, do func(o *operation) (T, error)) (T, error) {
	r := o.by.Once
	if r == nil {
		return do(o)
	}
	var answer T
	err := o.exec(`DELETE FROM orglogin.idempotent_requests WHERE token_id = $1 AND key = $2 AND created_at < $3`,
		o.by.TokenID, r.Key, o.now.Add(-OnceLifetime))
	if err != nil {
		return answer, err
	}
	inserted, err := o.Exec(`
INSERT INTO orglogin.idempotent_requests (token_id, key, fingerprint, answer, created_at)
VALUES ($1, $2, $3, '', $4)
ON CONFLICT (token_id, key) DO NOTHING`, o.by.TokenID, r.Key, r.Fingerprint, o.now)
	if err != nil {
		return answer, err
	}
	if inserted == 0 {
		return answer, o.replay(r, &answer)
	}
	if answer, err = do(o); err != nil {
		return answer, err
	}
	text, err := json.Marshal(answer)
	if err != nil {
		return answer, err
	}
	// Sealed, because the link of an invitation may be in it.
	sealed, err := o.m.Seal(r.name(o.by), string(text))
	if err != nil {
		return answer, err
	}
	return answer, o.exec(`UPDATE orglogin.idempotent_requests SET answer = $3 WHERE token_id = $1 AND key = $2`, o.by.TokenID, r.Key, sealed)
}

func (r *Once) name(by Caller) string { return "answer " + by.TokenID + " " + r.Key }

// replay reads the answer to the first request with this key.
func (o *operation) replay(r *Once, answer any) error {
	var fingerprint, sealed string
	err := o.row(`SELECT fingerprint, answer FROM orglogin.idempotent_requests WHERE token_id = $1 AND key = $2`,
		[]any{o.by.TokenID, r.Key}, &fingerprint, &sealed)
	if err != nil {
		return err
	}
	if fingerprint != r.Fingerprint {
		return &Error{Kind: store.ErrConflict, Reason: ReasonConflict, Detail: "the Idempotency-Key was used for another request: use a new one"}
	}
	text, err := o.m.Open(r.name(o.by), sealed)
	if err != nil {
		return conflict(ReasonConflict, "the answer to the first request with this Idempotency-Key cannot be read any more: its key was removed from SECRET_KEYS")
	}
	r.Replayed = true
	return json.Unmarshal([]byte(text), answer)
}
