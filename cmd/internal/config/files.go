package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// ReadFile reads a file of at most limit bytes. The error is the rest of a
// sentence that begins with the file, whose name it leaves out.
func ReadFile(name string, limit int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %w", withoutName(err))
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, limit+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("cannot be read: %w", withoutName(err))
	case int64(len(content)) > limit:
		return nil, fmt.Errorf("is larger than %d bytes", limit)
	}
	return content, nil
}

// withoutName takes the file's name out of an error that is printed beside it.
func withoutName(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
