package storetest

import (
	"errors"
	"testing"

	"orglogin/store"
	"orglogin/store/manage"
)

// closed asks a store that has been closed; nothing it says may read as an answer.
func closed(t *testing.T, s Store) {
	f := newFixture(t, s)
	id := someone()
	o := f.organization(store.Verified)
	ann := f.member(id, "member", o)
	f.must(s.Close())
	ctx := f.Context()
	errs := map[string]error{}
	_, errs["CompleteLogin"] = s.CompleteLogin(ctx, f.arrival(someone()))
	_, errs["AcceptInvitation"] = s.AcceptInvitation(ctx, ann.ID, hash(), f.now)
	_, errs["AccessSnapshot"] = s.AccessSnapshot(ctx, store.AccessQuery{UserID: store.NewID()})
	_, errs["OrganizationBySlug"] = s.OrganizationBySlug(ctx, word("unseen"))
	_, errs["Invitation"] = s.Invitation(ctx, hash())
	_, errs["InvitationsFor"] = s.InvitationsFor(ctx, ann.ID, f.now)
	_, errs["Session"] = s.Session(ctx, ann.ID, hash())
	errs["EndSession"] = s.EndSession(ctx, ann.ID, store.NewID(), f.now)
	_, errs["EndOrganizationSessions"] = s.EndOrganizationSessions(ctx, ann.ID, []string{o.ID}, f.now)
	_, errs["EndSessions"] = s.EndSessions(ctx, ann.ID, f.now)
	_, errs["TakeFlow"] = s.TakeFlow(ctx, store.NewID(), f.now.Add(1))
	_, errs["Receipt"] = s.Receipt(ctx, ann.ID, store.NewReceiptID())
	_, errs["AnyReceipt"] = s.AnyReceipt(ctx, store.NewReceiptID())
	_, errs["Profiles"] = s.Profiles(ctx, id.Email)
	_, errs["SessionsOf"] = s.SessionsOf(ctx, ann.ID)
	errs["Import"] = s.Import(ctx, store.ImportFile{Organizations: []store.ImportOrganization{{Slug: word("late")}}}, f.now)
	ref, name := store.SessionRef{ID: store.NewID(), UserID: ann.ID}, newDomain()
	_, errs["DiscoverConnection"] = s.DiscoverConnection(ctx, name)
	_, errs["JoinOffers"] = s.JoinOffers(ctx, ref, f.now)
	errs["RequestJoin"] = s.RequestJoin(ctx, ref, o.Slug, f.now)
	_, errs["DueDomains"] = s.DueDomains(ctx, f.now, 1)
	_, errs["RecordDomainCheck"] = s.RecordDomainCheck(ctx, o.ID, name, store.DomainProved, "", f.now)
	_, _, errs["LoginDomain"] = s.LoginDomain(ctx, id, ann.ID)
	_, errs["an operation that reads"] = f.manager().Domains(ctx, command, "", manage.List{})
	_, errs["an operation that writes"] = f.manager().AddDomain(ctx, command, o.Slug, name)
	errs["Ping"] = s.Ping(ctx)
	for method, err := range errs {
		if err == nil {
			t.Errorf("%s: no error", method)
		}
		for _, answer := range []error{store.ErrNotFound, store.ErrConflict, store.ErrInvalid, store.ErrBehind} {
			if errors.Is(err, answer) {
				t.Errorf("%s: the failure reads as an answer: %v", method, err)
			}
		}
	}
}
