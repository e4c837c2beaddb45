package postgres_test

import (
	"strings"
	"testing"

	"orglogin/store/postgres"
	"orglogin/store/postgres/pgtest"
)

func TestTheRoleOfTheAPIIsExamined(t *testing.T) {
	db := pgtest.New(t)
	for _, c := range []struct{ url, want string }{
		{db.API, "owns nothing and is let in"},
		{db.Runtime, "does not inherit from orglogin_admin"},
		{db.Owner, "owns the tables"},
	} {
		check := postgres.CheckAPI(t.Context(), postgres.Config{URL: c.url})
		if check.Name != "api_role" || !strings.Contains(check.Detail, c.want) || check.OK != (c.url == db.API) {
			t.Errorf("got %+v, want %q", check, c.want)
		}
	}
}
