package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"orglogin/store"
)

// migrateVariable makes the test binary migrate the file it names and exit:
// the processes of the test below.
const migrateVariable = "ORGLOGIN_TEST_MIGRATE"

func TestMain(m *testing.M) {
	if path := os.Getenv(migrateVariable); path != "" {
		if err := migrateAndOpen(path); err != nil {
			os.Stderr.WriteString(err.Error())
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func migrateAndOpen(path string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if err := Migrate(ctx, path); err != nil {
		return err
	}
	s, err := Open(ctx, Config{Path: path})
	if err != nil {
		return err
	}
	return s.Close()
}

func TestMigrateIsSafeWhenEightProcessesStartAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "orglogin.db")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			var stderr bytes.Buffer
			c := exec.CommandContext(t.Context(), os.Args[0])
			c.Env, c.Stderr = append(os.Environ(), migrateVariable+"="+path, "GORACE=atexit_sleep_ms=0"), &stderr
			if err := c.Run(); err != nil {
				t.Errorf("%v: %s", err, &stderr)
			}
		})
	}
	wg.Wait()
	db, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var applied int64
	if err := db.QueryRow(`SELECT count(*) FROM goose_db_version WHERE version_id > 0`).Scan(&applied); err != nil {
		t.Fatal(err)
	}
	if files, _ := migrations.ReadDir("migrations"); applied != int64(len(files)) {
		t.Errorf("%d migrations were applied, want each of %d once", applied, len(files))
	}
}

func TestMigrateWhileItIsServedChangesNothing(t *testing.T) {
	s := open(t)
	if err := Migrate(t.Context(), s.config.Path); err != nil {
		t.Error(err)
	}
	if err := s.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestFilesAreReadableByTheirOwnerAlone(t *testing.T) {
	s := open(t)
	files, err := filepath.Glob(filepath.Dir(s.config.Path) + "/*")
	if err != nil || len(files) < 3 {
		t.Fatalf("got %v, %v, want the file with its -wal and -shm", files, err)
	}
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", filepath.Base(f), info.Mode())
		}
	}
}

func TestOpenRefusesAnotherVersion(t *testing.T) {
	for _, c := range []struct {
		name, says string
		prepare    func(t *testing.T, path string)
	}{
		{"no file is behind", "orglogin migrate", func(*testing.T, string) {}},
		{"an empty file is behind", "behind this program's", func(t *testing.T, path string) {
			if err := create(path); err != nil {
				t.Fatal(err)
			}
		}},
		{"a newer file is ahead", "ahead of this program's", func(t *testing.T, path string) {
			if err := Migrate(t.Context(), path); err != nil {
				t.Fatal(err)
			}
			db, err := sql.Open("sqlite", dsn(path))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := db.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)`); err != nil {
				t.Fatal(err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			if err := Migrate(t.Context(), path); !errors.Is(err, store.ErrBehind) {
				t.Errorf("migrate says %v", err)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "orglogin.db")
			c.prepare(t, path)
			_, err := Open(t.Context(), Config{Path: path})
			if !errors.Is(err, store.ErrBehind) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want an error that says %q", err, c.says)
			}
			if _, err := os.Stat(path); c.name == "no file is behind" && !errors.Is(err, fs.ErrNotExist) {
				t.Error("opening made the file")
			}
		})
	}
}

func TestOpenRefusesWhatIsNoFile(t *testing.T) {
	for _, path := range []string{"", ":memory:", "file::memory:?cache=shared", "a\x00b"} {
		if _, err := Open(t.Context(), Config{Path: path}); !errors.Is(err, store.ErrInvalid) {
			t.Errorf("Open(%q) = %v", path, err)
		}
		if err := Migrate(t.Context(), path); !errors.Is(err, store.ErrInvalid) {
			t.Errorf("Migrate(%q) = %v", path, err)
		}
	}
	if _, err := Open(t.Context(), Config{Path: t.TempDir()}); !errors.Is(err, store.ErrInvalid) {
		t.Errorf("a directory: %v", err)
	}
}

func TestOpenOfAFileThatIsNoDatabaseSaysSo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "orglogin.db")
	if err := os.WriteFile(path, bytes.Repeat([]byte("not a database. "), 100), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), Config{Path: path})
	if err == nil || errors.Is(err, store.ErrBehind) || errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}
