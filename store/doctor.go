package store

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
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
	Detail             string // explains a difference or a failure
	Fix                string // as [Check.Fix]
}

// Check is the result of one check of the database.
type Check struct {
	Name   string
	OK     bool
	Detail string // what was found
	// Fix is what to do when the check failed, one action a line. An action that
	// can be followed as it is written begins with one of:
	//
	//	run:                   a shell command
	//	run as the owner:      SQL as the role of DATABASE_ADMIN_URL
	//	run as a superuser:    SQL of an administrator of the server
	//	run in SQLite:         SQL in the file of DATABASE_URL
	//	run in Redis:          a command of Redis
	//	set NAME=VALUE         a variable of the configuration
	//
	// Every other text says what to change, and where.
	Fix string
}

// FailedPerson is a person whose chain failed.
type FailedPerson struct {
	UserID string
	Email  string // empty when the profile was deleted
	Link   Link   // the first that failed
}

// Examiner reads what doctor reports. It changes nothing.
type Examiner interface {
	// Chain reads all six links of a person, in order. An unknown or empty id
	// has failed links and is no error.
	Chain(ctx context.Context, userID string) ([]Link, error)
	// Database checks what every login needs: version, role, policies, functions.
	// A database that does not answer is a failed check and no error.
	Database(ctx context.Context) ([]Check, error)
	// Failures lists everyone whose chain failed. It ends with the first error.
	Failures(ctx context.Context) iter.Seq2[FailedPerson, error]
}

// EachFailure implements [Examiner.Failures] over pages of people: people
// returns the page after an id, empty at the end, and chain the links of one.
func EachFailure(
	people func(after string) ([]FailedPerson, error), chain func(userID string) ([]Link, error),
) iter.Seq2[FailedPerson, error] {
	return func(yield func(FailedPerson, error) bool) {
		for after := ""; ; {
			page, err := people(after)
			if err != nil {
				yield(FailedPerson{}, err)
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

// ChainFacts are what the fix of a failed link has to name.
type ChainFacts struct {
	UserID, Email string
	// Issuer and Subject are an identity of the profile, empty without one.
	Issuer, Subject string
	// Other is another profile of the same address that has an identity.
	Other *BoundProfile
	// Slugs of the person's organizations with this fault.
	Inactive, WithoutWorkspace, Unverified []string
}

// BoundProfile is a profile and an identity bound to it.
type BoundProfile struct{ UserID, Issuer, Subject string }

// Missing explains why a link failed whose row is missing or says no, and how
// to fix it. Seen is what was found: "disabled" for a profile, "0 active, 1
// inactive" for memberships. SQL runs statements; tables is the prefix of the
// names of tables in them.
func (f ChainFacts) Missing(link, seen, sql, tables string) (detail, fix string) {
	switch link {
	case "identity":
		return f.missingIdentity(sql, tables)
	case "profile":
		switch {
		case seen == "disabled":
			return "the person is disabled", f.importing(map[string]any{"disabled": false}, nil)
		case f.Subject != "":
			return fmt.Sprintf("the profile was deleted, but the identity %s of %s is still bound to it", f.Subject, f.Issuer),
				sql + " DELETE FROM " + tables + "identities WHERE profile_id = " + quoteSQL(f.UserID) + ";"
		}
		return "the profile row is missing", "let the person sign in once, or import the user"
	case "membership":
		if len(f.Inactive) > 0 {
			return "the membership is not active (" + seen + ")", f.importing(nil, memberships(f.Email, f.Inactive))
		}
		return "the membership row is missing; in the fix replace SLUG by the slug of the organization",
			f.importing(nil, memberships(f.Email, []string{"SLUG"}))
	case "organization":
		return "the organization row is missing; in the fix replace SLUG by the slug of the right organization",
			sql + " DELETE FROM " + tables + "memberships AS m WHERE NOT EXISTS (SELECT 1 FROM " + tables + "organizations AS o WHERE o.id = m.organization_id);\n" +
				f.importing(nil, memberships(f.Email, []string{"SLUG"}))
	case "workspace":
		return "the organization has no workspace: the row in workspaces is missing", importing("organizations", organizations(f.WithoutWorkspace, ""))
	}
	return "no subdomain is verified (" + seen + ")", importing("organizations", organizations(f.Unverified, Verified))
}

// missingIdentity never says to import an identity: who the person is at the
// provider is not known here, and a wrong one would be another person's.
func (f ChainFacts) missingIdentity(sql, tables string) (detail, fix string) {
	if f.Other == nil {
		return "no identity of a provider is bound to the profile: the row in identities is missing",
			"let the person sign in once, with this address verified by a provider that is authoritative for it (see ORGLOGIN_OIDC_TRUST_EMAIL)"
	}
	from, to := quoteSQL(f.UserID), quoteSQL(f.Other.UserID)
	return fmt.Sprintf("no identity is bound to this profile; the identity %s of %s, with this address, is bound to profile %s, which signs in instead. "+
			"If both are the same person, the fix gives the memberships to that profile and deletes this one", f.Other.Subject, f.Other.Issuer, f.Other.UserID),
		sql + " UPDATE " + tables + "memberships SET profile_id = " + to + " WHERE profile_id = " + from +
			" AND organization_id NOT IN (SELECT organization_id FROM " + tables + "memberships WHERE profile_id = " + to + ");" +
			" DELETE FROM " + tables + "profiles WHERE id = " + from + ";"
}

// importing is the command that imports this person, by identity where there is
// one, with these fields and memberships.
func (f ChainFacts) importing(fields map[string]any, memberships []map[string]any) string {
	user := map[string]any{"email": f.Email}
	if f.Subject != "" {
		user["issuer"], user["subject"] = f.Issuer, f.Subject
	}
	for name, value := range fields {
		user[name] = value
	}
	file := map[string]any{"users": []any{user}}
	if memberships != nil {
		file["memberships"] = memberships
	}
	return importCommand(file)
}

func importing(section string, entries []map[string]any) string {
	return importCommand(map[string]any{section: entries})
}

// importCommand is a shell command that imports the file.
func importCommand(file map[string]any) string {
	var text bytes.Buffer
	out := json.NewEncoder(&text)
	out.SetEscapeHTML(false)
	_ = out.Encode(file) // maps of texts
	return "run: printf %s '" + strings.ReplaceAll(strings.TrimSpace(text.String()), "'", `'\''`) + "' | orglogin import -"
}

func memberships(email string, slugs []string) (entries []map[string]any) {
	for _, slug := range slugs {
		entries = append(entries, map[string]any{"organization": slug, "email": email, "active": true})
	}
	return entries
}

func organizations(slugs []string, status SubdomainStatus) (entries []map[string]any) {
	for _, slug := range slugs {
		entry := map[string]any{"slug": slug}
		if status != "" {
			entry["subdomain_status"] = status
		}
		entries = append(entries, entry)
	}
	return entries
}

func quoteSQL(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
