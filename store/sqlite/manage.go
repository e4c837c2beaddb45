package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"
	"sync"
	"time"

	"orglogin/store"
	"orglogin/store/manage"
)

// Manage returns the database for the operations of an operator.
func (s *Store) Manage() manage.Database { return managed{s} }

type managed struct{ s *Store }

// Read implements manage.Database.
func (d managed) Read(ctx context.Context, do func(manage.Tx) error) error {
	return d.s.read(ctx, func(t *transaction) error { return do(managedTx{t}) })
}

// Write implements manage.Database.
func (d managed) Write(ctx context.Context, do func(manage.Tx) error) error {
	return d.s.write(ctx, func(t *transaction) error { return do(managedTx{t}) })
}

// managedTx implements manage.Tx.
type managedTx struct{ t *transaction }

// portable statements to those of SQLite, where a table has no schema and the only writer locks no row.
var portable sync.Map

var toSQLite = strings.NewReplacer("orglogin.", "", "FOR UPDATE", "")

func statement(query string) string {
	if known, ok := portable.Load(query); ok {
		return known.(string)
	}
	text := toSQLite.Replace(query)
	portable.Store(query, text)
	return text
}

func (t managedTx) Exec(query string, args ...any) (int64, error) {
	return t.t.exec(statement(query), arguments(args)...)
}

func (t managedTx) Query(query string, args []any, each func(scan func(into ...any) error) error) error {
	return t.t.rows(statement(query), arguments(args), func(scan func(...any) error) error {
		return each(func(into ...any) error { return scanPortable(scan, into) })
	})
}

// arguments are times as microseconds, the zero one as NULL, and lists as JSON.
func arguments(args []any) []any {
	all := make([]any, len(args))
	for i, a := range args {
		switch a := a.(type) {
		case time.Time:
			if !a.IsZero() {
				all[i] = micros(a)
			}
		case []string:
			text, _ := json.Marshal(a) // strings
			all[i] = string(text)
		default:
			all[i] = a
		}
	}
	return all
}

// scanPortable is the reverse of arguments.
func scanPortable(scan func(...any) error, into []any) error {
	targets := make([]any, len(into))
	for i, target := range into {
		switch target.(type) {
		case *time.Time:
			targets[i] = new(sql.NullInt64)
		case *[]string:
			targets[i] = new(string)
		default:
			targets[i] = target
		}
	}
	if err := scan(targets...); err != nil {
		return err
	}
	for i, target := range into {
		switch target := target.(type) {
		case *time.Time:
			*target = fromNullMicros(*targets[i].(*sql.NullInt64))
		case *[]string:
			if err := json.Unmarshal([]byte(*targets[i].(*string)), target); err != nil {
				return err
			}
		}
	}
	return nil
}

// Lock does nothing: there is one writer.
func (managedTx) Lock(string) error { return nil }

func (managedTx) JoinOrganization(column string) string {
	return `JOIN (SELECT o.id AS the_id, ` + publicName + ` AS name, o.slug, o.subdomain_status FROM organizations o) AS o ON o.the_id = ` + column
}

func (managedTx) JoinProfile(column string) string {
	return `JOIN profiles AS p ON p.id = ` + column
}

func (t managedTx) OrganizationID(slug string) (string, error) {
	o, err := organizationBySlug(t.t, slug)
	return o.ID, err
}

// OwnTables are none: SQLite holds orglogin's own.
func (managedTx) OwnTables() (manage.OwnTables, error) { return manage.OwnTables{}, nil }

func (t managedTx) MemberRoles(email, organizationID string) (roles []string, err error) {
	err = t.t.rows(`
		SELECT m.role
		FROM memberships m
		JOIN profiles p ON p.id = m.profile_id
		WHERE p.email = $1 AND m.organization_id = $2 AND m.active
		ORDER BY p.created_at, p.id`,
		[]any{email, organizationID}, func(scan func(...any) error) error {
			var role string
			err := scan(&role)
			roles = append(roles, role)
			return err
		})
	return roles, err
}

func (t managedTx) ActivateMembership(profileID, organizationID, role string, now time.Time) error {
	return activate(t.t, profileID, organizationID, role, now)
}

func (t managedTx) RecordDomainCheck(organizationID, domain string, verdict store.DomainVerdict, detail string, now time.Time) error {
	if err := verdict.Check(detail); err != nil {
		return err
	}
	return recordDomainCheck(t.t, organizationID, domain, verdict, detail, now)
}
