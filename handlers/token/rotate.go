package token

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// verifierCacheTime is how long a verifier may use a key set that it has read.
const verifierCacheTime = 30 * time.Minute

// Rotation is the result of changing a file of keys.
type Rotation struct {
	File    []byte    // as it is to be written
	Added   string    // kid of the new key
	From    time.Time // when it begins to sign
	Dropped []string  // kids
}

// Rotate puts a new key before those of a file (a private JWK Set). It signs after
// the given time, when every verifier has read it. Keys whose tokens have all
// expired are dropped. It is an error while an earlier new key does not sign yet.
func Rotate(file []byte, now time.Time, after time.Duration) (Rotation, error) {
	if after < verifierCacheTime {
		return Rotation{}, fmt.Errorf("a new key is to sign after %s: verifiers may use the key set that they have read for %s", after, verifierCacheTime)
	}
	private, err := parsePrivate(file)
	if err != nil {
		return Rotation{}, err
	}
	if first := private[0]; now.Before(first.notBefore) {
		return Rotation{}, fmt.Errorf("the first key waits to sign until %s: rotate again after that", first.notBefore.UTC().Format(time.RFC3339))
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(file, &set); err != nil {
		return Rotation{}, describeJSONError(err)
	}
	r := Rotation{From: now.Add(after).Truncate(time.Second)}
	keep := len(private)
	if since := private[0].notBefore; !since.IsZero() && now.Sub(since) > verifierCacheTime+Lifetime {
		keep = 1
	}
	for _, k := range private[keep:] {
		id, err := thumbprint(&k.key.PublicKey)
		if err != nil {
			return Rotation{}, err
		}
		r.Dropped = append(r.Dropped, id)
	}
	fresh, id, err := newMember(r.From)
	if err != nil {
		return Rotation{}, err
	}
	r.Added = id
	r.File, err = indented(append([]json.RawMessage{fresh}, set.Keys[:keep]...))
	return r, err
}

// Replace is Rotate for keys that leaked: a new one signs at once, and all others
// are dropped. Their tokens fail as soon as verifiers read the key set again;
// tokens of the new key fail until they do.
func Replace(file []byte, now time.Time) (Rotation, error) {
	r := Rotation{From: now}
	private, err := parsePrivate(file)
	if err != nil {
		return Rotation{}, err
	}
	for _, k := range private {
		id, err := thumbprint(&k.key.PublicKey)
		if err != nil {
			return Rotation{}, err
		}
		r.Dropped = append(r.Dropped, id)
	}
	fresh, id, err := newMember(time.Time{})
	if err != nil {
		return Rotation{}, err
	}
	r.Added = id
	r.File, err = indented([]json.RawMessage{fresh})
	return r, err
}

// newMember is a fresh key as a member of a set; at the zero time it may sign at once.
func newMember(notBefore time.Time) (raw json.RawMessage, id string, err error) {
	text, err := NewKeySet()
	if err != nil {
		return nil, "", err
	}
	var set struct {
		Keys []map[string]any `json:"keys"`
	}
	if err := json.Unmarshal(text, &set); err != nil {
		return nil, "", fmt.Errorf("token: new key: %w", describeJSONError(err))
	}
	id, ok := set.Keys[0]["kid"].(string)
	if !ok {
		return nil, "", errors.New("token: a new key without a kid")
	}
	if !notBefore.IsZero() {
		set.Keys[0]["nbf"] = notBefore.Unix()
	}
	raw, err = json.Marshal(set.Keys[0])
	return raw, id, err
}

func indented(keys []json.RawMessage) ([]byte, error) {
	text, err := json.MarshalIndent(map[string]any{"keys": keys}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("token: %w", err)
	}
	return append(text, '\n'), nil
}
