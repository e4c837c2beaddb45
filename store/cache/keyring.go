package cache

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
)

// keyring names the keys in Redis and authenticates the messages on its channel.
type keyring struct {
	prefix   string
	names    []byte // key of the MAC that hides names
	messages []byte // key of the MAC over messages
}

// format is part of every key in Redis. It changes with what is stored there.
const format = 2

// newKeyring derives both keys from the secret. Another secret makes other keys
// in Redis, so two secrets do not overwrite each other's.
func newKeyring(secret []byte, environment string) (*keyring, error) {
	k := &keyring{}
	for purpose, into := range map[string]*[]byte{"orglogin cache names": &k.names, "orglogin cache messages": &k.messages} {
		key, err := hkdf.Key(sha256.New, secret, nil, purpose, sha256.Size)
		if err != nil {
			return nil, fmt.Errorf("cache: derive keys: %w", err)
		}
		*into = key
	}
	k.prefix = fmt.Sprintf("orglogin:%d:%d:%s:", format, len(environment), environment)
	k.prefix += k.hash("environment", environment)[:8] + ":"
	return k, nil
}

// key is the key in Redis of one id. The id is hashed: it cannot contain a
// delimiter, and a reader of Redis cannot guess it.
func (k *keyring) key(kind, id string) string { return k.prefix + kind + ":" + k.hash(kind, id) }

// channel is where changes are published.
func (k *keyring) channel() string { return k.key("changes", "") }

func (k *keyring) hash(kind, id string) string {
	h := hmac.New(sha256.New, k.names)
	h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(kind))))
	h.Write([]byte(kind))
	h.Write([]byte(id))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:18])
}

// sign returns body behind its MAC.
func (k *keyring) sign(body []byte) []byte { return append(k.mac(body), body...) }

// verify returns the body of a message that was signed with our secret.
func (k *keyring) verify(raw []byte) (body []byte, ok bool) {
	if len(raw) < sha256.Size || !hmac.Equal(raw[:sha256.Size], k.mac(raw[sha256.Size:])) {
		return nil, false
	}
	return raw[sha256.Size:], true
}

func (k *keyring) mac(body []byte) []byte {
	h := hmac.New(sha256.New, k.messages)
	h.Write([]byte(k.prefix)) // a message of another environment is none of ours
	h.Write(body)
	return h.Sum(nil)
}
