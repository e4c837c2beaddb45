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

// CheckDomainClaim returns [ErrInvalid] for a domain or a token that no store may keep.
// Whether an organization may claim the name at all is checked by those who know the rules.
func CheckDomainClaim(domain, token string) error {
	if !ValidDomain(domain) {
		return invalid("the domain %.80q is not a DNS name in lower case, with A-labels", domain)
	}
	if token == "" || !ValidText(token, MaxName) {
		return invalid("the token of the domain %s is empty, not text or too long", domain)
	}
	return nil
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

// Check returns [ErrInvalid] for a value that is none of the three.
func (j JoinMode) Check() error {
	if !j.Valid() {
		return invalid("the join mode is %.40q, not off, request or auto", j)
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

// ApprovedRequestError is [ErrConflict] for a join request that is to be declined.
func ApprovedRequestError(id string) error {
	return fmt.Errorf("%w: the join request %s is approved; remove the membership instead", ErrConflict, id)
}

// Decide is the state of a request that is approved or declined: the same where it is decided so already.
func (r JoinRequest) Decide(approve bool) (JoinRequestState, error) {
	switch {
	case approve:
		return RequestApproved, nil
	case r.State == RequestApproved:
		return r.State, ApprovedRequestError(r.ID)
	}
	return RequestDeclined, nil
}

// TakenOver is the detail of a domain that an operator gave to another organization.
const TakenOver = "An operator gave the domain to another organization."
