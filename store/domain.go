package store

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// DomainStatus says whether an organization has proved that it owns a domain.
type DomainStatus string

// The statuses of a domain. Only a verified one has an effect.
const (
	DomainPending  DomainStatus = "pending"  // claimed, which grants and blocks nothing
	DomainVerified DomainStatus = "verified" // held by this organization alone
	DomainLapsed   DomainStatus = "lapsed"   // was verified, and its record was missing for [DomainGrace]
)

// JoinMode says what a person with an address in a verified domain may do.
type JoinMode string

// The join modes.
const (
	JoinOff       JoinMode = "off"
	JoinByRequest JoinMode = "request" // the person may ask to join
	JoinAuto      JoinMode = "auto"    // the login makes the person a member
)

// Valid reports whether j is one of the three modes.
func (j JoinMode) Valid() bool { return j == JoinOff || j == JoinByRequest || j == JoinAuto }

// DomainVerdict says what a DNS server answered about the record of a domain.
type DomainVerdict string

// The verdicts. Only DomainProved verifies a domain. DomainMissing is an answer too: after
// [DomainGrace] a verified domain lapses. DomainUnanswered changes nothing.
const (
	DomainProved     DomainVerdict = "proved"     // one record has the value
	DomainMissing    DomainVerdict = "missing"    // NXDOMAIN, no TXT record, other values, or a CNAME
	DomainUnanswered DomainVerdict = "unanswered" // SERVFAIL, a timeout, or what is no answer
)

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

// DomainGrace is how long the record of a verified domain may be missing before the domain lapses.
const DomainGrace = 7 * 24 * time.Hour

// Domain is a claim of an organization to a DNS domain. The addresses in it are those whose
// part behind the @ is exactly this name: a subdomain is a claim by itself.
type Domain struct {
	Organization Organization // ID, slug and name
	Name         string       // lower case, A-labels
	Status       DomainStatus
	Join         JoinMode
	Discoverable bool
	Token        string // of the TXT record, of this claim alone
	ByHand       bool   // an operator marked it verified; its record is never checked
	CreatedAt    time.Time
	VerifiedAt   time.Time // zero until it was verified
	CheckedAt    time.Time // of the last check, zero without one
	FailingSince time.Time // zero while the record is right, or not verified yet
	Detail       string    // what the last check found, one sentence
}

// TakenOver is the detail of a domain that an operator gave to another organization.
const TakenOver = "An operator gave the domain to another organization."

// DomainHeldError is [ErrConflict] for a domain that is to be verified.
func DomainHeldError() error {
	return fmt.Errorf("%w: another organization has verified the domain; it is free when it has lapsed or was removed there, "+
		"and orglogin domains verify --by-hand --take-over moves it", ErrConflict)
}

// ValidDomain reports whether s is a DNS name as domains are stored: lower case, A-labels.
func ValidDomain(s string) bool {
	name, ok := NormalizeDomain(s)
	return ok && name == s
}

// EmailDomain is the part of an address behind the last @, and the whole text without one.
func EmailDomain(email string) string {
	return email[strings.LastIndexByte(email, '@')+1:]
}

// JoinRequestState is how far a join request is.
type JoinRequestState string

// The states of a join request.
const (
	RequestWaiting  JoinRequestState = "waiting"
	RequestApproved JoinRequestState = "approved"
	RequestDeclined JoinRequestState = "declined"
)

// JoinOffer is an organization that a person may ask to join, or has asked to.
type JoinOffer struct {
	Organization Organization
	Waiting      bool // asked, and not decided
}

// MaxWaitingRequests is how many join requests of one person may wait for a decision.
const MaxWaitingRequests = 5

// TooManyRequestsError is [ErrConflict] for a person of whom [MaxWaitingRequests] wait.
func TooManyRequestsError() error {
	return fmt.Errorf("%w: %d join requests of the person wait for a decision, which is the most", ErrConflict, MaxWaitingRequests)
}

// Domains is what the service reads and writes about domains.
type Domains interface {
	// DiscoverConnection is the id of the connection that people of a domain sign in with: the first active
	// one, by name, then id, of the organization that holds the domain, if the domain is discoverable.
	// ErrNotFound otherwise. It looks up the domain alone, never a profile.
	DiscoverConnection(ctx context.Context, domain string) (connectionID string, err error)
	// JoinOffers lists the organizations, by name, then slug, that the person of a session may ask to join: the
	// domain of an address that the session's logins verified (see the contract, section 11) is verified for the
	// organization with mode request, the session opens it, the person is no active member, and no request of
	// theirs was declined.
	JoinOffers(ctx context.Context, session SessionRef, now time.Time) ([]JoinOffer, error)
	// RequestJoin asks to join one of [Domains.JoinOffers]. Asking again changes nothing. ErrNotFound: it is not
	// offered. ErrConflict: [MaxWaitingRequests] wait.
	RequestJoin(ctx context.Context, session SessionRef, organizationSlug string, now time.Time) error
	// DueDomains takes at most limit domains to be checked: verified and lapsed ones, without those verified by
	// hand. It puts off their next check by about a day, so that no other instance takes them.
	DueDomains(ctx context.Context, now time.Time, limit int) ([]Domain, error)
	// RecordDomainCheck stores what a check found and returns the domain as it is then. Proved: verified, unless
	// another organization holds it, which is ErrConflict. Missing: a verified one fails from now, and lapses
	// when it has failed for [DomainGrace]. Unanswered: only the time and the detail. ErrNotFound: no such claim, or
	// in PostgreSQL one that is pending still: only the owner of the database verifies it for the first time.
	RecordDomainCheck(ctx context.Context, organizationID, domain string, verdict DomainVerdict, detail string, now time.Time) (Domain, error)
}

// SessionRef names a session and the person whose it is, under whose claims the store asks.
type SessionRef struct{ ID, UserID string }

// Ref names the session.
func (s *Session) Ref() SessionRef { return SessionRef{ID: s.ID, UserID: s.UserID} }
