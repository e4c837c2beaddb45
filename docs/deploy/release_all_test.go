//go:build all

package deploy_test

import (
	"bytes"
	"debug/elf"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// TestAllReleaseOfThisMachine makes the release for this machine twice: here, and in a copy of the source at another path.
func TestAllReleaseOfThisMachine(t *testing.T) {
	arch := runtime.GOARCH
	first := release(t, "../..", nil, "linux/"+arch)
	elsewhere, env := copySource(t)
	again := release(t, elsewhere, env, "linux/"+arch)
	compareFolders(t, first, again)

	binary := "orglogin_0.1.0_linux_" + arch
	want := []string{"orglogin_0.1.0_" + arch + ".deb", binary, binary + ".cdx.json", "sha256sums"}
	if got := filesIn(t, first); !slices.Equal(got, want) {
		t.Fatalf("made %q, want %q", got, want)
	}
	file, err := elf.Open(filepath.Join(first, binary))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if slices.ContainsFunc(file.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP }) {
		t.Error("the binary is not static")
	}
	version := output(t, first, filepath.Join(first, binary), "--version")
	if !regexp.MustCompile(`^orglogin 0\.1\.0 [0-9a-f]{12} 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ go1\.\S+ linux/` + arch + `\n$`).MatchString(version) {
		t.Errorf("--version: %q", version)
	}
	output(t, first, "sha256sum", "--check", "--strict", "sha256sums")
	checkBOM(t, filepath.Join(first, binary+".cdx.json"))
	checkPackage(t, filepath.Join(first, "orglogin_0.1.0_"+arch+".deb"))
}

// release runs tools/release of a source, and returns the folder.
func release(t *testing.T, source string, env []string, platforms ...string) string {
	t.Helper()
	out := t.TempDir()
	cmd := exec.CommandContext(t.Context(), filepath.Join(source, "tools/release"), append([]string{"0.1.0", out}, platforms...)...)
	cmd.Env = append(append(os.Environ(), "MAINTAINER="), env...)
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("tools/release: %v\n%s", err, text)
	}
	return out
}

// copySource copies the files of this checkout to another path, and returns it with the setting by which git reads the history here.
func copySource(t *testing.T) (source string, env []string) {
	t.Helper()
	source = filepath.Join(t.TempDir(), "elsewhere")
	if err := os.Mkdir(source, 0o755); err != nil {
		t.Fatal(err)
	}
	output(t, "../..", "sh", "-c", `git ls-files -z --cached --others --exclude-standard | tar --null -T - -c | tar -x -C "$0"`, source)
	return source, []string{"GIT_DIR=" + strings.TrimSpace(output(t, ".", "git", "rev-parse", "--absolute-git-dir"))}
}

// filesIn are the names of a folder, sorted.
func filesIn(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := fs.ReadDir(os.DirFS(dir), ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

// compareFolders fails where two folders differ in a byte.
func compareFolders(t *testing.T, one, two string) {
	t.Helper()
	if a, b := filesIn(t, one), filesIn(t, two); !slices.Equal(a, b) {
		t.Fatalf("%q and %q", a, b)
	}
	for _, name := range filesIn(t, one) {
		a, errA := os.ReadFile(filepath.Join(one, name))
		b, errB := os.ReadFile(filepath.Join(two, name))
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			t.Errorf("%s differs in two builds of one commit: %d and %d bytes (%v, %v)", name, len(a), len(b), errA, errB)
		}
	}
}

// checkBOM reads a software bill of materials.
func checkBOM(t *testing.T, file string) {
	t.Helper()
	var bom struct {
		BOMFormat string `json:"bomFormat"`
		Metadata  struct {
			Component struct{ Name, Version string }
		}
		Components []struct{ Name, Version, PURL string }
	}
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, &bom)
	}
	if err != nil || bom.BOMFormat != "CycloneDX" || bom.Metadata.Component.Name != "orglogin" || bom.Metadata.Component.Version != "0.1.0" {
		t.Fatalf("%v, %+v", err, bom.Metadata)
	}
	for _, module := range []string{"std", "github.com/jackc/pgx/v5", "modernc.org/sqlite"} {
		i := slices.IndexFunc(bom.Components, func(c struct{ Name, Version, PURL string }) bool { return c.Name == module })
		if i < 0 || bom.Components[i].Version == "" {
			t.Errorf("%s is not in the bill of materials", module)
		}
	}
}

// checkPackage reads a Debian package with dpkg-deb, where it is installed as on every Debian.
func checkPackage(t *testing.T, file string) {
	t.Helper()
	const want = "Package: orglogin\nVersion: 0.1.0\nMaintainer: Unofficial build <root@localhost>\n"
	if fields := output(t, ".", "dpkg-deb", "--field", file, "Package", "Version", "Maintainer"); fields != want {
		t.Errorf("the fields are %q", fields)
	}
	if conffiles := output(t, ".", "dpkg-deb", "--info", file, "conffiles"); conffiles != "/etc/orglogin/orglogin.env\n" {
		t.Errorf("the conffiles are %q", conffiles)
	}
	dir := t.TempDir()
	output(t, ".", "dpkg-deb", "--extract", file, dir)
	unit, err := os.ReadFile(filepath.Join(dir, "usr/lib/systemd/system/orglogin.service"))
	if err != nil || !strings.Contains(string(unit), "ExecStart=/usr/bin/orglogin serve\n") || strings.Contains(string(unit), "/usr/local") {
		t.Errorf("the unit: %v\n%s", err, unit)
	}
	if version := output(t, ".", filepath.Join(dir, "usr/bin/orglogin"), "--version"); !strings.HasPrefix(version, "orglogin 0.1.0 ") {
		t.Errorf("the packaged binary says %q", version)
	}
	ctl := output(t, ".", "sh", "-n", filepath.Join(dir, "usr/bin/orglogin-ctl"))
	if ctl != "" {
		t.Error(ctl)
	}
}

// TestAllRelease makes the whole release twice, the second time with nothing in Go's cache.
func TestAllRelease(t *testing.T) {
	first := release(t, "../..", nil)
	elsewhere, env := copySource(t)
	again := release(t, elsewhere, append(env, "GOCACHE="+t.TempDir()))
	compareFolders(t, first, again)
	if got := len(filesIn(t, first)); got != 6*2+2+1 {
		t.Errorf("%d files: %q", got, filesIn(t, first))
	}
	output(t, first, "sha256sum", "--check", "--strict", "sha256sums")
}
