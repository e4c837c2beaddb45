package postgres_test

import (
	"testing"
	"time"

	"orglogin/store"
	"orglogin/store/postgres/pgtest"
)

// The database decides as the service does, for every combination of what an
// invitation and a person can be.
func TestInvitationVerdictIsThatOfThePackageStore(t *testing.T) {
	db := pgtest.New(t)
	conn := connect(t, db.Owner)
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	people := []string{"", store.NewID(), store.NewID()} // none; the person; someone else
	seen := map[store.Reason]bool{}
	for c := range 2 * 3 * 2 * 3 * 2 * 2 * 2 * 2 {
		pick := func(n int) int { i := c % n; c /= n; return i }
		i := &store.Invitation{
			ID: store.NewID(), AcceptedBy: people[pick(3)], Revoked: pick(2) == 1, Email: "ann@people.test",
			ExpiresAt: now.Add(time.Duration(pick(3)-1) * time.Microsecond), Role: "member",
		}
		who := store.Invitee{
			ProfileID: people[pick(2)], EmailVerified: pick(2) == 1,
			Role: []string{"", "member"}[pick(2)], Email: []string{"ann@people.test", "bob@people.test"}[pick(2)],
		}
		if pick(2) == 1 {
			i = nil
		}
		if who.ProfileID == "" && who.Role != "" {
			continue // no person without a profile is a member
		}
		want := i.For(who, now).Reason
		seen[want] = true
		var id, acceptedBy, person *string
		var invitation store.Invitation
		if i != nil {
			id, invitation = &i.ID, *i
			if i.AcceptedBy != "" {
				acceptedBy = &i.AcceptedBy
			}
		}
		if who.ProfileID != "" {
			person = &who.ProfileID
		}
		var got store.Reason
		if err := conn.QueryRow(t.Context(), `
SELECT orglogin.invitation_verdict(i, $6::uuid, $7::boolean, $8::text, $9::boolean, $10::timestamptz)
FROM (SELECT) AS one_row
LEFT JOIN jsonb_populate_record(NULL::orglogin.invitations, jsonb_build_object(
	'id', $1::uuid, 'accepted_by', $2::uuid, 'revoked', $3::boolean, 'email', $4::text, 'expires_at', $5::timestamptz)) AS i ON $1::uuid IS NOT NULL`,
			id, acceptedBy, invitation.Revoked, invitation.Email, invitation.ExpiresAt,
			person, who.Role != "", who.Email, who.EmailVerified, now).Scan(&got); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("%+v for %+v: the database says %s, want %s", i, who, got, want)
		}
	}
	if len(seen) != 7 {
		t.Errorf("the combinations have the verdicts %v", seen)
	}
}
