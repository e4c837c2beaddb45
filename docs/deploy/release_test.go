package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestWhatIsReleased: a release and an image are of a commit and have a version; asked for anything else, make does nothing.
func TestWhatIsReleased(t *testing.T) {
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "Makefile"), makefile, 0o600); err != nil {
		t.Fatal(err)
	}
	output(t, dir, "sh", "-ec", "git init -q; git add .; git -c user.name=a -c user.email=a@example.com commit -q -m a")
	for _, version := range []string{"0.1.0", "12.0.3", "0.2.0-rc.1"} {
		output(t, dir, "make", "releasable", "VERSION="+version)
	}
	refused := func(reason, target, version string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "make", target, "VERSION="+version)
		cmd.Dir = dir
		if text, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(text), reason) || strings.Contains(string(text), "tools/release") {
			t.Errorf("make %s VERSION=%s: %v\n%s", target, version, err, text)
		}
	}
	for _, version := range []string{"", "v0.1.0", "0.1", "0.1.0.0", "0.1.0-", "0.1.0-a..b", "0.1.0 b", "0.1.0/../..", "1.2.x"} {
		refused(`VERSION is "`+version+`"`, "release", version)
		refused(`VERSION is "`+version+`"`, "image", version)
	}
	if err := os.WriteFile(filepath.Join(dir, "more"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	refused("commit or remove first", "release", "0.1.0")
	refused("commit or remove first", "image", "0.1.0")
}

// TestTheImageIsBuiltAsTheRelease: the Dockerfile gives the linker what tools/release gives it, and make image sets every argument.
func TestTheImageIsBuiltAsTheRelease(t *testing.T) {
	read := func(file string) string {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	first := func(pattern, text string) string {
		found := regexp.MustCompile(pattern).FindStringSubmatch(text)
		if found == nil {
			t.Fatalf("nothing matches %s", pattern)
		}
		return found[1]
	}
	dockerfile := read("../../Dockerfile")
	image := regexp.MustCompile(`\$\{\w+\}`).ReplaceAllStringFunc(first(`-ldflags="([^"]+)"`, dockerfile), func(name string) string {
		return "$" + strings.ToLower(strings.Trim(name, "${}"))
	})
	if release := first(`-ldflags "([^"]+)"`, read("../../tools/release")); image != release {
		t.Errorf("the Dockerfile links with %q, tools/release with %q", image, release)
	}
	_, recipe, _ := strings.Cut(read("../../Makefile"), "\nimage:")
	recipe, _, _ = strings.Cut(recipe, "\n\n")
	var given []string
	for _, argument := range regexp.MustCompile(`--build-arg (\w+)=`).FindAllStringSubmatch(recipe, -1) {
		given = append(given, argument[1]+`=""`)
	}
	if want := first(`\nARG (.*)\n`, dockerfile); strings.Join(given, " ") != want {
		t.Errorf("make image gives %q, the Dockerfile takes %q", given, want)
	}
}

// output runs a program in a folder and returns what it prints; where it fails, so does the test.
func output(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
	return string(out)
}
