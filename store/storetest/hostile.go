package storetest

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"orglogin/store"
	"orglogin/store/manage"
)

// hostileStrings are what a store may meet in any string that it is given.
func hostileStrings() []string {
	return []string{
		"", " ", "'", `"`, `\`, "''; --", "'; DROP TABLE profiles; --", `" OR "1"="1`, "$1", "?1", ":now", "%", "_", "{}", "null",
		"\x00", "a\x00b", "\x1b[31m", "a\r\nSet-Cookie: a=b", "\xff\xfe", "a\xc3", "\xed\xa0\x80", "\u2028", "\u202eevil", "\ufeff", "🏢", "ａｃｍｅ", "victím@acme.test",
		"00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-00000000000G", "../../etc/passwd", "<script>", "-1", "1e400",
		strings.Repeat("a", 100_000), strings.Repeat("é", 50_000),
	}
}

// show is the string, short.
func show(s string) string {
	if len(s) > 40 {
		return fmt.Sprintf("%q… (%d bytes)", s[:40], len(s))
	}
	return fmt.Sprintf("%q", s)
}

// eachHostile runs ask with every hostile string and allows no error but these.
func eachHostile(name string, ask func(f *fixture, s string) error, these ...error) behaviour {
	return behaviour{name, func(f *fixture) {
		for _, s := range hostileStrings() {
			f.Run(show(s), func(t *testing.T) {
				g := newFixture(t, f.s)
				g.allowed(ask(g, s), these...)
			})
		}
	}}
}

// hostileLogin stores what change makes of an identity, and wants it back or refused.
func hostileLogin(name string, change func(id *store.Identity, s string), stored func(p store.Profile) string) behaviour {
	return eachHostile(name, func(f *fixture, s string) error {
		id := someone()
		change(&id, s)
		c, err := f.s.CompleteLogin(f.Context(), f.arrival(id))
		if err == nil && stored != nil && s != "" && stored(c.Snapshot.Profile) != s {
			f.Errorf("stored %s", show(stored(c.Snapshot.Profile)))
		}
		return err
	}, store.ErrInvalid)
}

func hostileImport(name string, file func(f *fixture, s string) store.ImportFile) behaviour {
	return eachHostile(name, func(f *fixture, s string) error {
		return f.s.Import(f.Context(), file(f, s), f.now)
	}, store.ErrInvalid)
}

func hostile() []behaviour {
	return slices.Concat(hostileLogins(), hostileQueries(), hostileDomainsAndDecisions(), hostileImports())
}

func hostileLogins() []behaviour {
	return []behaviour{
		hostileLogin("as a name", func(id *store.Identity, s string) { id.Name = s }, func(p store.Profile) string { return p.Name }),
		hostileLogin("as a picture", func(id *store.Identity, s string) { id.Picture = s }, func(p store.Profile) string { return p.Picture }),
		hostileLogin("as an address", func(id *store.Identity, s string) { id.Email = s }, func(p store.Profile) string { return p.Email }),
		hostileLogin("as a subject", func(id *store.Identity, s string) { id.Subject = s }, nil),
		hostileLogin("as an issuer", func(id *store.Identity, s string) { id.Issuer = s }, nil),
		eachHostile("as a name that gives an organization its name", func(f *fixture, s string) error {
			l := f.arrival(someone())
			l.Identity.Name, l.Signup = s, store.SignupOrganization
			c, err := f.s.CompleteLogin(f.Context(), l)
			if err == nil && s != "" && (len(c.Snapshot.Memberships) != 1 || c.Snapshot.Memberships[0].Organization.Name != l.Identity.FirstOrganizationName()) {
				f.Errorf("got %+v", c.Snapshot.Memberships)
			}
			return err
		}, store.ErrInvalid),
		eachHostile("as an unknown signup policy", func(f *fixture, s string) error {
			l := f.arrival(someone())
			l.Signup = store.Signup("x" + s)
			if _, err := f.s.CompleteLogin(f.Context(), l); err != nil {
				return err
			}
			return fmt.Errorf("it was taken")
		}, store.ErrInvalid),
		eachHostile("as a session to replace", func(f *fixture, s string) error {
			l := f.arrival(someone())
			l.Replaces = s
			_, err := f.s.CompleteLogin(f.Context(), l)
			return err
		}),
		eachHostile("as an id or hash of a new session", func(f *fixture, s string) error {
			l := f.arrival(someone())
			l.Session.ID = s
			_, err := f.s.CompleteLogin(f.Context(), l)
			f.allowed(err, store.ErrInvalid)
			l = f.arrival(someone())
			l.Session.SecretHash = []byte(s)
			_, err = f.s.CompleteLogin(f.Context(), l)
			f.is(err, store.ErrInvalid)
			l = f.arrival(someone())
			l.Session.BrowserHash = []byte(s)
			_, err = f.s.CompleteLogin(f.Context(), l)
			return err
		}, store.ErrInvalid),
		eachHostile("as slugs of a login", func(f *fixture, s string) error {
			l := f.arrival(someone())
			l.Slugs = []string{s, "xn--" + s}
			_, err := f.s.CompleteLogin(f.Context(), l)
			return err
		}),
	}
}

func hostileQueries() []behaviour {
	return []behaviour{
		eachHostile("as a person", func(f *fixture, s string) error {
			o := f.organization(store.Verified)
			i := f.invite(o, someone().Email, "member")
			_, err := f.s.AccessSnapshot(f.Context(), store.AccessQuery{UserID: s})
			f.is(err, store.ErrNotFound)
			_, err = f.s.AcceptInvitation(f.Context(), s, i.hash, f.now)
			f.is(err, store.ErrNotFound)
			_, err = f.s.Session(f.Context(), s, hash())
			f.is(err, store.ErrNotFound)
			_, err = f.s.Receipt(f.Context(), s, store.NewReceiptID())
			f.is(err, store.ErrNotFound)
			f.must(f.s.MarkUsed(f.Context(), s, o.ID, f.now))
			f.must(f.s.TouchSession(f.Context(), s, store.NewID(), f.now))
			f.must(f.s.EndSession(f.Context(), s, store.NewID(), f.now))
			if n, err := f.s.EndSessions(f.Context(), s, f.now); n != 0 || err != nil {
				f.Errorf("ended %d: %v", n, err)
			}
			if got, err := f.s.InvitationsFor(f.Context(), s, f.now); len(got) != 0 || err != nil {
				f.Errorf("got %v: %v", got, err)
			}
			if got, err := f.s.SessionsOf(f.Context(), s); len(got) != 0 || err != nil {
				f.Errorf("got %v: %v", got, err)
			}
			return nil
		}),
		eachHostile("as what a person asks for", func(f *fixture, s string) error {
			ann := f.profile(someone())
			_, err := f.s.Session(f.Context(), ann.ID, []byte(s))
			f.is(err, store.ErrNotFound)
			_, err = f.s.Receipt(f.Context(), ann.ID, s)
			f.is(err, store.ErrNotFound)
			_, err = f.s.AnyReceipt(f.Context(), s)
			f.is(err, store.ErrNotFound)
			_, err = f.s.Invitation(f.Context(), []byte(s))
			f.is(err, store.ErrNotFound)
			_, err = f.s.OrganizationBySlug(f.Context(), s)
			f.is(err, store.ErrNotFound)
			r, err := f.s.AcceptInvitation(f.Context(), ann.ID, []byte(s), f.now)
			f.must(err)
			f.wantReason(r, store.Unknown)
			f.must(f.s.MarkUsed(f.Context(), ann.ID, s, f.now))
			f.must(f.s.TouchSession(f.Context(), ann.ID, s, f.now))
			f.must(f.s.EndSession(f.Context(), ann.ID, s, f.now))
			if got, err := f.s.Profiles(f.Context(), s); len(got) != 0 || err != nil {
				f.Errorf("got %v: %v", got, err)
			}
			got, err := f.s.AccessSnapshot(f.Context(), store.AccessQuery{UserID: ann.ID, Slugs: []string{s}, Invitation: []byte(s)})
			f.must(err)
			if len(got.Organizations) != 0 || got.Invitation != nil {
				f.Errorf("got %+v", got)
			}
			return nil
		}),
	}
}

func hostileDomainsAndDecisions() []behaviour {
	return []behaviour{
		eachHostile("as a domain, and as what a person may join by it", func(f *fixture, s string) error {
			_, err := f.s.DiscoverConnection(f.Context(), s)
			f.allowed(err, store.ErrNotFound)
			_, err = f.s.JoinOffers(f.Context(), store.SessionRef{ID: s, UserID: s}, f.now)
			f.allowed(err)
			f.allowed(f.s.RequestJoin(f.Context(), store.SessionRef{ID: store.NewID(), UserID: store.NewID()}, s, f.now), store.ErrNotFound)
			_, err = f.s.RecordDomainCheck(f.Context(), s, s, store.DomainMissing, s, f.now)
			f.allowed(err, store.ErrNotFound, store.ErrInvalid)
			_, err = f.decide(s, true)
			f.allowed(err, store.ErrNotFound)
			return nil
		}),
		eachHostile("as a domain of the operator", func(f *fixture, s string) error {
			o := f.organization(store.Verified)
			_, err := f.manager().AddDomain(f.Context(), command, o.Slug, s)
			f.allowed(err, store.ErrInvalid)
			_, err = f.verifyByHand(o, s, true)
			f.allowed(err, store.ErrNotFound)
			f.allowed(f.removeDomain(o, s), store.ErrNotFound)
			_, err = f.manager().AddDomain(f.Context(), command, s, newDomain())
			return err
		}, store.ErrNotFound),
		eachHostile("as a flow", func(f *fixture, s string) error {
			ok, err := f.s.TakeFlow(f.Context(), s, f.now.Add(time.Minute))
			if err != nil || !ok {
				return err
			}
			if again, err := f.s.TakeFlow(f.Context(), s, f.now.Add(time.Minute)); err != nil || again {
				f.Errorf("the second time got %v, %v", again, err)
			}
			return nil
		}, store.ErrInvalid),
		eachHostile("as a decision", func(f *fixture, s string) error {
			r := store.Receipt{ID: store.NewReceiptID(), UserID: f.profile(someone()).ID, At: f.now, Decision: []byte(s)}
			if err := f.s.SaveReceipt(f.Context(), r); err != nil {
				return err
			}
			f.eventually(func() string {
				got, err := f.s.AnyReceipt(f.Context(), r.ID)
				if err != nil {
					return err.Error()
				}
				if !bytes.Equal(got.Decision, r.Decision) {
					return "stored " + show(string(got.Decision))
				}
				return ""
			})
			return nil
		}, store.ErrInvalid),
	}
}

func hostileImports() []behaviour {
	return []behaviour{
		eachHostile("in an invitation of the operator", func(f *fixture, s string) error {
			_, err := f.createInvitation(s, manage.NewInvitation{Email: "bob@people.test"})
			f.is(err, store.ErrNotFound)
			slug := f.organization(store.Verified).Slug
			_, err = f.createInvitation(slug, manage.NewInvitation{Email: s})
			f.is(err, store.ErrInvalid)
			_, err = f.createInvitation(slug, manage.NewInvitation{Email: "bob@people.test", Role: s})
			return err
		}, store.ErrInvalid),
		hostileImport("as an imported organization's name", func(f *fixture, s string) store.ImportFile {
			return store.ImportFile{Organizations: []store.ImportOrganization{{Slug: word("hostile"), Name: s}}}
		}),
		hostileImport("as an imported slug", func(f *fixture, s string) store.ImportFile {
			return store.ImportFile{Organizations: []store.ImportOrganization{{Slug: "x." + s}}}
		}),
		hostileImport("as an imported name", func(f *fixture, s string) store.ImportFile {
			return store.ImportFile{Users: []store.ImportUser{{Email: someone().Email, Name: s}}}
		}),
		hostileImport("as an imported subject", func(f *fixture, s string) store.ImportFile {
			return store.ImportFile{Users: []store.ImportUser{{Email: someone().Email, Issuer: "https://hostile.test", Subject: s}}}
		}),
		hostileImport("as an imported role and token", func(f *fixture, s string) store.ImportFile {
			return store.ImportFile{Invitations: []store.ImportInvitation{{
				Organization: f.organization(store.Verified).Slug, Email: "bob@people.test", Role: s, Token: s + word("token") + word("token"), ExpiresAt: f.now.Add(time.Hour),
			}}}
		}),
	}
}
