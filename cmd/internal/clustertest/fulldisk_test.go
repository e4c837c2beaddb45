package clustertest

import (
	"database/sql"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/database"
)

// TestTheDiskIsFullUnderLogins takes the room from the real service on SQLite:
// its process may write no file past 4 KiB, so that every write fails in the
// kernel (EFBIG in place of ENOSPC, which needs root). That
// a full disk is no more than a failed write to the store is said in its own
// tests.
func TestTheDiskIsFullUnderLogins(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "orglogin.db")
	f := newFixture(t, func(c *Config) {
		if _, err := database.Migrate(t.Context(), config.Database{URL: "sqlite:" + file}); err != nil {
			t.Fatal(err)
		}
		c.Runtime, c.Owner, c.Redis, c.Instances = "sqlite:"+file, "sqlite:"+file, "", 1
	})
	one := f.Instances[0]
	ann, bea := f.visitor(t, "ann"), f.visitor(t, "bea")
	landed(t, ann.login(one.Addr, ""), f.URL("acme", "/dashboard"))
	landed(t, bea.login(one.Addr, "?organization=acme"), f.URL("acme", "/dashboard"))
	// Half of them come through nginx.
	c := f.crowd(t, 20, 200*time.Millisecond, func(n int) string { return []string{one.Addr, f.Nginx}[n%2] }, func(a attempt) string {
		switch {
		case a.Err != nil:
			return "no answer"
		case a.Status != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "":
			return "neither landed nor a 503 that says when to come back"
		}
		return ""
	})
	c.more(t, 40)
	before := c.Failed.Load() // the busy machine's
	if before > 20 {
		t.Fatalf("%d logins failed before", before)
	}

	one.room(t, "4096")
	full := time.Now()
	eventually(t, "60 logins answered 503", func() bool { return c.Failed.Load() >= before+60 })
	newcomers := make([]visitor, 10)
	for n := range newcomers {
		newcomers[n] = f.visitor(t, fmt.Sprintf("newcomer%d", n))
		if a := newcomers[n].login(one.Addr, ""); a.Status != http.StatusServiceUnavailable || a.cookies()[sessionCookie] != "" {
			t.Errorf("a newcomer is answered %d, with a session %t", a.Status, a.cookies()[sessionCookie] != "")
		}
	}
	if v := ann.verify(one.Addr, "acme"); v.Status != http.StatusOK || takenAway(v) != "" {
		t.Errorf("a session that lives is answered %d", v.Status)
	}
	out, err := bea.Post(t.Context(), one.Addr, f.Public+"/logout", nil)
	if err != nil || out.Status != http.StatusServiceUnavailable || takenAway(out) != "" {
		t.Errorf("a logout that cannot be kept is answered %d, %v, and takes %q", out.Status, err, takenAway(out))
	}
	if v := bea.verify(one.Addr, "acme"); v.Status != http.StatusOK {
		t.Errorf("who could not sign out is answered %d", v.Status)
	}

	one.room(t, "unlimited")
	back := eventually(t, "a login without a restart", func() bool {
		return f.visitor(t, "ann").login(one.Addr, "").Location() == f.URL("acme", "/dashboard")
	})
	t.Logf("full for %s: %d logins lost, the first lands %s after", time.Since(full).Round(time.Millisecond), c.Failed.Load(), back)
	for _, v := range newcomers {
		landed(t, v.login(one.Addr, ""), f.URL("app", "/clients"))
	}
	failed := c.Failed.Load()
	c.more(t, 60)
	if now := c.Failed.Load(); now > failed+20 { // at most one of each was under way
		t.Errorf("%d logins failed afterwards", now-failed)
	}
	c.Stop()
	if out, err := bea.Post(t.Context(), one.Addr, f.Public+"/logout", nil); err != nil || out.Status != http.StatusSeeOther {
		t.Errorf("a logout is answered %d, %v", out.Status, err)
	}
	wholeFile(t, file, c.Landed.Load()+2)
}

// room limits how long a file the instance may make, which whoever runs it may.
func (i *Instance) room(t *testing.T, size string) {
	t.Helper()
	prlimit, err := exec.LookPath("prlimit")
	if err != nil {
		t.Fatalf("prlimit is part of util-linux: %v", err)
	}
	pid := strconv.Itoa(i.process.cmd.Process.Pid)
	if out, err := exec.Command(prlimit, "--pid", pid, "--fsize="+size+":").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// wholeFile reads what is kept: all that was acknowledged, and no half chain.
func wholeFile(t *testing.T, file string, logins int64) {
	t.Helper()
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var sound string
	if err := db.QueryRow(`PRAGMA integrity_check`).Scan(&sound); err != nil || sound != "ok" {
		t.Errorf("integrity_check says %q, %v", sound, err)
	}
	for _, check := range []struct {
		what, query string
		atLeast, at int64
	}{
		{"sessions of logins that landed", `SELECT count(*) FROM sessions`, logins, logins + 40},
		{"profiles without an identity", `SELECT count(*) FROM profiles p WHERE NOT EXISTS (SELECT 1 FROM identities i WHERE i.profile_id = p.id)`, 0, 0},
		{"organizations without a workspace", `SELECT count(*) FROM organizations o WHERE NOT EXISTS (SELECT 1 FROM workspaces w WHERE w.organization_id = o.id)`, 0, 0},
		{"organizations that newcomers own", `SELECT count(*) FROM memberships m JOIN profiles p ON p.id = m.profile_id WHERE p.email LIKE 'newcomer%' AND m.role = 'owner'`, 10, 10},
		{"newcomers", `SELECT count(*) FROM profiles WHERE email LIKE 'newcomer%'`, 10, 10},
		{"sessions ended by a logout", `SELECT count(*) FROM sessions s JOIN profiles p ON p.id = s.profile_id WHERE p.email LIKE 'bea%' AND s.ended_at IS NOT NULL`, 1, 1},
	} {
		var n int64
		if err := db.QueryRow(check.query).Scan(&n); err != nil {
			t.Errorf("%s: %v", check.what, err)
		} else if n < check.atLeast || n > check.at {
			t.Errorf("%d %s, not %d", n, check.what, check.atLeast)
		}
	}
}
