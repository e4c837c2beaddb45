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
	codeUniqueViolation = "23505"
	codeUndefinedTable  = "42P01"
	codeUndefinedSchema = "3F000"
	codeNoPrivilege     = "42501"
)

// meaning says in words what a broken constraint stands for, nil for one that
// callers cannot break. The text of the database itself is not passed on: it
// may hold other people's values.
func meaning(constraint string) error {
	switch constraint {
	case "organizations_slug_key":
		return fmt.Errorf("%w: the slug belongs to another organization", store.ErrConflict)
	case "organization_slugs_pkey":
		return fmt.Errorf("%w: the slug was another organization's; delete its row in orglogin.organization_slugs to free it", store.ErrConflict)
	case "invitations_token_hash_key":
		return fmt.Errorf("%w: the token is another invitation's", store.ErrConflict)
	case "identities_pkey":
		return fmt.Errorf("%w: the identity is another profile's", store.ErrConflict)
	case "sessions_pkey", "sessions_secret_hash_key":
		return fmt.Errorf("%w: the session exists", store.ErrConflict)
	case "receipts_pkey":
		return fmt.Errorf("%w: the receipt exists", store.ErrConflict)
	case "receipts_profile_fkey":
		return fmt.Errorf("%w: the receipt is of nobody", store.ErrInvalid)
	case "organizations_slug_valid":
		return fmt.Errorf("%w: the slug is reserved or no DNS label", store.ErrInvalid)
	case "organizations_subdomain_status_valid":
		return fmt.Errorf("%w: the subdomain status is none of the five", store.ErrInvalid)
	}
	return nil
}

// hiddenError names rows that exist and that a policy hides from the claims of
// the person whose they are. No caller may take them for rows that do not exist.
type hiddenError string

func (e hiddenError) Error() string {
	return "row-level security hides the person's " + string(e) + " from their own claims; run orglogin doctor"
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
		if known := meaning(pg.ConstraintName); known != nil {
			return fmt.Errorf("postgres: %s: %w", op, known)
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
