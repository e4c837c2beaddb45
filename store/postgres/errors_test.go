package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"orglogin/store"
)

func TestWrapError(t *testing.T) {
	kinds := []error{store.ErrNotFound, store.ErrConflict, store.ErrInvalid, store.ErrBehind, context.DeadlineExceeded}
	cases := []struct {
		name string
		err  error
		want error // of kinds, nil for none of them
	}{
		{"no rows are not found", pgx.ErrNoRows, store.ErrNotFound},
		{"no rows, wrapped, are not found", fmt.Errorf("scanning: %w", pgx.ErrNoRows), store.ErrNotFound},
		{"a unique constraint is what its name says", &pgconn.PgError{Code: codeUniqueViolation, ConstraintName: "organizations_slug_key"}, store.ErrConflict},
		{"a check is what its name says", &pgconn.PgError{Code: "23514", ConstraintName: "organizations_slug_valid"}, store.ErrInvalid},
		{"a unique constraint without a text is a conflict", &pgconn.PgError{Code: codeUniqueViolation, ConstraintName: "workspaces_pkey"}, store.ErrConflict},
		{"a reference to a missing row is not found", &pgconn.PgError{Code: "23503", ConstraintName: "receipts_profile_fkey"}, store.ErrNotFound},
		{"a missing value is invalid", &pgconn.PgError{Code: "23502"}, store.ErrInvalid},
		{"a missing table is a failure", &pgconn.PgError{Code: codeUndefinedTable}, nil},
		{"a server that shuts down is a failure", &pgconn.PgError{Code: "57P01"}, nil},
		{"too many connections are a failure", &pgconn.PgError{Code: "53300"}, nil},
		{"a deadline stays one", fmt.Errorf("waiting: %w", context.DeadlineExceeded), context.DeadlineExceeded},
		{"a broken connection is a failure", errors.New("unexpected EOF"), nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := wrapError("asking", c.err)
			if got == nil || !strings.Contains(got.Error(), "asking") {
				t.Errorf("got %v", got)
			}
			for _, kind := range kinds {
				if errors.Is(got, kind) != (kind == c.want) {
					t.Errorf("%v is %v: %t", got, kind, errors.Is(got, kind))
				}
			}
		})
	}
	if wrapError("asking", nil) != nil {
		t.Error("nothing is an error")
	}
	t.Run("the values of a row are not passed on", func(t *testing.T) {
		err := wrapError("asking", &pgconn.PgError{Code: codeUniqueViolation, ConstraintName: "sessions_pkey", Message: "m", Detail: "Key (email)=(ann@people.test) exists"})
		if strings.Contains(err.Error(), "ann@") {
			t.Errorf("got %v", err)
		}
	})
}

func TestSecureVersions(t *testing.T) {
	for version, want := range map[int]bool{120022: false, 130021: false, 130022: true, 150013: false, 150014: true, 170005: false, 170006: true, 180000: true, 190001: true} {
		if secure(version) != want {
			t.Errorf("secure(%d) is %t", version, !want)
		}
	}
}
