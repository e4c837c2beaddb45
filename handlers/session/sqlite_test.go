package session_test

import (
	"path/filepath"
	"testing"
	"time"

	"orglogin/handlers/session"
	"orglogin/store"
	"orglogin/store/sqlite"
	"orglogin/store/sqlite/sqlitetest"
)

// TestALifeInADatabase is a session from login to logout with its row in a real
// store, which keeps times and bytes in its own way.
func TestALifeInADatabase(t *testing.T) {
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "orglogin.db")
	sqlitetest.Migrate(t, path)
	var db *sqlite.Store
	s := newService(t)
	open := func() {
		t.Helper()
		var err error
		if db, err = sqlite.Open(ctx, sqlite.Config{Path: path, Now: s.clock.Now}); err != nil {
			t.Fatal(err)
		}
		c := s.config
		c.Store = db
		s.Keeper = session.New(c)
	}
	open()
	login := func(replaces string) (string, signedIn) {
		t.Helper()
		in := signedIn{fresh: s.Fresh(), header: map[string][]string{}}
		done, err := db.CompleteLogin(ctx, store.Login{
			Identity: store.Identity{Issuer: "https://op.test", Subject: "ann-1", Email: "ann@acme.test", EmailVerified: true, Name: "Ann"},
			Signup:   store.SignupProfile, Session: in.fresh.Row, Replaces: replaces, Now: s.clock.Now(),
		})
		if err != nil || done.Refused != "" {
			t.Fatal(done.Refused, err)
		}
		if err := s.SetCookies(in.header, in.fresh, done.Snapshot.Profile.ID); err != nil {
			t.Fatal(err)
		}
		return done.Snapshot.Profile.ID, in
	}
	find := func(in signedIn) session.Found {
		t.Helper()
		return s.mustRead(t, request(loginURL, name+"="+in.cookie(name)+"; "+browser+"="+in.cookie(browser)), session.LoginHost)
	}

	userID, first := login("")
	f := find(first)
	if f.Session == nil || f.Session.ID != first.fresh.Row.ID || f.Session.UserID != userID || f.Stale {
		t.Fatalf("after the login: %+v", f)
	}
	_, second := login(f.Session.ID)
	if f := find(first); f.Session != nil || !f.Stale {
		t.Errorf("the session that was replaced: %+v", f)
	}
	s.clock.Add(idle - time.Second)
	if err := s.Touch(ctx, find(second).Session); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil { // a touch may be late until then
		t.Fatal(err)
	}
	open()
	s.clock.Add(idle - time.Second)
	f = find(second)
	if f.Session == nil {
		t.Fatal("use did not keep it alive")
	}
	if err := s.End(ctx, f.Session); err != nil {
		t.Fatal(err)
	}
	if f := find(second); f.Session != nil || !f.Stale {
		t.Errorf("after the logout: %+v", f)
	}
	_, third := login("")
	_, fourth := login("")
	if n, err := s.EndAll(ctx, userID); n != 2 || err != nil {
		t.Errorf("EndAll = %d, %v", n, err)
	}
	if find(third).Session != nil || find(fourth).Session != nil {
		t.Error("a session outlived EndAll")
	}
	_, last := login("")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	r := request(loginURL, name+"="+last.cookie(name))
	if f, err := s.Read(ctx, r, session.LoginHost); err == nil || f.Stale {
		t.Errorf("a store that is closed: %+v, %v", f, err)
	}
}
