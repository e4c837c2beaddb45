package token

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// verifiersKeep is how long a verifier may go on with the key set that it has.
const verifiersKeep = 30 * time.Minute

// Rotation is what became of a file of keys.
type Rotation struct {
	File    []byte    // as it is to be written
	Added   string    // kid of the new key
	From    time.Time // when it begins to sign
	Dropped []string  // kids
}

// Rotate puts a fresh key before those of a file (a private JWK Set), to sign
// from a time after now by which every verifier has it, and drops the keys that
// can be missed: those behind a key that has signed for so long that no token
// of theirs is alive. While a key still waits to sign it is an error.
func Rotate(file []byte, now time.Time, after time.Duration) (Rotation, error) {
	if after < verifiersKeep {
		return Rotation{}, fmt.Errorf("a new key is to sign after %s: verifiers may go on with the key set that they have for %s", after, verifiersKeep)
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
		return Rotation{}, shown(err)
	}
	r := Rotation{From: now.Add(after).Truncate(time.Second)}
	keep := len(private)
	if since := private[0].notBefore; !since.IsZero() && now.Sub(since) > verifiersKeep+Lifetime {
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

// Replace is Rotate for keys that leaked: a fresh one signs at once, and all
// others are dropped. Tokens of theirs fail as soon as verifiers read the key
// set again, and so do tokens of the new one at those that have not.
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
		return nil, "", fmt.Errorf("token: new key: %w", shown(err))
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
