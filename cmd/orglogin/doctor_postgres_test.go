package main

import (
	"strings"
	"testing"
)

func (c *cluster) testForeignTables(t *testing.T) {
	db := c.like(t, "theirs")
	t.Run("everything is sound", func(t *testing.T) {
		wantFailed(t, c.doctor(t, db), "", "", "")
		wantFailed(t, c.doctor(t, db, "--email", "ann@acme.test"), "", "", "")
	})
	t.Run("what the old policy hides from the person's own claims is reported", func(t *testing.T) {
		got := c.must(t, db, "", "doctor", "--email", "ann@acme.test")
		if !strings.Contains(got, `policy "tenant"`) || !strings.Contains(got, "SECURITY DEFINER") || !strings.HasSuffix(got, "\nok\n") {
			t.Error(got)
		}
	})
	t.Run("import refuses what the service would not read", func(t *testing.T) {
		got := c.orglogin(t, db, annOfAcme, "import", "-")
		if got.status != exitFailed || !strings.Contains(got.stderr, "public.user_profiles") || got.stdout != "" {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("an identity of a deleted profile is listed until it is removed", func(t *testing.T) {
		db := c.like(t, "theirs")
		c.execute(t, db.Name, `DELETE FROM public.user_profiles`)
		got := c.orglogin(t, db, "", "doctor", "--all")
		_, fix, _ := strings.Cut(got.stdout, "fix: ")
		if got.status != exitFailed || !strings.Contains(got.stdout, "the profile was deleted") || !strings.HasPrefix(fix, "run as the owner: DELETE FROM orglogin.identities") {
			t.Fatalf("got %+v", got)
		}
		c.follow(t, db, strings.TrimSpace(fix))
		c.must(t, db, "", "doctor", "--all")
	})
	t.Run("a person without a profile row is reported", func(t *testing.T) {
		c.execute(t, db.Name, `DELETE FROM public.user_profiles`)
		wantFailed(t, c.doctor(t, db, "--email", "ann@acme.test"), "identity", "no profile has this address", "sign in once")
	})
}

// testServiceRoleAlone runs commands where DATABASE_ADMIN_URL was forgotten.
func (c *cluster) testServiceRoleAlone(t *testing.T) {
	db := c.like(t, "ours")
	db.Owner = ""
	for _, args := range [][]string{
		{"import", "-"},
		{"invite", "--organization", "acme", "--email", "bob@acme.test"},
		{"sessions", "--email", "ann@acme.test"},
		{"explain", "--email", "ann@acme.test"},
		{"explain", "--receipt", "aaaaaaaaaaaaaaaa"},
		{"doctor", "--email", "ann@acme.test"},
		{"doctor", "--all"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			got := c.orglogin(t, db, annOfAcme, args...)
			if got.status != exitFailed || !strings.Contains(got.stderr, "write the owner's URL in ORGLOGIN_DATABASE_ADMIN_URL") || got.stdout != "" {
				t.Errorf("got %+v", got)
			}
		})
	}
	t.Run("doctor checks the site as the service sees it", func(t *testing.T) {
		wantFailed(t, c.doctor(t, db), "", "", "")
	})
}
