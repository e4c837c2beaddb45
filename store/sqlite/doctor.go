package sqlite

import (
	"context"
	"fmt"
	"iter"
	"os"
	"strings"

	"orglogin/store"
)

var _ store.Examiner = (*Store)(nil)

// Chain implements [store.Examiner]. SQLite has no policies: what the service
// reads is what there is, and the person's own claims show the same.
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
		holds bool
		seen  string
	}{
		"identity":     {identities > 0, fmt.Sprintf("%d bound", identities)},
		"profile":      {profiles > 0 && disabled == 0, profile},
		"membership":   {active > 0, fmt.Sprintf("%d active, %d inactive", active, inactive)},
		"organization": {slugs != "", orNoRow(slugs)},
		"workspace":    {workspaces > 0, rows(workspaces)},
		"subdomain":    {verified > 0, orNoRow(statuses)},
	}
	for _, name := range store.LinkNames() {
		r := readings[name]
		l := store.Link{Name: name, OK: r.holds, Service: r.seen, OwnClaims: r.seen}
		if !l.OK {
			l.Detail, l.Mend = store.Missing(name, r.seen)
		}
		*links = append(*links, l)
	}
	return nil
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
	answers := store.Check{Name: "database", OK: true, Detail: s.config.Path + " answers, its schema is of this version"}
	if err := s.Ping(ctx); err != nil {
		answers = store.Check{Name: "database", Detail: err.Error(), Mend: "run orglogin migrate"}
		return []store.Check{answers}, nil
	}
	return []store.Check{answers, s.checkMode(), s.checkSound(ctx)}, nil
}

// checkMode sees that nobody else reads the file.
func (s *Store) checkMode() store.Check {
	c := store.Check{Name: "file", OK: true, Detail: "its owner alone can read it"}
	switch info, err := os.Stat(s.config.Path); {
	case err != nil:
		return store.Check{Name: "file", Detail: err.Error(), Mend: "see that the file is there"}
	case info.Mode().Perm()&0o077 != 0:
		c.OK, c.Detail, c.Mend = false, "others can read it: "+info.Mode().String(), "chmod 600 "+s.config.Path
	}
	return c
}

// checkSound asks SQLite whether pages, indexes and references hold together.
func (s *Store) checkSound(ctx context.Context) store.Check {
	var faults []string
	err := s.ask(ctx, func(t *transaction) error {
		faults = nil
		err := t.rows(`SELECT quick_check FROM pragma_quick_check LIMIT 20`, nil, func(scan func(...any) error) error {
			var fault string
			err := scan(&fault)
			if fault != "ok" {
				faults = append(faults, fault)
			}
			return err
		})
		if err != nil {
			return err
		}
		return t.rows(`SELECT "table" || ' refers to a missing row of ' || parent FROM pragma_foreign_key_check LIMIT 20`, nil,
			func(scan func(...any) error) error {
				var fault string
				err := scan(&fault)
				faults = append(faults, fault)
				return err
			})
	})
	if err != nil {
		faults = append(faults, err.Error())
	}
	if len(faults) > 0 {
		return store.Check{Name: "integrity", Detail: strings.Join(faults, "; "), Mend: "restore the file from a backup"}
	}
	return store.Check{Name: "integrity", OK: true, Detail: "pages, indexes and references hold together"}
}

// Broken implements [store.Examiner], in pages of people.
func (s *Store) Broken(ctx context.Context) iter.Seq2[store.BrokenPerson, error] {
	return store.EachBroken(
		func(after string) ([]store.BrokenPerson, error) { return s.people(ctx, after) },
		func(userID string) ([]store.Link, error) { return s.Chain(ctx, userID) },
	)
}

// people is the page of everybody after an id.
func (s *Store) people(ctx context.Context, after string) (page []store.BrokenPerson, err error) {
	err = s.ask(ctx, func(t *transaction) error {
		page = nil
		return t.rows(`SELECT id, email FROM profiles WHERE id > $1 ORDER BY id LIMIT 500`, []any{after}, func(scan func(...any) error) error {
			var p store.BrokenPerson
			err := scan(&p.UserID, &p.Email)
			page = append(page, p)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("listing everybody: %w", err)
	}
	return page, nil
}
