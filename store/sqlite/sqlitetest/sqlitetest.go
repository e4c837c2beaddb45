// Package sqlitetest gives tests migrated SQLite files.
package sqlitetest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"orglogin/store/sqlite"
)

// template is the content of a migrated file. Migrating takes a second with the
// race detector, copying nothing.
var template = sync.OnceValues(func() (content []byte, err error) {
	dir, err := os.MkdirTemp("", "sqlite")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "template.db")
	if err := sqlite.Migrate(context.Background(), path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// Migrate makes a file that [sqlite.Migrate] has migrated. A file that exists is
// left as it is, as by [sqlite.Migrate].
func Migrate(t testing.TB, path string) {
	t.Helper()
	if _, err := os.Stat(path); err == nil {
		return
	}
	content, err := template()
	if err != nil {
		t.Fatal("sqlitetest: ", err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal("sqlitetest: ", err)
	}
}
