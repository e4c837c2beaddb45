package store

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// The longest texts that every store keeps, in bytes.
const (
	MaxName     = 1024
	MaxPicture  = 2048
	MaxIssuer   = 512
	MaxSubject  = 255 // OpenID Connect Core 2: 255 ASCII characters
	MaxFlowID   = 128
	MaxDecision = 64 << 10
)

// hashSize is the length of a [HashToken] and of the hashes in a session.
const hashSize = 32

var rolePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}$`)

// ValidRole reports whether s is one word that can stand in a header between
// commas: apps behind the proxy get a role as a group.
func ValidRole(s string) bool { return rolePattern.MatchString(s) }

// ValidText reports whether every store can keep s as it is: UTF-8 without
// NUL, at most limit bytes.
func ValidText(s string, limit int) bool {
	return len(s) <= limit && utf8.ValidString(s) && !strings.Contains(s, "\x00")
}

// ValidHash reports whether b has the length of a [HashToken].
func ValidHash(b []byte) bool { return len(b) == hashSize }

// ValidFlowID reports whether id can name a flow.
func ValidFlowID(id string) bool { return id != "" && ValidText(id, MaxFlowID) }

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrInvalid}, args...)...)
}

// Check returns [ErrInvalid] for an identity that no store may keep.
func (i Identity) Check() error {
	switch {
	case i.Connection != "" && !ValidConnectionID(i.Connection):
		return invalid("the connection is not an id")
	case i.Issuer == "" || !ValidText(i.Issuer, MaxIssuer):
		return invalid("the issuer is empty, not text or too long")
	case i.Subject == "" || !ValidText(i.Subject, MaxSubject):
		return invalid("the subject is empty, not text or too long")
	case (i.Email != "" || i.EmailVerified) && !ValidEmail(i.Email):
		return invalid("the address is not one plain address")
	case !ValidText(i.Name, MaxName):
		return invalid("the name is not text or too long")
	case !ValidText(i.Picture, MaxPicture):
		return invalid("the picture is not text or too long")
	}
	return nil
}

// Check returns [ErrInvalid] for a login that no store may complete.
func (l Login) Check() error {
	if err := l.Identity.Check(); err != nil {
		return err
	}
	switch l.Signup {
	case SignupOrganization, SignupProfile, SignupClosed:
	default:
		return invalid("the signup policy is none of the three")
	}
	switch s := l.Session; {
	case !ValidID(s.ID):
		return invalid("the session's id is not a UUID")
	case !ValidHash(s.SecretHash) || !ValidHash(s.BrowserHash):
		return invalid("the session's hashes are not SHA-256")
	case s.CreatedAt.IsZero() || s.LastSeenAt.IsZero() || !s.ExpiresAt.After(s.CreatedAt) || l.Now.IsZero():
		return invalid("the session's times are not in order")
	}
	return nil
}

// Check returns [ErrInvalid] for a receipt that no store may keep.
func (r Receipt) Check() error {
	switch {
	case !ValidReceiptID(r.ID):
		return invalid("the receipt's id is malformed")
	case !ValidID(r.UserID):
		return invalid("the receipt's person is not a UUID")
	case r.At.IsZero():
		return invalid("the receipt has no time")
	case len(r.Decision) > MaxDecision || !utf8.Valid(r.Decision) || !json.Valid(r.Decision):
		return invalid("the decision is not JSON, or too long")
	}
	return nil
}
