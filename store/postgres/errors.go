package postgres

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"orglogin/store"
)

// PostgreSQL error codes that have a meaning here (PostgreSQL, appendix A).
const (
	codeNotNullViolation    = "23502"
	codeForeignKeyViolation = "23503"
	codeUniqueViolation     = "23505"
	codeCheckViolation      = "23514"
	codeUndefinedTable      = "42P01"
	codeUndefinedSchema     = "3F000"
	codeNoPrivilege         = "42501"
)

// constraintError is the error of a violated constraint, nil for one that callers
// cannot violate. The text of the database itself is not passed on: it may hold
// other people's values.
func constraintError(err *pgconn.PgError) error {
	switch err.ConstraintName {
	case "organizations_slug_key":
		return fmt.Errorf("%w: the slug belongs to another organization", store.ErrConflict)
	case "organization_slugs_pkey":
		return fmt.Errorf("%w: the slug was another organization's; delete its row in orglogin.organization_slugs to free it", store.ErrConflict)
	case "invitations_token_hash_key":
		return fmt.Errorf("%w: the token is another invitation's", store.ErrConflict)
	case "identities_pkey":
		return fmt.Errorf("%w: the identity belongs to another profile", store.ErrConflict)
	case "organization_domains_verified_key":
		return store.DomainHeldError()
	case "sessions_pkey", "sessions_secret_hash_key":
		return fmt.Errorf("%w: the session exists", store.ErrConflict)
	case "receipts_pkey":
		return fmt.Errorf("%w: the receipt exists", store.ErrConflict)
	case "organizations_slug_valid":
		return fmt.Errorf("%w: the slug is reserved or no DNS label", store.ErrInvalid)
	case "organizations_subdomain_status_valid":
		return fmt.Errorf("%w: the subdomain status is none of the five", store.ErrInvalid)
	}
	switch err.Code {
	case codeUniqueViolation:
		return fmt.Errorf("%w: the row exists (constraint %s)", store.ErrConflict, err.ConstraintName)
	case codeForeignKeyViolation:
		return fmt.Errorf("%w: the row refers to one that does not exist (constraint %s)", store.ErrNotFound, err.ConstraintName)
	case codeCheckViolation, codeNotNullViolation:
		return fmt.Errorf("%w: a value is refused (constraint %s)", store.ErrInvalid, err.ConstraintName)
	}
	return nil
}

// hiddenError names rows that exist and that a policy hides from the claims of
// their own person. No caller may take them for rows that do not exist.
type hiddenError string

func (e hiddenError) Error() string {
	return "row-level security hides the person's " + string(e) + " from their own claims; run orglogin doctor"
}

// wrapError makes an error of the driver one of the store; every method's error
// passes here. No rows is ErrNotFound, a violated constraint is what
// [constraintError] returns, and everything else means that the database did not answer.
func wrapError(op string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("postgres: %s: %w", op, store.ErrNotFound)
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		if known := constraintError(pg); known != nil {
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
