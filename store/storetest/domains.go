package storetest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"orglogin/store"
	"orglogin/store/manage"
)

// newDomain is a name that no other test has.
func newDomain() string { return word("acme") + ".test" }

// claim adds a domain to an organization, and returns it as a store does.
func (f *fixture) claim(o store.Organization, domain string) store.Domain {
	f.Helper()
	n, err := f.manager().AddDomain(f.Context(), command, o.Slug, domain)
	d, err := domainOf(o, n, err)
	f.must(err)
	return d
}

// check records what a check found some time from now, and returns the domain.
func (f *fixture) check(o store.Organization, domain string, verdict store.DomainVerdict, after time.Duration) store.Domain {
	f.Helper()
	d, err := f.record(o, domain, verdict, f.now.Add(after))
	f.must(err)
	return d
}

// verified is a domain that the organization has proved, with a join mode.
func (f *fixture) verified(o store.Organization, mode store.JoinMode) store.Domain {
	f.Helper()
	d := f.claim(o, newDomain())
	f.check(o, d.Name, store.DomainProved, 0)
	d, err := f.updateDomain(o, d.Name, manage.DomainChange{Join: &mode})
	f.must(err)
	return d
}

func (f *fixture) wantDomains(o store.Organization, want ...store.Domain) {
	f.Helper()
	got, err := f.listDomains(o)
	f.must(err)
	if d := cmp.Diff(want, got); d != "" {
		f.Errorf("the domains differ (-want +got):\n%s", d)
	}
}

func (f *fixture) wantStatus(d store.Domain, want store.DomainStatus) {
	f.Helper()
	if d.Status != want {
		f.Errorf("%s is %s, want %s", d.Name, d.Status, want)
	}
}

func domains() []behaviour {
	return slices.Concat(claimedDomains(), refusedDomains(), lapsedDomains(), domainsVerifiedByHand(), dueDomains())
}

func claimedDomains() []behaviour {
	return []behaviour{
		{"are claimed once by each organization, with a token of its own", func(f *fixture) {
			o, other, name := f.organization(store.Verified), f.organization(store.Verified), newDomain()
			d := f.claim(o, name)
			want := store.Domain{
				Organization: o, Name: name, Status: store.DomainPending, Join: store.JoinOff, Token: d.Token, CreatedAt: f.now,
			}
			if diff := cmp.Diff(want, d); diff != "" {
				f.Error(diff)
			}
			if again := f.claim(o, name); again.Token != d.Token {
				f.Errorf("the token has changed to %q", again.Token)
			}
			theirs := f.claim(other, name)
			if theirs.Token == d.Token {
				f.Error("two organizations have one token")
			}
			f.wantDomains(o, d)
			f.wantDomains(other, theirs)
		}},
		{"are listed by organization, then name", func(f *fixture) {
			o := f.organization(store.Verified)
			b, a := f.claim(o, "b."+newDomain()), f.claim(o, "a."+newDomain())
			f.wantDomains(o, a, b)
			found, err := f.manager().Domains(f.Context(), command, "", manage.List{})
			f.must(err)
			for i := 1; i < len(found.Items); i++ {
				if x, y := found.Items[i-1], found.Items[i]; x.Organization+" "+x.Domain >= y.Organization+" "+y.Domain {
					f.Errorf("%s %s is before %s %s", x.Organization, x.Domain, y.Organization, y.Domain)
				}
			}
		}},
	}
}

func refusedDomains() []behaviour {
	return []behaviour{
		{"that are no stored names, of unknown organizations or not claimed are refused", func(f *fixture) {
			o := f.organization(store.Verified)
			for _, name := range []string{"", "Acme.test", "acme.test.", "bücher.test", "*.test", "a@acme.test", "acme.test\x00", strings.Repeat("a", 300)} {
				_, err := f.s.DiscoverConnection(f.Context(), name)
				f.is(err, store.ErrNotFound)
				_, err = f.s.RecordDomainCheck(f.Context(), o.ID, name, store.DomainProved, "", f.now)
				f.is(err, store.ErrNotFound)
				f.is(f.removeDomain(o, name), store.ErrNotFound)
			}
			bad, auto, ghost := store.JoinMode("always"), store.JoinAuto, store.Organization{Slug: word("ghost")}
			claimed := f.claim(o, newDomain())
			_, err := f.updateDomain(o, claimed.Name, manage.DomainChange{Join: &bad})
			f.is(err, store.ErrInvalid)
			for name, of := range map[string]store.Organization{newDomain(): o, claimed.Name: ghost} {
				_, err = f.updateDomain(of, name, manage.DomainChange{Join: &auto})
				f.is(err, store.ErrNotFound)
				_, err = f.verifyByHand(of, name, true)
				f.is(err, store.ErrNotFound)
				f.is(f.removeDomain(of, name), store.ErrNotFound)
			}
			_, err = f.listDomains(ghost)
			f.is(err, store.ErrNotFound)
			_, err = f.s.RecordDomainCheck(f.Context(), o.ID, claimed.Name, "perhaps", "", f.now)
			f.is(err, store.ErrInvalid)
			_, err = f.s.RecordDomainCheck(f.Context(), o.ID, claimed.Name, store.DomainProved, "\x00", f.now)
			f.is(err, store.ErrInvalid)
			_, err = f.s.RecordDomainCheck(f.Context(), "no id", claimed.Name, store.DomainProved, "", f.now)
			f.is(err, store.ErrNotFound)
		}},
		{"that are pending change, hide or delete nothing of the organization that has verified them", func(f *fixture) {
			o, other := f.organization(store.Verified), f.organization(store.Verified)
			held := f.verified(o, store.JoinAuto)
			f.claim(other, held.Name)
			mode, yes := store.JoinByRequest, true
			_, err := f.updateDomain(other, held.Name, manage.DomainChange{Join: &mode, Discoverable: &yes})
			f.must(err)
			_, err = f.record(other, held.Name, store.DomainProved, f.now)
			f.is(err, store.ErrConflict)
			_, err = f.verifyByHand(other, held.Name, false)
			f.is(err, store.ErrConflict)
			f.check(other, held.Name, store.DomainMissing, 0)
			f.must(f.removeDomain(other, held.Name))
			f.wantDomains(o, held)
			f.wantDomains(other)
		}},
	}
}

func lapsedDomains() []behaviour {
	return []behaviour{
		{"lapse when their record was missing for a week, and are verified again when it is right", func(f *fixture) {
			o, other := f.organization(store.Verified), f.organization(store.Verified)
			name := f.claim(o, newDomain()).Name
			if d := f.check(o, name, store.DomainMissing, 0); d.Status != store.DomainPending || !d.FailingSince.IsZero() {
				f.Errorf("got %+v", d)
			}
			if d := f.check(o, name, store.DomainProved, time.Hour); d.Status != store.DomainVerified || !d.VerifiedAt.Equal(f.now.Add(time.Hour)) || d.Detail != "proved" {
				f.Errorf("got %+v", d)
			}
			const begun = 2 * time.Hour
			for _, c := range []struct {
				verdict store.DomainVerdict
				after   time.Duration
				status  store.DomainStatus
				failing bool
			}{
				{store.DomainMissing, begun, store.DomainVerified, true},
				{store.DomainUnanswered, begun + store.DomainGrace, store.DomainVerified, true},
				{store.DomainMissing, begun + store.DomainGrace - time.Second, store.DomainVerified, true},
				{store.DomainMissing, begun + store.DomainGrace, store.DomainLapsed, true},
				{store.DomainMissing, begun + 2*store.DomainGrace, store.DomainLapsed, true},
				{store.DomainProved, begun + 3*store.DomainGrace, store.DomainVerified, false},
				{store.DomainUnanswered, begun + 4*store.DomainGrace, store.DomainVerified, false},
			} {
				d := f.check(o, name, c.verdict, c.after)
				f.wantStatus(d, c.status)
				if failing := d.FailingSince.Equal(f.now.Add(begun)); failing != c.failing || !d.CheckedAt.Equal(f.now.Add(c.after)) {
					f.Errorf("after %v it is %+v", c.after, d)
				}
			}
			f.check(o, name, store.DomainMissing, 0)
			f.check(o, name, store.DomainMissing, store.DomainGrace)
			f.claim(other, name)
			f.wantStatus(f.check(other, name, store.DomainProved, 0), store.DomainVerified)
			_, err := f.s.RecordDomainCheck(f.Context(), o.ID, name, store.DomainProved, "", f.now)
			f.is(err, store.ErrConflict)
		}},
	}
}

func domainsVerifiedByHand() []behaviour {
	return []behaviour{
		{"that are verified by hand do not lapse, and move with a take-over alone", func(f *fixture) {
			o, other := f.organization(store.Verified), f.organization(store.Verified)
			name := f.claim(o, newDomain()).Name
			f.claim(other, name)
			d, err := f.verifyByHand(o, name, false)
			f.must(err)
			if !d.ByHand || d.Status != store.DomainVerified || !d.VerifiedAt.Equal(f.now) {
				f.Errorf("got %+v", d)
			}
			f.check(o, name, store.DomainMissing, 0)
			if d := f.check(o, name, store.DomainMissing, 2*store.DomainGrace); d.Status != store.DomainVerified || !d.FailingSince.IsZero() {
				f.Errorf("got %+v", d)
			}
			d, err = f.verifyByHand(other, name, true)
			f.must(err)
			f.wantStatus(d, store.DomainVerified)
			theirs, err := f.listDomains(o)
			f.must(err)
			f.wantStatus(theirs[0], store.DomainLapsed)
			f.must(f.removeDomain(other, name))
			if d := f.check(o, name, store.DomainProved, 0); d.Status != store.DomainVerified || d.ByHand {
				f.Errorf("got %+v", d)
			}
		}},
	}
}

func dueDomains() []behaviour {
	return []behaviour{
		{"are due about once a day when they were verified by their record", func(f *fixture) {
			o := f.organization(store.Verified)
			pending, verified, byHand := f.claim(o, newDomain()), f.verified(o, store.JoinOff), f.claim(o, newDomain())
			_, err := f.verifyByHand(o, byHand.Name, false)
			f.must(err)
			f.check(o, byHand.Name, store.DomainMissing, 0)
			f.check(o, pending.Name, store.DomainMissing, 0)
			isDue := func(after time.Duration) (n int) {
				f.Helper()
				all, err := f.s.DueDomains(f.Context(), f.now.Add(after), 100_000)
				f.must(err)
				for _, d := range all {
					if d.Name == pending.Name || d.Name == byHand.Name {
						f.Errorf("%+v is due", d)
					}
					if d.Name == verified.Name {
						if diff := cmp.Diff(verified, d, ignoreCheck); diff != "" {
							f.Error(diff)
						}
						n++
					}
				}
				return n
			}
			for _, c := range []struct {
				after time.Duration
				due   int
			}{{22 * time.Hour, 0}, {26 * time.Hour, 1}, {26 * time.Hour, 0}, {48 * time.Hour, 0}, {52 * time.Hour, 1}} {
				if n := isDue(c.after); n != c.due {
					f.Errorf("after %v %d are due, want %d", c.after, n, c.due)
				}
			}
			if all, err := f.s.DueDomains(f.Context(), f.now.Add(1000*time.Hour), 0); err != nil || len(all) != 0 {
				f.Errorf("got %+v, %v", all, err)
			}
		}},
	}
}

// ignoreCheck leaves out the time of the last check.
var ignoreCheck = cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".CheckedAt" }, cmp.Ignore())

func discovery() []behaviour {
	return []behaviour{
		{"finds the first active connection of the organization that has verified a discoverable domain", func(f *fixture) {
			o, yes := f.organization(store.Verified), true
			d := f.verified(o, store.JoinOff)
			want := func(id string) {
				f.Helper()
				got, err := f.s.DiscoverConnection(f.Context(), d.Name)
				if id == "" {
					f.is(err, store.ErrNotFound)
				} else if f.must(err); got != id {
					f.Errorf("got %q, want %q", got, id)
				}
			}
			f.draft(o, "A draft")
			want("")
			second := f.active(o)
			want("")
			_, err := f.updateDomain(o, d.Name, manage.DomainChange{Discoverable: &yes})
			f.must(err)
			want(second.ID)
			first := f.draft(o, "A first one")
			f.must(f.s.FinishConnectionTest(f.Context(), first.ID, first.Revision))
			f.must(f.activate(first.ID))
			want(first.ID)
			f.check(o, d.Name, store.DomainMissing, 0)
			want(first.ID)
			f.check(o, d.Name, store.DomainMissing, store.DomainGrace)
			want("")
			for _, other := range []string{"sub." + d.Name, d.Name + ".evil.test", fmt.Sprintf("x%s", d.Name)} {
				_, err := f.s.DiscoverConnection(f.Context(), other)
				f.is(err, store.ErrNotFound)
			}
		}},
	}
}
