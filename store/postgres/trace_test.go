package postgres_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"orglogin/store"
	"orglogin/store/postgres"
	"orglogin/store/postgres/pgtest"
)

func TestEveryStatementIsTracedOnce(t *testing.T) {
	var begun, ended []string
	type ofTest struct{} // as against what runs in the background
	ctx := context.WithValue(t.Context(), ofTest{}, true)
	urls := pgtest.New(t)
	db, err := postgres.Open(t.Context(), postgres.Config{URL: urls.Runtime, Trace: func(ctx context.Context, name string) (context.Context, func(string, error)) {
		if ctx.Value(ofTest{}) == nil {
			return ctx, func(string, error) {}
		}
		begun = append(begun, name)
		return ctx, func(_ string, err error) {
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				name = "failed: " + name
			}
			ended = append(ended, name)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	begun, ended = nil, nil
	if _, err := db.OrganizationBySlug(ctx, "acme"); !errors.Is(err, store.ErrNotFound) {
		t.Fatal(err)
	}
	if len(begun) != 2 || !strings.Contains(begun[0], "set_config") || !strings.Contains(begun[1], "get_organization_by_slug") || strings.Join(begun, "\n") != strings.Join(ended, "\n") {
		t.Errorf("a batch of two:\n%q\n%q", begun, ended)
	}
	begun, ended = nil, nil
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := db.OrganizationBySlug(cancelled, "acme"); err == nil {
		t.Fatal("a cancelled lookup succeeded")
	}
	if len(begun) != len(ended) {
		t.Errorf("a cancelled batch began %q and ended %q", begun, ended)
	}
}
