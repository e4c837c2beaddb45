package store

import (
	"fmt"
	"strings"
)

// EmailDomain is the part of an address behind the last @, and the whole text without one.
func EmailDomain(email string) string {
	return email[strings.LastIndexByte(email, '@')+1:]
}

// ValidDomain reports whether s is a DNS name as domains are stored: lower case, A-labels.
func ValidDomain(s string) bool {
	name, ok := NormalizeDomain(s)
	return ok && name == s
}

// Check returns [ErrInvalid] for what cannot be the result of a check.
func (v DomainVerdict) Check(detail string) error {
	if v != DomainProved && v != DomainMissing && v != DomainUnanswered {
		return invalid("the verdict is %.40q, not proved, missing or unanswered", v)
	}
	if !ValidText(detail, MaxDecision) {
		return invalid("the detail of a check is not text or longer than %d bytes", MaxDecision)
	}
	return nil
}

// DomainHeldError is [ErrConflict] for a domain that is to be verified.
func DomainHeldError() error {
	return fmt.Errorf("%w: another organization has verified the domain; it is free when it has lapsed or was removed there, "+
		"and orglogin domains verify --by-hand --take-over moves it", ErrConflict)
}

// TooManyRequestsError is [ErrConflict] for a person of whom [MaxWaitingRequests] wait.
func TooManyRequestsError() error {
	return fmt.Errorf("%w: %d join requests of the person wait for a decision, which is the most", ErrConflict, MaxWaitingRequests)
}

// TakenOver is the detail of a domain that an operator gave to another organization.
const TakenOver = "An operator gave the domain to another organization."
