// Package pgtest gives tests a real PostgreSQL: one private server a test
// process, one database a test, the roles as in production.
//
//	func TestMain(m *testing.M) { pgtest.Main(m) }
//
//	func TestSomething(t *testing.T) {
//		db := pgtest.New(t) // migrated; db.Owner, db.Runtime are URLs
//	}
package pgtest

import (
	"context"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"orglogin/store/postgres"
)

// Database is one test's own. None of the three roles is a superuser or has BYPASSRLS;
// they are the whole server's, so a test that alters a role makes its own.
type Database struct {
	Owner     string // URL of the owner, who migrates: CREATEROLE, owns the database
	Runtime   string // URL of the runtime role
	API       string // URL of the role of the API
	Superuser string // URL for what only an administrator could do
	Name      string
	Server    *Server
}

// process is the server of this test process. It is the one variable of the
// package, because tests of a process share nothing else.
var process struct {
	start       sync.Once
	template    sync.Once
	server      *Server
	err         error // of start
	templateErr error // of template
	databases   atomic.Int64
}

// Main runs the tests and stops the server, if a test started it.
func Main(m *testing.M) {
	code := m.Run()
	if process.server != nil {
		if err := process.server.Close(); err != nil {
			fmt.Fprintln(os.Stderr, "pgtest:", err)
			code = 1
		}
	}
	os.Exit(code)
}

// New returns a migrated database, removed when the test ends. A missing
// server fails the test.
func New(t testing.TB) Database {
	t.Helper()
	server := start(t)
	process.template.Do(func() {
		if process.templateErr = server.Create("migrated", "template1"); process.templateErr == nil {
			process.templateErr = server.migrate("migrated")
		}
	})
	if process.templateErr != nil {
		t.Fatal("pgtest: ", process.templateErr)
	}
	return database(t, server, "migrated")
}

// migrate brings a database to this version, with the roles.
func (s *Server) migrate(name string) error {
	db := s.Database(name)
	if _, err := postgres.Migrate(context.Background(), db.Owner, db.Runtime); err != nil {
		return err
	}
	return postgres.GrantAPI(context.Background(), db.Owner, db.API)
}

// Empty returns a database that was never migrated.
func Empty(t testing.TB) Database {
	t.Helper()
	return database(t, start(t), "template1")
}

// StartServer starts a server of the test's own, with the roles, and closes it when the test ends.
func StartServer(t testing.TB) *Server {
	t.Helper()
	server, err := NewServer()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := server.Roles(); err != nil {
		t.Fatal(err)
	}
	return server
}

func start(t testing.TB) *Server {
	t.Helper()
	process.start.Do(func() {
		if process.server, process.err = NewServer(); process.err == nil {
			process.err = process.server.Roles()
		}
	})
	if process.err != nil {
		t.Fatal("pgtest: ", process.err)
	}
	return process.server
}

func database(t testing.TB, server *Server, template string) Database {
	t.Helper()
	name := fmt.Sprintf("test%d", process.databases.Add(1))
	if err := server.Create(name, template); err != nil {
		t.Fatal("pgtest: ", err)
	}
	t.Cleanup(func() {
		// By force: a test may have left a connection behind.
		if err := server.administer(`DROP DATABASE IF EXISTS ` + name + ` WITH (FORCE)`); err != nil {
			t.Error("pgtest: ", err)
		}
	})
	return server.Database(name)
}

// Database names the URLs of a database.
func (s *Server) Database(name string) Database {
	return Database{
		Owner:     s.URL("owner", name),
		Runtime:   s.URL("runtime", name),
		API:       s.URL("api", name),
		Superuser: s.URL(superuser, name),
		Name:      name,
		Server:    s,
	}
}

// Roles makes the owner, the runtime role and the role of the API.
func (s *Server) Roles() error {
	return s.Exec("postgres", `CREATE ROLE owner LOGIN CREATEROLE; CREATE ROLE runtime LOGIN; CREATE ROLE api LOGIN`)
}

// Create makes a database of the owner's that is like template, to which nothing
// is connected. CREATE DATABASE copies no privileges of the database itself, so
// what migrate has revoked in a template of ours is revoked again.
func (s *Server) Create(name, template string) error {
	err := s.administer(`CREATE DATABASE ` + name + ` OWNER owner TEMPLATE ` + template)
	if err != nil || template == "template1" {
		return err
	}
	return s.administer(`REVOKE TEMPORARY ON DATABASE ` + name + ` FROM PUBLIC`)
}

// administer runs SQL as the superuser, on connections that are kept: opening one
// takes PostgreSQL 40 ms of CPU time.
func (s *Server) administer(sql string) error {
	_, err := s.admin.Exec(context.Background(), sql, pgx.QueryExecModeSimpleProtocol)
	return err
}

// Exec runs SQL as the superuser, without arguments.
func (s *Server) Exec(database, sql string) error {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, s.URL(superuser, database))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.PgConn().Exec(ctx, sql).ReadAll()
	return err
}
