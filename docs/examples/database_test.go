package examples_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"orglogin/handlers/token"
	"orglogin/store/postgres/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// postgrest does with a token what PostgREST does (its documentation, "Authentication"): verify it with the key
// set, then one transaction as the role that it names, with its claims as a setting.
type postgrest struct {
	conn   *pgx.Conn // as authenticator
	issuer *issuer
}

func newPostgREST(t *testing.T) *postgrest {
	t.Helper()
	db := pgtest.Empty(t)
	// What PostgREST asks of an administrator, with this database's own names: roles are the whole server's.
	authenticator := "authenticator_" + db.Name
	if err := db.Server.Exec(db.Name, fmt.Sprintf(`
		DO $$ BEGIN CREATE ROLE anon NOLOGIN; CREATE ROLE authenticated NOLOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
		CREATE ROLE %[1]s LOGIN NOINHERIT;
		GRANT anon, authenticated TO %[1]s`, authenticator)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Server.Exec("postgres", "DROP ROLE "+authenticator); err != nil {
			t.Error(err)
		}
	})
	owner := connect(t, db.Owner)
	for _, file := range []string{"database/claims.sql", "database/notes.sql"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := owner.Exec(t.Context(), string(text), pgx.QueryExecModeSimpleProtocol); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
	}
	if _, err := owner.Exec(t.Context(), `INSERT INTO notes (organization_id, author_id, text) VALUES
		('`+acme+`', '`+ann+`', 'of ann at acme'), ('`+beta+`', '`+bea+`', 'of bea at beta')`); err != nil {
		t.Fatal(err)
	}
	return &postgrest{connect(t, db.Server.URL(authenticator, db.Name)), newIssuer(t)}
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// ask runs one statement for the bearer of a token, or of none, and returns the texts that it returns.
func (p *postgrest) ask(ctx context.Context, raw, sql string, args ...any) ([]string, error) {
	role, claims := "anon", `{"role":"anon"}`
	if raw != "" {
		parsed, err := jwt.ParseSigned(raw, []jose.SignatureAlgorithm{jose.ES256})
		if err != nil {
			return nil, err
		}
		var standard jwt.Claims
		var all map[string]any
		if err := parsed.Claims(p.issuer.key.Public().Key, &standard, &all); err != nil {
			return nil, err
		}
		if err := standard.Validate(jwt.Expected{AnyAudience: jwt.Audience{"authenticated"}, Time: time.Now()}); err != nil {
			return nil, err
		}
		text, err := json.Marshal(all)
		if err != nil {
			return nil, err
		}
		role, claims = all["role"].(string), string(text)
	}
	var texts []string
	err := pgx.BeginFunc(ctx, p.conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT set_config('role', $1, true), set_config('request.jwt.claims', $2, true)`, role, claims); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, sql, args...)
		if err != nil {
			return err
		}
		texts, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	slices.Sort(texts)
	return texts, err
}

func TestDatabasePolicies(t *testing.T) {
	p := newPostgREST(t)
	claims := func(user, org, slug, role string) token.Claims {
		return token.Claims{
			UserID: user, Email: "x@acme.test", OrganizationID: org, OrganizationSlug: slug, OrganizationRole: role, SessionID: atAcme.SessionID,
		}
	}
	sign := func(c token.Claims) string { return p.issuer.sign(t, token.Config{}, c) }
	annAtAcme := sign(claims(ann, acme, "acme", "owner"))
	beaAtAcme, beaAtBeta := sign(claims(bea, acme, "acme", "member")), sign(claims(bea, beta, "beta", "admin"))
	nowhere := sign(claims(ann, "", "", ""))

	const read = `SELECT text FROM notes`
	const refused = "42501" // insufficient_privilege
	for _, c := range []struct {
		sentence, token, sql string
		args                 []any
		want                 []string
		code                 string // SQLSTATE
	}{
		{sentence: "a member reads the notes of the organization of the token", token: annAtAcme, sql: read, want: []string{"of ann at acme"}},
		{sentence: "and of no other, by id", token: annAtAcme, sql: read + ` WHERE organization_id = $1`, args: []any{beta}},
		{sentence: "nor by any trick of the question", token: annAtAcme, sql: read + ` WHERE organization_id <> $1 OR true`, args: []any{acme}, want: []string{"of ann at acme"}},
		{sentence: "who is in two reads those of the token's", token: beaAtBeta, sql: read, want: []string{"of bea at beta"}},
		{sentence: "a token for no organization reads none", token: nowhere, sql: read},
		{sentence: "a request without a token is refused", sql: read, code: refused},
		{sentence: "a member writes, and need not say for whom", token: beaAtAcme, sql: `INSERT INTO notes (text) VALUES ('of bea at acme') RETURNING text`, want: []string{"of bea at acme"}},
		{sentence: "not into another organization", token: beaAtAcme, sql: `INSERT INTO notes (organization_id, text) VALUES ($1, 'x') RETURNING text`, args: []any{beta}, code: refused},
		{sentence: "not as another person", token: beaAtAcme, sql: `INSERT INTO notes (author_id, text) VALUES ($1, 'x') RETURNING text`, args: []any{ann}, code: refused},
		{sentence: "not without an organization", token: nowhere, sql: `INSERT INTO notes (text) VALUES ('x') RETURNING text`, code: "42501"},
		{sentence: "no member changes the note of another", token: beaAtAcme, sql: `UPDATE notes SET text = 'x' WHERE author_id = $1 RETURNING text`, args: []any{ann}},
		{sentence: "nor moves one of their own", token: beaAtAcme, sql: `UPDATE notes SET organization_id = $1 RETURNING text`, args: []any{beta}, code: refused},
		{sentence: "an author changes their own", token: beaAtAcme, sql: `UPDATE notes SET text = 'changed' RETURNING text`, want: []string{"changed"}},
		{sentence: "a member removes none", token: beaAtAcme, sql: `DELETE FROM notes RETURNING text`},
		{sentence: "an admin elsewhere neither", token: beaAtBeta, sql: `DELETE FROM notes RETURNING text`},
		{sentence: "an owner removes those of the organization", token: annAtAcme, sql: `DELETE FROM notes RETURNING text`, want: []string{"changed", "of ann at acme"}},
		{sentence: "and the other organization has kept its own", token: beaAtBeta, sql: read, want: []string{"of bea at beta"}},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			got, err := p.ask(t.Context(), c.token, c.sql, c.args...)
			var refusal *pgconn.PgError
			if errors.As(err, &refusal); (err != nil) != (c.code != "") || c.code != "" && (refusal == nil || refusal.Code != c.code) {
				t.Fatal(err)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	t.Run("after a request nothing of it is left on the connection", func(t *testing.T) {
		var who string
		if err := p.conn.QueryRow(t.Context(), `SELECT current_user || coalesce(current_setting('request.jwt.claims', true), '')`).Scan(&who); err != nil ||
			!strings.HasPrefix(who, "authenticator_") || strings.Contains(who, "{") {
			t.Errorf("%q %v", who, err)
		}
	})
	t.Run("a token that is not good never gets as far", func(t *testing.T) {
		for name, raw := range map[string]string{
			"expired":              p.issuer.sign(t, token.Config{Now: func() time.Time { return time.Now().Add(-7 * time.Minute) }}, atAcme),
			"for another audience": p.issuer.sign(t, token.Config{Audience: "staging"}, atAcme),
			"alg none":             p.issuer.forgeries(t, annAtAcme)["alg none"],
			"another person":       p.issuer.forgeries(t, annAtAcme)["another person"],
		} {
			if got, err := p.ask(t.Context(), raw, read); err == nil {
				t.Errorf("%s: %q", name, got)
			}
		}
	})
}
