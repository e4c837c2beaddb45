package sqlite

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"runtime"
	"strings"

	"orglogin/store"
)

var _ store.Examiner = (*Store)(nil)

// Chain implements [store.Examiner]. SQLite has no policies: the service and
// the person's own claims read the same.
func (s *Store) Chain(ctx context.Context, userID string) ([]store.Link, error) {
	var links []store.Link
	err := s.read(ctx, func(t *transaction) error {
		links = nil
		return chain(t, userID, &links)
	})
	if err != nil {
		return nil, fmt.Errorf("reading the account chain: %w", err)
	}
	return links, nil
}

// chain reads the six links on one snapshot.
func chain(t *transaction, userID string, links *[]store.Link) error {
	var identities, profiles, disabled, active, inactive, workspaces, verified int
	var slugs, statuses string
	err := t.row(`
		SELECT
			(SELECT count(*) FROM identities WHERE profile_id = $1),
			(SELECT count(*) FROM profiles WHERE id = $1),
			(SELECT count(*) FROM profiles WHERE id = $1 AND disabled),
			(SELECT count(*) FROM memberships WHERE profile_id = $1 AND active),
			(SELECT count(*) FROM memberships WHERE profile_id = $1 AND NOT active),
			(SELECT count(*) FROM memberships m JOIN workspaces w USING (organization_id) WHERE m.profile_id = $1 AND m.active),
			count(*) FILTER (WHERE o.subdomain_status = 'verified'),
			coalesce(group_concat(o.slug, ', '), ''),
			coalesce(group_concat(o.slug || ' ' || o.subdomain_status, ', '), '')
		FROM memberships m
		JOIN organizations o ON o.id = m.organization_id
		WHERE m.profile_id = $1 AND m.active`,
		[]any{userID}, &identities, &profiles, &disabled, &active, &inactive, &workspaces, &verified, &slugs, &statuses)
	if err != nil {
		return err
	}
	profile := rows(profiles)
	if disabled > 0 {
		profile = "disabled"
	}
	readings := map[string]struct {
		ok   bool
		seen string
	}{
		"identity":     {identities > 0, fmt.Sprintf("%d bound", identities)},
		"profile":      {profiles > 0 && disabled == 0, profile},
		"membership":   {active > 0, fmt.Sprintf("%d active, %d inactive", active, inactive)},
		"organization": {slugs != "", orNoRow(slugs)},
		"workspace":    {workspaces > 0, rows(workspaces)},
		"subdomain":    {verified > 0, orNoRow(statuses)},
	}
	var facts *store.ChainFacts
	for _, name := range store.LinkNames() {
		r := readings[name]
		l := store.Link{Name: name, OK: r.ok, Service: r.seen, OwnClaims: r.seen}
		if !l.OK {
			if facts == nil {
				if facts, err = chainFacts(t, userID); err != nil {
					return err
				}
			}
			l.Detail, l.Fix = facts.Missing(name, r.seen, "run in SQLite:", "")
		}
		*links = append(*links, l)
	}
	return nil
}

// chainFacts reads what the fix of a failed link names.
func chainFacts(t *transaction, userID string) (*store.ChainFacts, error) {
	f := &store.ChainFacts{UserID: userID}
	var other store.BoundProfile
	var inactive, withoutWorkspace, unverified string
	err := t.row(`
		SELECT
			coalesce((SELECT email FROM profiles WHERE id = $1), ''),
			coalesce((SELECT issuer FROM identities WHERE profile_id = $1 ORDER BY issuer, subject LIMIT 1), ''),
			coalesce((SELECT subject FROM identities WHERE profile_id = $1 ORDER BY issuer, subject LIMIT 1), ''),
			coalesce(i.profile_id, ''),
			coalesce(i.issuer, ''),
			coalesce(i.subject, ''),
			(SELECT coalesce(group_concat(o.slug), '') FROM memberships m JOIN organizations o ON o.id = m.organization_id
				WHERE m.profile_id = $1 AND NOT m.active),
			(SELECT coalesce(group_concat(o.slug), '') FROM memberships m JOIN organizations o ON o.id = m.organization_id
				WHERE m.profile_id = $1 AND m.active AND NOT EXISTS (SELECT 1 FROM workspaces w WHERE w.organization_id = o.id)),
			(SELECT coalesce(group_concat(o.slug), '') FROM memberships m JOIN organizations o ON o.id = m.organization_id
				WHERE m.profile_id = $1 AND m.active AND o.subdomain_status <> 'verified')
		FROM (SELECT 1)
		LEFT JOIN identities i ON i.profile_id <> $1
			AND i.profile_id IN (SELECT p.id FROM profiles p JOIN profiles own ON own.email = p.email WHERE own.id = $1)
		ORDER BY i.created_at
		LIMIT 1`,
		[]any{userID}, &f.Email, &f.Issuer, &f.Subject, &other.UserID, &other.Issuer, &other.Subject, &inactive, &withoutWorkspace, &unverified)
	if err != nil {
		return nil, err
	}
	if other.UserID != "" {
		f.Other = &other
	}
	f.Inactive, f.WithoutWorkspace, f.Unverified = split(inactive), split(withoutWorkspace), split(unverified)
	return f, nil
}

func split(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' })
}

func rows(n int) string {
	if n == 0 {
		return "no row"
	}
	return fmt.Sprintf("%d rows", n)
}

func orNoRow(list string) string {
	if list == "" {
		return "no row"
	}
	return list
}

// Database implements [store.Examiner].
func (s *Store) Database(ctx context.Context) ([]store.Check, error) {
	if err := s.Ping(ctx); err != nil {
		c := store.Check{Name: "database", Detail: err.Error(), Fix: "check that " + s.config.Path + " is the right file and can be read and written"}
		if errors.Is(err, store.ErrBehind) {
			c.Fix = "run: orglogin migrate"
		}
		return []store.Check{c}, nil
	}
	answers := store.Check{Name: "database", OK: true, Detail: s.config.Path + " answers, its schema is of this version"}
	return []store.Check{answers, s.checkMode(), s.checkIntegrity(ctx)}, nil
}

// checkMode checks that only the owner of the file can read it.
func (s *Store) checkMode() store.Check {
	c := store.Check{Name: "file", OK: true, Detail: "only its owner can read it"}
	switch info, err := os.Stat(s.config.Path); {
	case err != nil:
		return store.Check{Name: "file", Detail: err.Error(), Fix: "move the database back to " + s.config.Path}
	case info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows": // which has access lists in place of this mode
		c.OK, c.Detail = false, "other users can read it: "+info.Mode().String()
		c.Fix = "run: chmod 600 '" + strings.ReplaceAll(s.config.Path, "'", `'\''`) + "'"
	}
	return c
}

// checkIntegrity checks pages, indexes and references. A row that refers to a
// missing row is left by a program that deletes without PRAGMA foreign_keys.
func (s *Store) checkIntegrity(ctx context.Context) store.Check {
	var faults, fixes []string
	err := s.ask(ctx, func(t *transaction) error {
		faults, fixes = nil, nil
		err := t.rows(`SELECT quick_check FROM pragma_quick_check LIMIT 20`, nil, func(scan func(...any) error) error {
			var fault string
			err := scan(&fault)
			if fault != "ok" {
				faults, fixes = append(faults, fault), []string{"restore the file from a backup"}
			}
			return err
		})
		if err != nil {
			return err
		}
		return t.rows(`
			SELECT DISTINCT c."table", c.parent, l."from", l."to"
			FROM pragma_foreign_key_check c
			JOIN pragma_foreign_key_list(c."table") l ON l.id = c.fkid`, nil,
			func(scan func(...any) error) error {
				var table, parent, from, to string
				err := scan(&table, &parent, &from, &to)
				faults = append(faults, fmt.Sprintf("rows of %s refer to missing rows of %s", table, parent))
				fixes = append(fixes, fmt.Sprintf("run in SQLite: DELETE FROM %s WHERE %s NOT IN (SELECT %s FROM %s);", table, from, to, parent))
				return err
			})
	})
	if err != nil {
		faults, fixes = append(faults, err.Error()), append(fixes, "restore the file from a backup")
	}
	if len(faults) > 0 {
		return store.Check{Name: "integrity", Detail: strings.Join(faults, "; "), Fix: strings.Join(fixes, "\n")}
	}
	return store.Check{Name: "integrity", OK: true, Detail: "pages, indexes and references are intact"}
}

// Failures implements [store.Examiner], in pages of people.
func (s *Store) Failures(ctx context.Context) iter.Seq2[store.FailedPerson, error] {
	return store.EachFailure(
		func(after string) ([]store.FailedPerson, error) { return s.people(ctx, after) },
		func(userID string) ([]store.Link, error) { return s.Chain(ctx, userID) },
	)
}

// people is a page of the profiles after an id, with those that were deleted
// and left an identity.
func (s *Store) people(ctx context.Context, after string) (page []store.FailedPerson, err error) {
	err = s.ask(ctx, func(t *transaction) error {
		page = nil
		return t.rows(`
			SELECT id, max(email)
			FROM (SELECT id, email FROM profiles UNION ALL SELECT profile_id, '' FROM identities)
			WHERE id > $1
			GROUP BY id
			ORDER BY id
			LIMIT 500`, []any{after}, func(scan func(...any) error) error {
			var p store.FailedPerson
			err := scan(&p.UserID, &p.Email)
			page = append(page, p)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("listing people: %w", err)
	}
	return page, nil
}
