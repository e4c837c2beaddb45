package clustertest

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// importing brings text in with the real command.
func (f *fixture) importing(t *testing.T, text string) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "import.json")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.command(t.Context(), shared.binary, "import", name); err != nil {
		t.Fatal(err)
	}
}

// revoking ends sessions with the real command.
func (f *fixture) revoking(t *testing.T, email string) {
	t.Helper()
	if err := f.command(t.Context(), shared.binary, "sessions", "--email", email, "--revoke"); err != nil {
		t.Fatal(err)
	}
}

// answers waits until every instance answers verify so.
func (f *fixture) answers(t *testing.T, v visitor, label string, status int) {
	t.Helper()
	for _, i := range f.Instances {
		took := eventually(t, "the answer of an instance", func() bool { return v.verify(i.Addr, label).Status == status })
		if took > withinBound {
			t.Errorf("it took %s", took)
		}
	}
}

const disablesBea = `{"memberships": [{"organization": "beta", "email": "bea@acme.test", "active": false}]}`

// commandsCount changes a membership and ends a session by commands, and wants
// every instance to know within the bound.
func (f *fixture) commandsCount(t *testing.T) {
	t.Helper()
	first := f.Instances[0].Addr
	ann, bea := f.visitor(t, "ann"), f.visitor(t, "bea")
	ann.login(first, "?organization=acme")
	bea.login(first, "?organization=beta")
	f.answers(t, ann, "acme", 200)
	f.answers(t, bea, "beta", 200)

	f.importing(t, disablesBea)
	f.answers(t, bea, "beta", 403)
	f.answers(t, ann, "acme", 200)
	f.revoking(t, "ann@acme.test")
	f.answers(t, ann, "acme", 401)
}

// What a command changes counts at once although no instance listens to the database.
func TestBehindATransactionPoolerCommandsTellTheInstances(t *testing.T) {
	f := newFixture(t, func(c *Config) { c.Runtime += "?default_query_exec_mode=exec" })
	f.commandsCount(t)
}

// So it does with SQLite, where a command is another process on the same file.
func TestOnSQLiteCommandsCountAtOnce(t *testing.T) {
	url := "sqlite:" + filepath.Join(t.TempDir(), "orglogin.db")
	migrate := exec.CommandContext(t.Context(), shared.binary, "migrate")
	migrate.Env = append(os.Environ(), "ORGLOGIN_DATABASE_URL="+url)
	if out, err := migrate.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	f := newFixture(t, func(c *Config) { c.Owner, c.Runtime, c.Redis, c.Instances = url, url, "", 1 })
	f.commandsCount(t)
}
