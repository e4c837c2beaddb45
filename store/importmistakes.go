package store

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// ImportMistake is one reason why an import file is refused.
type ImportMistake struct {
	Path string // such as users[3].email; empty for the whole file
	Line int    // where it is in the file, from 1; 0 where that is unknown
	Err  error  // the rest of a sentence that begins with the path; never with a token
}

func (m ImportMistake) String() string {
	var at []string
	if m.Line > 0 {
		at = append(at, fmt.Sprintf("line %d", m.Line))
	}
	if m.Path != "" {
		at = append(at, m.Path)
	}
	return strings.Join(append(at, strings.TrimPrefix(m.Err.Error(), ErrInvalid.Error()+": ")), ": ")
}

// ImportMistakes are all reasons at once: an error that is [ErrInvalid] or [ErrConflict] as its mistakes are.
type ImportMistakes []ImportMistake

// shownMistakes bounds the text: a file may be wrong in every entry.
const shownMistakes = 100

func (m ImportMistakes) Error() string {
	if len(m) == 1 {
		return m[0].String()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d mistakes:", len(m))
	for _, mistake := range m[:min(len(m), shownMistakes)] {
		b.WriteString("\n  " + mistake.String())
	}
	if len(m) > shownMistakes {
		fmt.Fprintf(&b, "\n  and %d more", len(m)-shownMistakes)
	}
	return b.String()
}

// Unwrap returns the error of each.
func (m ImportMistakes) Unwrap() []error {
	all := make([]error, len(m))
	for i := range m {
		all[i] = m[i].Err
	}
	return all
}

// Add notes a mistake, with its path. It reports false for an error that is none of the file's, which ends the import.
func (m *ImportMistakes) Add(path string, err error) bool {
	if !errors.Is(err, ErrInvalid) && !errors.Is(err, ErrConflict) && !errors.Is(err, ErrNotFound) {
		return false
	}
	*m = append(*m, ImportMistake{Path: path, Err: err})
	return true
}

func (m *ImportMistakes) add(path, format string, args ...any) {
	*m = append(*m, ImportMistake{Path: path, Err: invalid(format, args...)})
}

// err is nil without a mistake.
func (m ImportMistakes) err() error {
	if len(m) == 0 {
		return nil
	}
	return m
}

// LocateImport sets the lines of the mistakes of a file that [ParseImport] has read. A member that is not given is where
// its entry is.
func LocateImport(data []byte, m ImportMistakes) {
	wanted := map[string][]int{}
	for i := range m {
		entry, _, isMember := strings.Cut(m[i].Path, "].")
		if isMember {
			wanted[entry+"]"] = append(wanted[entry+"]"], i)
		}
		wanted[m[i].Path] = append(wanted[m[i].Path], i)
	}
	line, counted := 1, int64(0)
	w := newImportWalk(data)
	w.at = func(path string) {
		offset := min(w.InputOffset(), int64(len(data)))
		line += bytes.Count(data[counted:offset], []byte("\n"))
		counted = offset
		for _, i := range wanted[path] {
			m[i].Line = line
		}
	}
	_ = w.file() // it was read before
}
