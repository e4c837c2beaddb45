package store

import (
	"slices"
	"time"
)

// Invitee is the person who brings an invitation.
type Invitee struct {
	ProfileID     string // empty while there is no profile
	Email         string
	EmailVerified bool
	// Role is that of the active membership in the inviting organization, empty without one.
	Role string
}

// Offer is what an invitation means for one person.
type Offer struct {
	// Reason is [OK], or the first reason why the person may not accept.
	Reason Reason
	// Pending says that the person may accept and has not done so.
	Pending bool
	// Changes says that accepting would make a membership or raise a role.
	Changes bool
}

// For decides what the invitation, nil for an unknown token, means for a person
// at now. The reasons are tried in the order in which they are reported.
func (i *Invitation) For(who Invitee, now time.Time) Offer {
	if i == nil {
		return Offer{Reason: Unknown}
	}
	switch state := i.State(now); {
	case state == InvitationAccepted && (i.AcceptedBy != who.ProfileID || who.Role == ""):
		return Offer{Reason: Used} // a removed member does not return by it
	case state == InvitationAccepted:
		return Offer{Reason: OK}
	case state == InvitationRevoked:
		return Offer{Reason: Revoked}
	case state == InvitationExpired:
		return Offer{Reason: Expired}
	case LowerASCII(i.Email) != LowerASCII(who.Email):
		return Offer{Reason: EmailMismatch}
	case !who.EmailVerified:
		return Offer{Reason: EmailNotVerified}
	}
	return Offer{Reason: OK, Pending: true, Changes: who.Role == "" || Outranks(i.Role, who.Role)}
}

// Outranks reports whether a role is higher than another in the order owner,
// admin, member. A role of the operator's own is neither higher nor lower than
// any.
func Outranks(role, other string) bool {
	order := []string{"member", "admin", "owner"}
	at, otherAt := slices.Index(order, role), slices.Index(order, other)
	return otherAt >= 0 && at > otherAt
}
