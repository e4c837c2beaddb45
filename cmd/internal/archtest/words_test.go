package archtest_test

import (
	"bytes"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// foreign finds what belongs to one machine or one network and not to the project: a home, a workplace, the address
// that packages are fetched from. The hosts are put together here so that this file does not name them either.
var foreign = regexp.MustCompile(`(^|[\s"'=:(,` + "`" + `])(/(work|root|home/[a-z]+|Users/[A-Za-z]+)/|[A-Z]:\\Users\\)` +
	`|\b(proxy|sum)\.` + `golang\.org\b|\bgoproxy\.(io|cn)\b|\bregistry\.npm` + `js\.org\b|\b(deb|security|ftp)\.debian\.org\b` +
	`|\bpypi\.` + `org\b|\bregistry-1\.` + `docker\.io\b|\bstatic\.crates\.` + `io\b`)

// rare are the words without which no line is foreign: most files are done with these, many times faster.
var rare = []string{"/wo" + "rk/", "/ro" + "ot/", "/home/", "/Users/", `:\Users\`, "golang.org", "goproxy.", "npmjs", "debian.org", "pypi", "docker.io", "crates.io"}

func TestNoFileNamesAMachineOrARegistry(t *testing.T) {
	source := os.DirFS(root)
	ignored, err := fs.ReadFile(source, ".gitignore")
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	err = fs.WalkDir(source, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name != "." && isIgnored(string(ignored), name), d.Name() == ".git", d.Name() == "node_modules", path.Base(path.Dir(name)) == "fuzz":
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir():
			return nil
		}
		text, err := fs.ReadFile(source, name)
		if err != nil {
			return err
		}
		if bytes.IndexByte(text, 0) >= 0 {
			return nil // a picture
		}
		read++
		if !slices.ContainsFunc(rare, func(word string) bool { return bytes.Contains(text, []byte(word)) }) {
			return nil
		}
		for i, line := range bytes.Split(text, []byte("\n")) {
			if found := foreign.Find(line); found != nil {
				t.Errorf("%s:%d: %s", name, i+1, found)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if read < 30 {
		t.Errorf("only %d files were read", read)
	}
}

func TestForeignWordsAreNoticed(t *testing.T) {
	for text, want := range map[string]bool{
		`open("/wo` + `rk/main")`:                   true,
		"cd /ro" + "ot/go":                          true,
		"see /home/" + "ann/x":                      true,
		"GOPROXY=https://proxy." + "golang.org":     true,
		"registry.npm" + "js.org":                   true,
		"https://example.com/" + "work/main":        false,
		"the root of /etc/orglogin and /usr/bin/sh": false,
		`"/rooted"`: false,
	} {
		if got := foreign.MatchString(text); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func TestReadmeNamesEveryVariableWithItsDefault(t *testing.T) {
	files, err := filepath.Glob(root + "/cmd/internal/config/*.go")
	if err != nil {
		t.Fatal(err)
	}
	var settings []byte
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		settings = append(settings, text...)
	}
	readme, err := os.ReadFile(root + "/README.md")
	if err != nil {
		t.Fatal(err)
	}
	table := regexp.MustCompile("(?m)^\\| `[A-Z_]+`.*$").FindAllString(string(readme), -1)
	variables := regexp.MustCompile(`name:"([a-z-]+)" variable:"([A-Z_]+)"(?:.*default:"([^"]*)")?`).FindAllSubmatch(settings, -1)
	if len(variables) < 20 {
		t.Fatalf("only %d variables were read", len(variables))
	}
	for _, v := range variables {
		flag, name, value := string(v[1]), string(v[2]), string(v[3])
		if flag != strings.ToLower(strings.ReplaceAll(name, "_", "-")) {
			t.Errorf("the flag of %s is --%s", name, flag)
		}
		if name == "TRUSTED_PROXIES" {
			value = "loopback" // in words
		}
		if !slices.ContainsFunc(table, func(row string) bool {
			return strings.Contains(row, "`"+name+"`") && strings.Contains(row, value)
		}) {
			t.Errorf("the table of README.md does not name %s with its default %q", name, value)
		}
	}
}

// A reader follows docs/architecture.md by its file names.
func TestArchitectureNamesFilesThatExist(t *testing.T) {
	text, err := os.ReadFile(root + "/docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile("`([a-z]+/[a-z0-9_/]+\\.(?:go|sql|md))`").FindAllStringSubmatch(string(text), -1)
	if len(names) < 20 {
		t.Fatalf("only %d files are named", len(names))
	}
	for _, name := range names {
		if _, err := os.Stat(root + "/" + name[1]); err != nil {
			t.Errorf("%v", err)
		}
	}
}
