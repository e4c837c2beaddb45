package session

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"time"

	"orglogin/store"
)

const (
	secretSize = 16
	valueSize  = secretSize + 16 + 8
)

// cookieValue is the opened value of the session cookie: the secret, the
// profile's UUID and the absolute end in seconds since 1970, 40 bytes.
type cookieValue struct {
	secret    [secretSize]byte
	userID    string
	expiresAt time.Time
}

var errUserID = errors.New("session: the profile id is not a UUID in lower case")

func (v cookieValue) encode() ([]byte, error) {
	if !store.ValidID(v.userID) {
		return nil, errUserID
	}
	b := make([]byte, 0, valueSize)
	b = append(b, v.secret[:]...)
	for _, part := range [...][2]int{{0, 8}, {9, 13}, {14, 18}, {19, 23}, {24, 36}} {
		b, _ = hex.AppendDecode(b, []byte(v.userID[part[0]:part[1]])) // ValidID says that it is hex
	}
	return binary.BigEndian.AppendUint64(b, uint64(v.expiresAt.Unix())), nil
}

// decode is the reverse of encode; false for another length. Its input was sealed
// by us, so nothing else needs a check.
func decode(b []byte) (v cookieValue, ok bool) {
	if len(b) != valueSize {
		return cookieValue{}, false
	}
	copy(v.secret[:], b)
	id := b[secretSize:]
	var s [36]byte
	hex.Encode(s[0:], id[0:4])
	hex.Encode(s[9:], id[4:6])
	hex.Encode(s[14:], id[6:8])
	hex.Encode(s[19:], id[8:10])
	hex.Encode(s[24:], id[10:16])
	s[8], s[13], s[18], s[23] = '-', '-', '-', '-'
	v.userID = string(s[:])
	v.expiresAt = time.Unix(int64(binary.BigEndian.Uint64(b[secretSize+16:])), 0)
	return v, true
}

func (v cookieValue) secretHash() []byte {
	sum := sha256.Sum256(v.secret[:])
	return sum[:]
}
