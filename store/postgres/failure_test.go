package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"orglogin/store"
	"orglogin/store/postgres"
	"orglogin/store/postgres/pgtest"
)

// The server dies under running logins and comes back: meanwhile every answer
// is an error that is not "nothing there", afterwards everything works without
// a new pool, and no login was half done.
func TestAServerThatIsKilledAndComesBack(t *testing.T) {
	server := pgtest.StartServer(t)
	if err := server.Exec("postgres", `CREATE DATABASE mortal OWNER owner`); err != nil {
		t.Fatal(err)
	}
	db := server.Database("mortal")
	if _, err := postgres.Migrate(t.Context(), db.Owner, db.Runtime); err != nil {
		t.Fatal(err)
	}
	people(t, db)
	s := open(t, db.Runtime)
	user := arrive(t, s, ann).Snapshot.Profile.ID

	var failed, answered atomic.Int64
	stop := make(chan struct{})
	var running sync.WaitGroup
	for n := range 4 {
		running.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				var err error
				if n%2 == 0 {
					_, err = s.CompleteLogin(context.WithoutCancel(t.Context()), arrival(identity(fmt.Sprint("runner-", store.NewReceiptID()))))
				} else {
					var snapshot store.AccessSnapshot
					snapshot, err = s.AccessSnapshot(context.WithoutCancel(t.Context()), store.AccessQuery{UserID: user})
					if err == nil && len(snapshot.Memberships) != 1 {
						t.Errorf("a snapshot without its place: %+v", snapshot)
					}
				}
				switch {
				case err == nil:
					answered.Add(1)
				case errors.Is(err, store.ErrNotFound), errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrBehind):
					t.Errorf("an outage was taken for an answer: %v", err)
				default:
					failed.Add(1)
					time.Sleep(time.Millisecond)
				}
			}
		})
	}
	until := func(what string, count *atomic.Int64, more int64) {
		t.Helper()
		for goal, deadline := count.Load()+more, time.Now().Add(time.Minute); count.Load() < goal; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Errorf("no login %s", what)
				return
			}
		}
	}
	until("was answered", &answered, 20)
	server.Kill()
	until("failed while the server was away", &failed, 20)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	until("was answered afterwards", &answered, 20)
	close(stop)
	running.Wait()

	half := list(t, db.Owner, `
SELECT p.email FROM orglogin.profiles AS p
WHERE p.email LIKE 'runner-%' AND NOT (
	EXISTS (SELECT FROM orglogin.identities AS i WHERE i.profile_id = p.id)
	AND EXISTS (SELECT FROM orglogin.sessions AS s WHERE s.profile_id = p.id)
	AND EXISTS (SELECT FROM orglogin.memberships AS m JOIN orglogin.workspaces AS w USING (organization_id) WHERE m.profile_id = p.id))`)
	if len(half) > 0 {
		t.Errorf("half done: %v", half)
	}
}

func TestAStatementThatHangsMeetsTheDeadline(t *testing.T) {
	db := pgtest.New(t)
	people(t, db)
	patientStore := open(t, db.Runtime)
	user := arrive(t, patientStore, ann).Snapshot.Profile.ID

	conn := connect(t, db.Owner)
	if _, err := conn.PgConn().Exec(t.Context(), `BEGIN; LOCK TABLE orglogin.profiles IN ACCESS EXCLUSIVE MODE`).ReadAll(); err != nil {
		t.Fatal(err)
	}
	s := open(t, db.Runtime+"?pool_max_conns=2")
	s.SetTimeout(200 * time.Millisecond)
	outOfTime := func(err error) {
		t.Helper()
		if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, store.ErrNotFound) {
			t.Errorf("got %v, want the deadline", err)
		}
	}
	// More than there are connections: those that hang, and those that wait for one.
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			_, err := s.AccessSnapshot(t.Context(), store.AccessQuery{UserID: user})
			outOfTime(err)
		})
	}
	all.Wait()
	_, err := s.CompleteLogin(t.Context(), arrival(bob))
	outOfTime(err)
	s.SetTimeout(time.Minute)

	// Whoever gives up tells the server so on a connection of its own, which takes as long as it takes.
	const waiting = `SELECT pid::text FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
	for deadline := time.Now().Add(time.Minute); len(list(t, db.Superuser, waiting)) > 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("a statement that was given up still waits")
		}
	}
	if _, err := conn.Exec(t.Context(), `ROLLBACK`); err != nil {
		t.Fatal(err)
	}
	// The pool recovers, and the statement that was given up is not done later.
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		if _, err = s.AccessSnapshot(t.Context(), store.AccessQuery{UserID: user}); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	if n := list(t, db.Owner, `SELECT s.id::text FROM orglogin.sessions AS s JOIN orglogin.profiles AS p ON p.id = s.profile_id WHERE p.email = 'bob@people.test'`); len(n) != 0 {
		t.Error("the login that was given up left a session")
	}
}

func TestAPoolThatIsExhaustedMakesWaitAndNoLonger(t *testing.T) {
	db := pgtest.New(t)
	people(t, db)
	s := open(t, db.Runtime+"?pool_max_conns=1")
	s.SetTimeout(100 * time.Millisecond)
	held, err := s.Pool().Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := s.OrganizationBySlug(t.Context(), "acme"); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, store.ErrNotFound) {
			t.Errorf("got %v", err)
		}
	}
	held.Release()
	s.SetTimeout(time.Minute)
	if _, err := s.OrganizationBySlug(t.Context(), "acme"); err != nil {
		t.Error(err)
	}
}

// Behind pgbouncer in transaction mode, with default_query_exec_mode=exec.
func TestBehindATransactionPooler(t *testing.T) {
	bouncer, err := exec.LookPath("pgbouncer")
	if err != nil {
		bouncer = "/usr/sbin/pgbouncer" // Debian's, off PATH for most users
	}
	if _, err := os.Stat(bouncer); err != nil {
		t.Fatal("pgbouncer is not installed: run `make test`, which installs it, or `apt-get install pgbouncer`")
	}
	db := pgtest.New(t)
	people(t, db)
	execute(t, db.Owner, domainsOfPeople)
	port := startBouncer(t, bouncer, db)
	s := open(t, fmt.Sprintf("postgres://runtime@127.0.0.1:%d/%s?default_query_exec_mode=exec", port, db.Name))
	for name, ask := range questions(t, s) {
		if err := ask(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Many more clients than server connections, and none sees the rows of another.
	var all sync.WaitGroup
	for n := range 40 {
		all.Go(func() {
			who, place := ann, "acme"
			if n%2 == 0 {
				who, place = bob, "umbra"
			}
			done, err := s.CompleteLogin(t.Context(), arrival(who))
			if err != nil || len(done.Snapshot.Memberships) != 1 || done.Snapshot.Memberships[0].Organization.Slug != place {
				t.Errorf("%s got %+v, %v", who.Subject, done.Snapshot, err)
			}
		})
	}
	all.Wait()
}

func startBouncer(t *testing.T, bouncer string, db pgtest.Database) int {
	t.Helper()
	port, err := pgtest.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp(db.Server.Dir, "bouncer")
	if err != nil {
		t.Fatal(err)
	}
	ini := filepath.Join(dir, "pgbouncer.ini")
	// auth_type=any does not authenticate, and so the URL must name the user.
	text := fmt.Sprintf(`[databases]
%s = host=127.0.0.1 port=%d user=runtime
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %d
auth_type = any
unix_socket_dir =
pool_mode = transaction
default_pool_size = 3
`, db.Name, db.Server.Port, port)
	if err := os.WriteFile(ini, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := db.Server.Command(bouncer, "-q", ini)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGINT)
		_ = cmd.Wait()
	})
	url := fmt.Sprintf("postgres://runtime@127.0.0.1:%d/%s?default_query_exec_mode=exec", port, db.Name)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		s, err := postgres.Open(t.Context(), patient(url))
		if err == nil {
			s.Close()
			return port
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}
