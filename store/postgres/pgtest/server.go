package pgtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Server is a private PostgreSQL in a directory of its own, without fsync: a
// crash of the machine loses it, and that is fine.
type Server struct {
	Dir  string // data and socket; short, because a socket's path is
	Port int

	settings []string // name=value

	admin  *pgxpool.Pool // the superuser's, on the database postgres
	bin    string
	run    *syscall.Credential // nil when we are not root
	stdin  io.WriteCloser      // a line stops the server, and so does its end
	exited chan struct{}
}

// superuser is the role that initdb makes.
const superuser = "postgres"

// NewServer makes the data directory and starts a server in it. The settings, each
// name=value, override those of tests.
func NewServer(settings ...string) (*Server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("/tmp", "pg")
	if err != nil {
		return nil, err
	}
	s := &Server{Dir: dir, bin: bin, settings: settings}
	if err := s.init(); err != nil {
		_ = os.RemoveAll(dir)
		return nil, err
	}
	if s.admin, err = pgxpool.New(context.Background(), s.URL(superuser, "postgres")); err != nil {
		_ = os.RemoveAll(dir)
		return nil, err
	}
	if err := s.Start(); err != nil {
		_ = os.RemoveAll(dir)
		return nil, err
	}
	return s, nil
}

// binaries finds the directory of initdb: on PATH, or where Debian keeps it.
func binaries() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // a constant pattern
	newest, dir := -1, ""
	for _, path := range found {
		bin := filepath.Dir(path)
		if version, err := strconv.Atoi(filepath.Base(filepath.Dir(bin))); err == nil && version > newest {
			newest, dir = version, bin
		}
	}
	if dir != "" {
		return dir, nil
	}
	return "", errors.New("no PostgreSQL server is installed (initdb is neither on PATH nor in /usr/lib/postgresql/*/bin): run `make test`, which installs it, or `apt-get install postgresql`")
}

// unprivileged is who runs the server when we are root, which it refuses.
func unprivileged() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(err1, err2); err != nil {
			return nil, err
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("PostgreSQL refuses root, and there is no user postgres or nobody to run it")
}

func (s *Server) init() error {
	var err error
	if s.run, err = unprivileged(); err != nil {
		return err
	}
	if s.run != nil {
		if err := os.Chown(s.Dir, int(s.run.Uid), int(s.run.Gid)); err != nil {
			return err
		}
	}
	if s.Port, err = FreePort(); err != nil {
		return err
	}
	cmd := s.Command(filepath.Join(s.bin, "initdb"), "--pgdata", s.data(), "--username", superuser,
		"--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync", "--no-instructions")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return nil
}

func (s *Server) data() string { return filepath.Join(s.Dir, "data") }

// Command is a command that runs as the server does: never as root.
func (s *Server) Command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir = s.Dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.run}
	return cmd
}

// FreePort is a TCP port without a listener now.
func FreePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// watch runs a server until a line comes on its input, from Kill, or its
// input ends, because the process of the tests died in whatever way: then it
// removes what that process no longer can.
const watch = `
dir=$1; shift
"$@" & server=$!
read line; abandoned=$?
kill -QUIT $server; wait $server
[ $abandoned = 0 ] || { cd /; rm -rf "$dir"; }`

// Start starts the server and waits until it answers.
func (s *Server) Start() error {
	cmd := s.Command("/bin/sh", append([]string{
		"-c", watch, "sh", s.Dir,
		filepath.Join(s.bin, "postgres"), "-D", s.data(), "-k", s.Dir, "-p", strconv.Itoa(s.Port), "-h", "127.0.0.1",
	}, s.arguments()...)...)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	log, err := os.Create(filepath.Join(s.Dir, "log"))
	if err != nil {
		return err
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return err
	}
	exited := make(chan struct{})
	go func() {
		_ = cmd.Wait() // a server that was killed has no exit status to tell
		close(exited)
	}()
	s.stdin, s.exited = stdin, exited
	return s.wait()
}

func (s *Server) arguments() []string {
	var args []string
	for _, setting := range append([]string{
		"fsync=off", "full_page_writes=off", "autovacuum=off", "max_connections=300",
		"shared_buffers=64MB", "log_min_messages=fatal", "log_min_error_statement=panic",
	}, s.settings...) {
		args = append(args, "-c", setting)
	}
	return args
}

// wait returns when the server answers, for at most a minute.
func (s *Server) wait() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, s.URL(superuser, "postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-s.exited:
			log, _ := os.ReadFile(filepath.Join(s.Dir, "log"))
			return fmt.Errorf("PostgreSQL did not start: %w\n%s", err, log)
		case <-ctx.Done():
			return fmt.Errorf("PostgreSQL does not answer: %w", err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// URL is how user connects to a database of this server.
func (s *Server) URL(user, database string) string {
	return fmt.Sprintf("postgres://%s@127.0.0.1:%d/%s", user, s.Port, database)
}

// Kill stops the server as a crash would: no client is notified.
func (s *Server) Kill() {
	_, _ = io.WriteString(s.stdin, "stop\n") // fails when it has stopped already
	_ = s.stdin.Close()
	<-s.exited
}

// Close stops the server and removes everything that it had.
func (s *Server) Close() error {
	s.admin.Close()
	s.Kill()
	return os.RemoveAll(s.Dir)
}
