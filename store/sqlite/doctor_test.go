package sqlite

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"orglogin/store"
)

// examined is a store with one person whose chain is sound, and another's id.
func examined(t *testing.T) (s *Store, ann string) {
	t.Helper()
	s = open(t)
	now := time.Now()
	err := s.Import(t.Context(), store.ImportFile{
		Organizations: []store.ImportOrganization{{Slug: "acme", Name: "Acme", SubdomainStatus: store.Verified}},
		Users:         []store.ImportUser{{Email: "ann@people.test", Issuer: "https://op.test", Subject: "ann"}, {Email: "bob@people.test"}},
		Memberships:   []store.ImportMembership{{Organization: "acme", Email: "ann@people.test", Role: "owner"}},
	}, now)
	if err != nil {
		t.Fatal(err)
	}
	profiles, err := s.Profiles(t.Context(), "ann@people.test")
	if err != nil || len(profiles) != 1 {
		t.Fatal(profiles, err)
	}
	return s, profiles[0].ID
}

func TestDoctorNamesTheFirstBrokenLink(t *testing.T) {
	cases := []struct{ name, breaks, link, detail, fix, seen string }{
		{"a healthy chain", ``, "", "", "", ""},
		{"no identity", `DELETE FROM identities`, "identity", "row in identities is missing", "sign in once", "0 bound"},
		{"a disabled person", `UPDATE profiles SET disabled = 1`, "profile", "disabled", `"disabled":false`, "disabled"},
		{"no membership", `DELETE FROM memberships`, "membership", "row is missing", "orglogin import", "0 active, 0 inactive"},
		{"an inactive membership", `UPDATE memberships SET active = 0`, "membership", "not active", `"active":true`, "0 active, 1 inactive"},
		{"no workspace", `DELETE FROM workspaces`, "workspace", "no workspace", "orglogin import", "no row"},
		{"a pending subdomain", `UPDATE organizations SET subdomain_status = 'pending'`, "subdomain", "acme pending", `"verified"`, "acme pending"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s, ann := examined(t)
			if c.breaks != "" {
				err := s.write(t.Context(), func(t *transaction) error {
					_, err := t.exec(c.breaks)
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			links, err := s.Chain(t.Context(), ann)
			if err != nil || len(links) != 6 {
				t.Fatal(links, err)
			}
			var broken store.Link
			for _, l := range links {
				if !l.OK {
					broken = l
					break
				}
			}
			if broken.Name != c.link || !strings.Contains(broken.Detail, c.detail) || !strings.Contains(broken.Fix, c.fix) ||
				broken.Service != c.seen || broken.OwnClaims != c.seen {
				t.Errorf("got %+v", broken)
			}
		})
	}
	t.Run("an unknown person", func(t *testing.T) {
		s, _ := examined(t)
		for _, id := range []string{"", store.NewID(), "' OR 1"} {
			links, err := s.Chain(t.Context(), id)
			if err != nil || len(links) != 6 || links[1].OK || !strings.Contains(links[1].Detail, "profile row is missing") {
				t.Errorf("%q: got %+v, %v", id, links, err)
			}
		}
	})
}

func TestDoctorListsEverybodyWhoseChainIsBroken(t *testing.T) {
	s, _ := examined(t)
	var got []string
	for p, err := range s.Failures(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, p.Email+" "+p.Link.Name)
	}
	if len(got) != 1 || got[0] != "bob@people.test identity" {
		t.Errorf("got %v", got)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for p, err := range s.Failures(cancelled) {
		if err == nil {
			t.Errorf("got %+v without a database", p)
		}
	}
}

func TestDoctorChecksTheFile(t *testing.T) {
	failed := func(t *testing.T, s *Store) (names []string) {
		t.Helper()
		checks, err := s.Database(t.Context())
		if err != nil || len(checks) == 0 {
			t.Fatal(checks, err)
		}
		for _, c := range checks {
			if !c.OK {
				names = append(names, c.Name)
			}
			if c.Detail == "" || c.OK != (c.Fix == "") {
				t.Errorf("got %+v", c)
			}
		}
		return names
	}
	want := func(t *testing.T, got []string, name string) {
		t.Helper()
		if strings.Join(got, " ") != name {
			t.Errorf("got %v, want %q", got, name)
		}
	}
	t.Run("a healthy one", func(t *testing.T) {
		s, _ := examined(t)
		want(t, failed(t, s), "")
	})
	t.Run("one that others can read", func(t *testing.T) {
		s, _ := examined(t)
		if err := os.Chmod(s.config.Path, 0o644); err != nil {
			t.Fatal(err)
		}
		want(t, failed(t, s), "file")
	})
	t.Run("one with a reference to nothing", func(t *testing.T) {
		s, _ := examined(t)
		s.writes.db.SetMaxOpenConns(1)
		if _, err := s.writes.db.Exec(`PRAGMA foreign_keys = 0; DELETE FROM organizations`); err != nil {
			t.Fatal(err)
		}
		want(t, failed(t, s), "integrity")
	})
	t.Run("one that is closed", func(t *testing.T) {
		s, _ := examined(t)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		want(t, failed(t, s), "database")
	})
	t.Run("one that is gone from its place", func(t *testing.T) {
		s, _ := examined(t)
		if err := os.Rename(s.config.Path, filepath.Join(t.TempDir(), "elsewhere")); err != nil {
			t.Fatal(err)
		}
		want(t, failed(t, s), "file")
	})
}
