package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// systemdRun does of systemd-run what orglogin-ctl needs, and refuses what it does not know.
const systemdRun = `#!/bin/sh
set -eu
export CREDENTIALS_DIRECTORY=$(mktemp -d)
while :; do
	case $1 in
	--quiet | --collect | --pipe | --wait) shift; continue ;;
	-p) ;;
	*) break ;;
	esac
	value=${2#*=}
	case $2 in
	LoadCredential=*) cp "${value#*:}" "$CREDENTIALS_DIRECTORY/${value%%:*}" ;;
	EnvironmentFile=*) while read -r line; do export "$line"; done <"$value" ;;
	WorkingDirectory=*) cd "$value" ;;
	DynamicUser=yes | User=orglogin | StateDirectory=orglogin | UMask=0077) ;;
	*) echo "$2?" >&2; exit 64 ;;
	esac
	shift 2
done
exec "$@"
`

// beforeBlock takes the place of the person who follows the words: what is pasted and what the editor writes.
const beforeBlock = `
install() {
	for last; do :; done
	case "$*" in
	*/dev/stdin*) (umask 077; cat "pasted/$(basename "$last")" >"$last") ;;
	*) command install "$@" ;;
	esac
}
EDITOR="cp pasted/orglogin.env"
systemctl() { echo "$*" >>systemctl.log; case $1 in enable) test -s "$STATE/orglogin.db" ;; esac; }
`

// TestTheWordsForSystemd runs the first shell block of the section as it is written, but for its folders, and then
// commands beside the unit. The service starts when the database is ready.
func TestTheWordsForSystemd(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(readme), "\n## systemd\n")
	_, block, _ := strings.Cut(section, "```sh\n")
	block, _, found := strings.Cut(block, "```")
	if !found {
		t.Fatal("there is no shell block for systemd")
	}
	dir := t.TempDir()
	path := func(names ...string) string { return filepath.Join(append([]string{dir}, names...)...) }
	folders := strings.NewReplacer("/etc/orglogin", path("etc"), "/usr/local/bin", path("bin"), "/etc/systemd/system", path("units"), "/var/lib/orglogin", path("state"))
	for _, name := range []string{"bin", "units", "state", "pasted", "docs/deploy"} {
		if err := os.MkdirAll(path(name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	ctl, err := os.ReadFile("orglogin-ctl")
	if err != nil {
		t.Fatal(err)
	}
	unit, err := os.ReadFile("orglogin.service")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"docs/deploy/orglogin-ctl": folders.Replace(string(ctl)), "docs/deploy/orglogin.service": string(unit), "bin/systemd-run": systemdRun,
		"pasted/oidc-client-secret": "a-secret\n", "pasted/database-url": "sqlite:orglogin.db\n", "pasted/database-admin-url": "sqlite:orglogin.db\n",
		"pasted/orglogin.env": "ORGLOGIN_PUBLIC_URL=https://login.example.com\nORGLOGIN_APP_URL=https://app.example.com\nORGLOGIN_BASE_DOMAIN=example.com\nORGLOGIN_OIDC_CLIENT_ID=a-client\n",
	} {
		if err := os.WriteFile(path(name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(built(t, "cmd/orglogin"), path("orglogin")); err != nil {
		t.Fatal(err)
	}
	sh := func(script, stdin string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "sh", "-eu", "-c", script)
		cmd.Dir, cmd.Stdin = dir, strings.NewReader(stdin)
		cmd.Env = append(os.Environ(), "PATH="+path("bin")+":"+os.Getenv("PATH"), "STATE="+path("state"))
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s\n%s", err, script, out)
		}
		return string(out)
	}
	sh(beforeBlock+folders.Replace(block), "")
	if log, err := os.ReadFile(path("systemctl.log")); err != nil || string(log) != "daemon-reload\nenable --now orglogin\n" {
		t.Errorf("%q %v", log, err)
	}

	importing, err := os.ReadFile("../import.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(importing), "```json\n")
	example, _, _ = strings.Cut(example, "```")
	if out := sh("orglogin-ctl import -", example); !strings.Contains(out, "imported 1 organizations, 2 users, 2 memberships, 1 invitations") {
		t.Errorf("the example of docs/import.md: %s", out)
	}
	if out := sh("orglogin-ctl explain --email ann@acme.test", ""); !strings.Contains(out, "https://acme.example.com/dashboard") {
		t.Errorf("explain beside the unit: %s", out)
	}
	for _, name := range []string{"oidc-client-secret", "database-url", "database-admin-url", "secret-keys"} {
		if info, err := os.Stat(path("etc", name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", name, info.Mode(), err)
		}
	}
	if strings.Contains(string(unit), "admin-url") {
		t.Error("the service is given the owner's address")
	}
}
