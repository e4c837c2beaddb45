package postgres_test

import (
	"slices"
	"testing"
	"time"

	"orglogin/store"
	"orglogin/store/postgres/pgtest"
)

// Bookkeeping does not wait for the disk; the account chain, a session and its
// end do.
func TestOnlyBookkeepingMayBeLostByACrash(t *testing.T) {
	db := pgtest.New(t)
	people(t, db)
	execute(t, db.Owner, `
CREATE TABLE orglogin.seen (what text, setting text);
CREATE FUNCTION orglogin.see() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN INSERT INTO orglogin.seen VALUES (TG_TABLE_NAME || ' ' || TG_ARGV[0], current_setting('synchronous_commit')); RETURN NULL; END $$;
CREATE TRIGGER seen AFTER INSERT ON orglogin.sessions FOR EACH ROW EXECUTE FUNCTION orglogin.see('started');
CREATE TRIGGER seen_end AFTER UPDATE OF ended_at ON orglogin.sessions FOR EACH ROW EXECUTE FUNCTION orglogin.see('ended');
CREATE TRIGGER seen_touch AFTER UPDATE OF last_seen_at ON orglogin.sessions FOR EACH ROW EXECUTE FUNCTION orglogin.see('touched');
CREATE TRIGGER seen AFTER INSERT ON orglogin.identities FOR EACH ROW EXECUTE FUNCTION orglogin.see('made');
CREATE TRIGGER seen AFTER INSERT ON orglogin.flows FOR EACH ROW EXECUTE FUNCTION orglogin.see('taken');
CREATE TRIGGER seen AFTER UPDATE ON orglogin.invitations FOR EACH ROW EXECUTE FUNCTION orglogin.see('accepted');
CREATE TRIGGER seen AFTER INSERT ON orglogin.receipts FOR EACH ROW EXECUTE FUNCTION orglogin.see('saved');
CREATE TRIGGER seen AFTER INSERT ON orglogin.last_used FOR EACH ROW EXECUTE FUNCTION orglogin.see('marked')`)
	s := open(t, db.Runtime)
	user := arrive(t, s, ann).Snapshot
	id, session := user.Profile.ID, arrival(ann)
	_, err := s.CompleteLogin(t.Context(), session)
	guest := arrive(t, s, cleo).Snapshot.Profile.ID
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
