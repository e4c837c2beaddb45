package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
)

// KeySize is the length of a key, in bytes.
const KeySize = 32

// ConnectionSecret is the purpose of the client secrets of organization connections. The name
// beside each is the id of its connection.
const ConnectionSecret = "connection secret"

// ManagedSecret is the purpose of what a managing operation keeps secret for a while: links that are to be sent, and
// answers that are given again. The name beside each says which.
const ManagedSecret = "managed secret"

// Box holds the operator's keys, newest first. It seals with the first and
// opens with all.
type Box struct {
	keys [][]byte
}

// NewBox takes one key or more of [KeySize] bytes, newest first. The error says
// which is of another length.
func NewBox(keys [][]byte) (*Box, error) {
	if len(keys) == 0 {
		return nil, errors.New("seal: no key")
	}
	b := &Box{}
	for i, k := range keys {
		if len(k) != KeySize {
			return nil, fmt.Errorf("seal: key %d has %d bytes, not %d", i+1, len(k), KeySize)
		}
		b.keys = append(b.keys, append([]byte(nil), k...))
	}
	return b, nil
}

// Sealer derives the keys of one purpose. Call it when the program starts, not for
// each value. The purpose is a constant, never from a request.
func (b *Box) Sealer(purpose string) *Sealer {
	s := &Sealer{purpose: append([]byte(purpose), 0)}
	for _, k := range b.keys {
		aead, err := cipher.NewGCMWithRandomNonce(mustAES(derive(k, "key for "+purpose, KeySize)))
		if err != nil {
			panic(err) // a block of 16 bytes is always taken
		}
		s.keys = append(s.keys, sealingKey{id: derive(k, "key id", 1)[0], aead: aead})
	}
	return s
}

// derive is HKDF-SHA256 without a salt: the keys are random as they are.
// Purposes never reach the info of the key id, which has no "for".
func derive(key []byte, info string, size int) []byte {
	out, err := hkdf.Key(sha256.New, key, nil, "orglogin seal v1: "+info, size)
	if err != nil {
		panic(err) // only for sizes past 255 hashes and keys under 14 bytes
	}
	return out
}

func mustAES(key []byte) cipher.Block {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // only for keys that are not 16, 24 or 32 bytes
	}
	return block
}
