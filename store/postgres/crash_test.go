package postgres_test

import (
	"slices"
	"testing"
	"time"

	"orglogin/store"
	"orglogin/store/postgres/pgtest"
)

// seen records what synchronous_commit is when a transaction that wrote a row commits:
// deferred triggers run then.
const seen = `
CREATE TABLE orglogin.seen (what text, setting text);
CREATE FUNCTION orglogin.see() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN INSERT INTO orglogin.seen VALUES (TG_TABLE_NAME || ' ' || TG_ARGV[0], current_setting('synchronous_commit')); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER seen AFTER INSERT ON orglogin.sessions INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION orglogin.see('started');
CREATE CONSTRAINT TRIGGER seen_end AFTER UPDATE OF ended_at ON orglogin.sessions INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION orglogin.see('ended');
CREATE CONSTRAINT TRIGGER seen_touch AFTER UPDATE OF last_seen_at ON orglogin.sessions INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION orglogin.see('touched');
CREATE CONSTRAINT TRIGGER seen AFTER INSERT ON orglogin.identities INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION orglogin.see('made');
CREATE CONSTRAINT TRIGGER seen AFTER INSERT ON orglogin.flows INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION orglogin.see('taken');
CREATE CONSTRAINT TRIGGER seen AFTER UPDATE ON orglogin.invitations INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION orglogin.see('accepted');
CREATE CONSTRAINT TRIGGER seen AFTER INSERT ON orglogin.receipts INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION orglogin.see('saved');
CREATE CONSTRAINT TRIGGER seen AFTER INSERT ON orglogin.last_used INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION orglogin.see('marked')`

// Bookkeeping does not wait for the disk; the account chain and the end of a session do.
func TestOnlyBookkeepingMayBeLostByACrash(t *testing.T) {
	db := pgtest.New(t)
	people(t, db)
	s := open(t, db.Runtime)
	user := arrive(t, s, ann).Snapshot
	id, session := user.Profile.ID, arrival(ann)
	_, err := s.CompleteLogin(t.Context(), session)
	guest := arrive(t, s, cleo).Snapshot.Profile.ID
	execute(t, db.Owner, seen)
	arrive(t, s, identity("newcomer"))
	_, accepting := s.AcceptInvitation(t.Context(), guest, store.HashToken(bobsToken), time.Now())
	_, taking := s.TakeFlow(t.Context(), "flow", time.Now().Add(time.Hour))
	for _, err := range []error{
		err, accepting, taking,
		s.TouchSession(t.Context(), id, session.Session.ID, session.Now.Add(time.Second)),
		s.MarkUsed(t.Context(), id, user.Memberships[0].Organization.ID, time.Now()),
		s.SaveReceipt(t.Context(), store.Receipt{ID: store.NewReceiptID(), UserID: id, At: time.Now(), Decision: []byte(`{}`)}),
		s.EndSession(t.Context(), id, session.Session.ID, time.Now()),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	got := list(t, db.Owner, `SELECT DISTINCT what || ' ' || setting FROM orglogin.seen ORDER BY 1`)
	want := []string{
		"flows taken on", "identities made on", "invitations accepted on", "last_used marked off", "receipts saved off",
		"sessions ended on", "sessions started on", "sessions touched off",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

// A login that stores its session alone does not wait for the disk. One that changes anything
// else, or ends a session, does.
func TestOnlyTheSessionOfAReturningLoginMayBeLostByACrash(t *testing.T) {
	db := pgtest.New(t)
	people(t, db)
	s := open(t, db.Runtime)
	arrive(t, s, ann)
	arrive(t, s, cleo)
	live := arrival(ann)
	if _, err := s.CompleteLogin(t.Context(), live); err != nil {
		t.Fatal(err)
	}
	execute(t, db.Owner, seen)
	for _, c := range []struct {
		name    string
		prepare func(*store.Login)
		want    string
	}{
		{"a returning login", func(*store.Login) {}, "off"},
		{"one that replaces a session that does not exist", func(l *store.Login) { l.Replaces = store.NewID() }, "off"},
		{"one that ends a session", func(l *store.Login) { l.Replaces = live.Session.ID }, "on"},
		{"one with another name", func(l *store.Login) { l.Identity.Name = "Ann Marie" }, "on"},
		{"one with an invitation", func(l *store.Login) { l.Identity, l.Invitation = cleo, store.HashToken(bobsToken) }, "on"},
		{"a first login", func(l *store.Login) { l.Identity = identity("newcomer") }, "on"},
	} {
		execute(t, db.Owner, `DELETE FROM orglogin.seen`)
		l := arrival(ann)
		c.prepare(&l)
		if done, err := s.CompleteLogin(t.Context(), l); err != nil || done.Refused != "" {
			t.Fatalf("%s: got %+v, %v", c.name, done, err)
		}
		if got := list(t, db.Owner, `SELECT setting FROM orglogin.seen WHERE what = 'sessions started'`); !slices.Equal(got, []string{c.want}) {
			t.Errorf("%s: synchronous_commit is %q, want %s", c.name, got, c.want)
		}
	}
}
