package cache

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"time"
)

// envelope makes the keys in Redis and authenticates what stands there.
type envelope struct {
	prefix string
	names  []byte // key of the MAC that hides names
	values []byte // key of the MAC over values
}

// format is part of every key: it changes with what values look like.
const format = 1

// newEnvelope derives everything from the secret. Another secret has other
// keys, so that two versions of it do not overwrite each other.
func newEnvelope(secret []byte, environment string) (*envelope, error) {
	e := &envelope{}
	for purpose, into := range map[string]*[]byte{"orglogin cache names": &e.names, "orglogin cache values": &e.values} {
		key, err := hkdf.Key(sha256.New, secret, nil, purpose, sha256.Size)
		if err != nil {
			return nil, fmt.Errorf("cache: derive keys: %w", err)
		}
		*into = key
	}
	e.prefix = fmt.Sprintf("orglogin:%d:%d:%s:", format, len(environment), environment)
	e.prefix += e.hide("environment", environment)[:8] + ":"
	return e, nil
}

// key is where the thing of this kind and id stands. Ids are hidden, so they
// can neither hold delimiters nor be guessed from the key.
func (e *envelope) key(kind, id string) string { return e.prefix + kind + ":" + e.hide(kind, id) }

func (e *envelope) hide(kind, id string) string {
	h := hmac.New(sha256.New, e.names)
	h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(kind))))
	h.Write([]byte(kind))
	h.Write([]byte(id))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:18])
}

// The kinds of values.
const (
	kindValue   = 'v'
	kindAbsent  = 'a' // not found
	kindLease   = 'l' // somebody is asking the store
	kindMessage = 'm' // a change, on the channel
)

// sealed is a value as it stands in Redis: MAC, kind, time read in Unix
// microseconds, body.
const headSize = sha256.Size + 1 + 8

// seal authenticates kind, at and body for key.
func (e *envelope) seal(key string, kind byte, at time.Time, body []byte) []byte {
	raw := make([]byte, headSize, headSize+len(body))
	raw[sha256.Size] = kind
	binary.BigEndian.PutUint64(raw[sha256.Size+1:], uint64(at.UnixMicro()))
	raw = append(raw, body...)
	copy(raw, e.mac(key, raw[sha256.Size:]))
	return raw
}

// open reports whether raw was sealed for key by somebody with our secret.
func (e *envelope) open(key string, raw []byte) (kind byte, at time.Time, body []byte, ok bool) {
	if len(raw) < headSize || !hmac.Equal(raw[:sha256.Size], e.mac(key, raw[sha256.Size:])) {
		return 0, time.Time{}, nil, false
	}
	at = time.UnixMicro(int64(binary.BigEndian.Uint64(raw[sha256.Size+1:])))
	return raw[sha256.Size], at, raw[headSize:], true
}

func (e *envelope) mac(key string, message []byte) []byte {
	h := hmac.New(sha256.New, e.values)
	h.Write(binary.BigEndian.AppendUint32(make([]byte, 0, 4), uint32(len(key))))
	h.Write([]byte(key))
	h.Write(message)
	return h.Sum(nil)
}
