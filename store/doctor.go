package store

import (
	"context"
	"iter"
	"slices"
	"strings"
)

// Link is one link of a person's account chain, read twice.
type Link struct {
	Name string // identity, profile, membership, organization, workspace, subdomain
	OK   bool   // the service finds what it needs
	// Service is what the service reads, OwnClaims what the person's own
	// claims show. They differ where a policy hides a row.
	Service, OwnClaims string
	Detail             string // what the readings mean; empty when all is well
	Mend               string // what to do; empty when all is well
}

// Check is one thing about the database that holds for everybody.
type Check struct {
	Name   string
	OK     bool
	Detail string // what was found
	Mend   string // what to do; empty when all is well
}

// BrokenPerson is somebody whose chain does not hold.
type BrokenPerson struct {
	UserID string
	Email  string
	Link   Link // the first that is broken
}

// Examiner is what doctor asks. It changes nothing.
type Examiner interface {
	// Chain reads all six links of a person, in order. A person whom nobody
	// knows has broken links, and is no error; the empty id is such a person.
	Chain(ctx context.Context, userID string) ([]Link, error)
	// Database checks what is the same for everybody: version, role, policies, functions.
	// A database that does not answer is a failed check, no error.
	Database(ctx context.Context) ([]Check, error)
	// Broken lists everybody whose chain is broken. It ends with the first error.
	Broken(ctx context.Context) iter.Seq2[BrokenPerson, error]
}

// EachBroken is [Examiner.Broken] over pages of people: people is the page after
// an id, empty at the end, and chain reads the links of one.
func EachBroken(
	people func(after string) ([]BrokenPerson, error), chain func(userID string) ([]Link, error),
) iter.Seq2[BrokenPerson, error] {
	return func(yield func(BrokenPerson, error) bool) {
		for after := ""; ; {
			page, err := people(after)
			if err != nil {
				yield(BrokenPerson{}, err)
				return
			}
			if len(page) == 0 {
				return
			}
			for _, p := range page {
				after = p.UserID
				links, err := chain(p.UserID)
				if err != nil {
					yield(p, err)
					return
				}
				i := slices.IndexFunc(links, func(l Link) bool { return !l.OK })
				if i < 0 {
					continue
				}
				p.Link = links[i]
				if !yield(p, nil) {
					return
				}
			}
		}
	}
}

// LinkNames are the links of a chain, in its order.
func LinkNames() []string {
	return []string{"identity", "profile", "membership", "organization", "workspace", "subdomain"}
}

// Missing says what it means that a link does not hold although nothing hides
// it, and how to mend it. Seen is what was found: "disabled" for a profile,
// "0 active, 1 inactive" for memberships.
func Missing(link, seen string) (detail, mend string) {
	switch link {
	case "identity":
		return "no identity of a provider is bound to the profile: the row in identities is missing",
			"let the person log in once, with this address verified by a provider that is authoritative for it, or import issuer and subject"
	case "profile":
		if seen == "disabled" {
			return "the person is disabled", `import the user with "disabled": false`
		}
		return "the profile row is missing", "let the person log in once, or import the user"
	case "membership":
		if !strings.HasSuffix(seen, " 0 inactive") {
			return "the membership is there but not active (" + seen + ")", `import the membership with "active": true`
		}
		return "the membership row is missing", "invite the person (orglogin invite), or import the membership"
	case "organization":
		return "the organization row is missing", "import the organization"
	case "workspace":
		return "the organization has no workspace: the row in workspaces is missing", "import the organization again"
	}
	return "no subdomain is verified (" + seen + ")", `verify the subdomain's DNS and import the organization with "subdomain_status": "verified"`
}
