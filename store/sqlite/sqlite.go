// Package sqlite keeps the words of store in one SQLite file, where one
// machine will do. Every write is one immediate transaction; writers queue in
// the process and wait for each other across processes.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the driver

	"orglogin/store"
)

// Config is what a store is opened with.
type Config struct {
	Path string // of the file, as after sqlite: in DATABASE_URL
	// Reserved are the labels of PUBLIC_URL and APP_URL under BASE_DOMAIN,
	// which no organization has.
	Reserved []string
	Now      func() time.Time // time.Now by default; what is pruned goes by it
	Logger   *slog.Logger     // slog.Default by default
	Trace    store.Trace      // of statements; nil: none
}

// Store is a [store.OperatorStore] in one file. Only its owner can read the file.
type Store struct {
	config Config
	reads  *pool
	writes *pool // waits for the disk: what must not be lost
	notes  *pool // does not wait for the disk: last used, last seen, receipts
	// turn is held by the one writer of this process: its queue is fair and
	// ends with the context, which SQLite's own waiting is and does not.
	turn    chan struct{}
	outside outsideWriter // used by who has the turn
}

var _ store.OperatorStore = (*Store)(nil)

// Open opens a migrated file. [store.ErrBehind]: its schema is not of this
// version, or there is no file yet; the text says which.
func Open(ctx context.Context, c Config) (*Store, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if err := checkPath(c.Path); err != nil {
		return nil, err
	}
	info, err := os.Stat(c.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no database at %s: %w", c.Path, versionError{want: latest()})
	}
	if err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: %s is not a file", store.ErrInvalid, c.Path)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		c.Logger.WarnContext(ctx, "others can read the database; chmod 600 mends it", "path", c.Path, "mode", mode.String())
	}
	s := &Store{config: c, turn: make(chan struct{}, 1)}
	for _, p := range []struct {
		to          **pool
		connections int
		parameters  string
	}{
		{&s.reads, max(4, runtime.GOMAXPROCS(0)), "&_pragma=query_only(1)"},
		{&s.writes, 1, "&_txlock=immediate&_pragma=synchronous(FULL)"},
		{&s.notes, 1, "&_txlock=immediate&_pragma=synchronous(NORMAL)"},
	} {
		o, err := newOpened(dsn(c.Path) + p.parameters)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("opening the database: %w", err), s.Close())
		}
		*p.to = newPool(o, c.Trace)
		(*p.to).db.SetMaxOpenConns(p.connections)
		(*p.to).db.SetMaxIdleConns(p.connections)
	}
	if err := s.Ping(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// checkPath refuses what is not a file: a pool over :memory: is one empty
// database for each connection.
func checkPath(path string) error {
	if path == "" || strings.HasPrefix(path, ":") || strings.HasPrefix(path, "file:") || strings.Contains(path, "\x00") {
		return fmt.Errorf("%w: %q is not the path of a database file", store.ErrInvalid, path)
	}
	return nil
}

// uri names the file (https://sqlite.org/uri.html).
func uri(path string) string {
	u := url.URL{Path: filepath.ToSlash(filepath.Clean(path))}
	return "file:" + u.EscapedPath()
}

// dsn opens the file, never makes it, and sets what every connection needs.
func dsn(path string) string {
	return uri(path) +
		"?mode=rw&_pragma=busy_timeout(20000)&_pragma=foreign_keys(1)&_pragma=journal_mode(WAL)&_pragma=trusted_schema(0)"
}

// Ping answers nil when the file answers and its schema is of this version.
func (s *Store) Ping(ctx context.Context) error {
	have, err := version(ctx, s.reads.db)
	if err != nil {
		return err
	}
	if want := latest(); have != want {
		return versionError{have: have, want: want}
	}
	return nil
}

// Close lets go of the file; a second time it does nothing.
func (s *Store) Close() error {
	var errs []error
	for _, p := range []*pool{s.reads, s.notes, s.writes} {
		if p != nil {
			errs = append(errs, p.db.Close())
		}
	}
	return errors.Join(errs...)
}

// micros is how times are kept; zero has no place in a NOT NULL column.
func micros(t time.Time) int64 { return t.UnixMicro() }

func fromMicros(n int64) time.Time { return time.UnixMicro(n).UTC() }

// fromNullMicros reads NULL as the zero time.
func fromNullMicros(n sql.NullInt64) time.Time {
	if !n.Valid {
		return time.Time{}
	}
	return fromMicros(n.Int64)
}
