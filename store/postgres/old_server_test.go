package postgres_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"orglogin/store/postgres"
	"orglogin/store/postgres/pgtest"
)

// L12: whoever serves from a PostgreSQL with known holes in its policies is
// logged at each start. A function of the test's own answers for the server.
func TestAnOldServerIsWarnedOf(t *testing.T) {
	db := pgtest.New(t)
	execute(t, db.Superuser, `CREATE SCHEMA older; GRANT USAGE ON SCHEMA older TO runtime;
CREATE TABLE older.version (number text); GRANT SELECT ON older.version TO runtime; INSERT INTO older.version VALUES ('');
CREATE FUNCTION older.current_setting(name text) RETURNS text LANGUAGE sql AS $$
	SELECT CASE name WHEN 'server_version_num' THEN v.number ELSE pg_catalog.current_setting(name) END FROM older.version AS v
$$`)
	for number, warned := range map[string]bool{"150013": true, "150014": false, "170005": true, "180000": false} {
		execute(t, db.Superuser, `UPDATE older.version SET number = '`+number+`'`)
		var log bytes.Buffer
		cfg := patient(db.Runtime + "?search_path=older,pg_catalog")
		cfg.Logger = slog.New(slog.NewJSONHandler(&log, nil))
		s, err := postgres.Open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if got := strings.Contains(log.String(), `"level":"WARN"`) && strings.Contains(log.String(), number); got != warned {
			t.Errorf("%s: warned %t\n%s", number, got, log.String())
		}
	}
}
