package clustertest

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"syscall"
	"testing"

	"orglogin/store/postgres/pgtest"
)

var update = flag.Bool("update", false, "write the schema of the last release, testdata/released.sql")

const (
	// released is the version whose schema is kept. After a release its schema is written once, from its commit, and no longer changed:
	//
	//	go test ./cmd/internal/clustertest -run TestUpgradeUnderLoad -update
	released = "v0.1.0"

	releasedSchema = "testdata/released.sql"
)

// TestUpgradeUnderLoad takes the schema of the last release to this one while people log in, and then replaces the instances one
// after another, forward and back: two versions of the program run on one database. No request fails.
func TestUpgradeUnderLoad(t *testing.T) {
	t.Parallel()
	older, newer := olderBinary(t), shared.binary
	db := releasedDatabase(t)
	f := newFixture(t, func(c *Config) {
		c.Binary, c.Owner, c.Runtime, c.API, c.Instances = older, db.Owner, db.Runtime, "", 2
	})
	nginx := func(int) string { return f.Nginx }
	c := f.crowd(t, crowdSize/4, crowdPause, nginx, func(attempt) string { return "a login failed" })
	stopVerifying := f.keepVerifying(t)
	c.more(t, 20)

	if err := f.command(t.Context(), newer, "migrate"); err != nil {
		t.Fatal(err)
	}
	ahead := `INSERT INTO orglogin.schema_versions (version_id, is_applied) SELECT max(version_id) + 1, true FROM orglogin.schema_versions`
	if err := shared.server.Exec(db.Name, ahead); err != nil { // also where no migration is newer than the release
		t.Fatal(err)
	}
	c.more(t, 20) // the older program on the newer schema
	for _, binary := range []string{newer, older, newer} {
		for n, i := range f.Instances {
			if err := i.Stop(syscall.SIGTERM); err != nil {
				t.Errorf("instance %d ended with %v\n%s", n, err, last(i.Said(), 2000))
			}
			i.binary = binary
			if err := i.Start(); err != nil {
				t.Fatal(err)
			}
			c.more(t, 10)
		}
	}
	c.Stop()
	if verified := stopVerifying(); verified < 20 {
		t.Errorf("only %d verifies", verified)
	}
}

// keepVerifying asks verify for a person who is signed in, one question after another, until the function that it returns is
// called, which returns how many there were.
func (f *fixture) keepVerifying(t *testing.T) (stop func() int) {
	t.Helper()
	ann := f.Browser("ann")
	if a, err := ann.login(t.Context(), f.Nginx); err != nil || a.Status != http.StatusFound {
		t.Fatalf("ann's login: %d, %v", a.Status, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	verified := 0
	running.Go(func() {
		for ctx.Err() == nil {
			a, err := ann.Verify(ctx, f.Nginx, "acme")
			if ctx.Err() != nil {
				return
			}
			if verified++; err != nil || a.Status != http.StatusOK {
				t.Errorf("verify %d: %d, %v", verified, a.Status, err)
			}
		}
	})
	return func() int {
		cancel()
		running.Wait()
		return verified
	}
}

// olderBinary is the program of the last release, built from its tag; until there is one, that of this checkout.
func olderBinary(t *testing.T) string {
	t.Helper()
	if exec.CommandContext(t.Context(), "git", "rev-parse", "--quiet", "--verify", released+"^{commit}").Run() != nil {
		return shared.binary
	}
	dir := t.TempDir()
	build := fmt.Sprintf(`cd "$(git rev-parse --show-toplevel)" && git archive %s | tar -x -C %s && cd %s && go build -buildvcs=false -o orglogin-released ./cmd/orglogin`, released, dir, dir)
	if out, err := exec.CommandContext(t.Context(), "sh", "-c", build).CombinedOutput(); err != nil {
		t.Fatalf("building %s: %v\n%s", released, err, out)
	}
	return filepath.Join(dir, "orglogin-released")
}

// commands are the lines of a dump that only psql knows.
var commands = regexp.MustCompile(`(?m)^\\.*\n`)

// releasedDatabase makes a database with the schema of the last release. Its roles are those that migrate made on this server for
// another database.
func releasedDatabase(t *testing.T) pgtest.Database {
	t.Helper()
	current, err := NewDatabase(t.Context(), shared.server, fmt.Sprintf("current%d", shared.databases.Add(1)))
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		dump, err := exec.CommandContext(t.Context(), "pg_dump", "--inserts", "--dbname="+current.Superuser).Output()
		if err == nil {
			err = os.WriteFile(releasedSchema, commands.ReplaceAll(dump, nil), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	schema, err := os.ReadFile(releasedSchema)
	if err != nil {
		t.Fatal(err)
	}
	db := shared.server.Database(fmt.Sprintf("released%d", shared.databases.Add(1)))
	for _, step := range []struct{ database, sql string }{
		{"postgres", "CREATE DATABASE " + db.Name + " OWNER owner"}, {db.Name, string(schema)},
	} {
		if err := shared.server.Exec(step.database, step.sql); err != nil {
			t.Fatalf("the schema of %s: %v", released, err)
		}
	}
	return db
}
