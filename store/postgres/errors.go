package postgres

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"orglogin/store"
)

// PostgreSQL error codes that the border tells apart.
const (
	codeUniqueViolation   = "23505"
	codeCheckViolation    = "23514"
	codeForeignKey        = "23503"
	codeUndefinedTable    = "42P01"
	codeUndefinedFunction = "42883"
	codeUndefinedSchema   = "3F000"
	codeNoPrivilege       = "42501"
)

// broken says in words what a named constraint stands for. The text of the
// database itself is not passed on: it may hold other people's values.
var broken = map[string]error{
	"organizations_slug_key":               fmt.Errorf("%w: the slug belongs to another organization", store.ErrConflict),
	"organization_slugs_pkey":              fmt.Errorf("%w: the slug was another organization's; delete its row in orglogin.organization_slugs to free it", store.ErrConflict),
	"invitations_token_hash_key":           fmt.Errorf("%w: the token is another invitation's", store.ErrConflict),
	"sessions_pkey":                        fmt.Errorf("%w: the session exists", store.ErrConflict),
	"sessions_secret_hash_key":             fmt.Errorf("%w: the session's secret is taken", store.ErrConflict),
	"receipts_pkey":                        fmt.Errorf("%w: the receipt exists", store.ErrConflict),
	"identities_pkey":                      fmt.Errorf("%w: the identity is another profile's", store.ErrConflict),
	"organizations_slug_valid":             fmt.Errorf("%w: the slug is reserved or no DNS label", store.ErrInvalid),
	"organizations_subdomain_status_valid": fmt.Errorf("%w: the subdomain status is none of the five", store.ErrInvalid),
	"memberships_role_given":               fmt.Errorf("%w: the role is empty", store.ErrInvalid),
	"invitations_role_given":               fmt.Errorf("%w: the role is empty", store.ErrInvalid),
	"receipts_profile_fkey":                fmt.Errorf("%w: the receipt is of nobody", store.ErrInvalid),
}

// border is where an error of the driver becomes one of the store; every
// method's error passes here. No rows is ErrNotFound, a named constraint what
// it stands for, and everything else means that the database did not answer.
func border(op string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("postgres: %s: %w", op, store.ErrNotFound)
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		if known, ok := broken[pg.ConstraintName]; ok {
			return fmt.Errorf("postgres: %s: %w", op, known)
		}
		switch pg.Code {
		case codeUniqueViolation:
			return fmt.Errorf("postgres: %s: %w: constraint %s", op, store.ErrConflict, pg.ConstraintName)
		case codeCheckViolation, codeForeignKey:
			return fmt.Errorf("postgres: %s: %w: constraint %s", op, store.ErrInvalid, pg.ConstraintName)
		}
	}
	return fmt.Errorf("postgres: %s: %w", op, err)
}

func hasCode(err error, codes ...string) bool {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return false
	}
	for _, c := range codes {
		if pg.Code == c {
			return true
		}
	}
	return false
}
