package postgres_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"orglogin/store"
	"orglogin/store/postgres"
	"orglogin/store/postgres/pgtest"
)

// proxy stands before a server and counts round trips: how often the client
// speaks after the server has spoken.
type proxy struct {
	trips atomic.Int64
	host  string
}

func newProxy(t testing.TB, server *pgtest.Server) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	target, err := url.Parse(server.URL("", ""))
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{host: l.Addr().String()}
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(client, target.Host)
		}
	}()
	return p
}

func (p *proxy) serve(client net.Conn, target string) {
	defer client.Close()
	server, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	defer server.Close()
	var spoke atomic.Bool // the server was the last to speak
	spoke.Store(true)
	go func() {
		_, _ = io.Copy(speaker{client, func() { spoke.Store(true) }}, server)
		client.Close()
	}()
	_, _ = io.Copy(speaker{server, func() {
		if spoke.CompareAndSwap(true, false) {
			p.trips.Add(1)
		}
	}}, client)
}

// speaker tells of each write before it happens.
type speaker struct {
	io.Writer
	before func()
}

func (s speaker) Write(b []byte) (int, error) {
	s.before()
	return s.Writer.Write(b)
}

// through is a URL by way of the proxy.
func (p *proxy) through(t testing.TB, to, query string) string {
	t.Helper()
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	u.Host, u.RawQuery = p.host, query
	return u.String()
}

// questions are one of each that the service asks.
func questions(t testing.TB, s *postgres.Store) map[string]func() error {
	t.Helper()
	done := arrive(t, s, ann)
	session := arrival(ann)
	if _, err := s.CompleteLogin(t.Context(), session); err != nil {
		t.Fatal(err)
	}
	user, place := done.Snapshot.Profile.ID, done.Snapshot.Memberships[0].Organization
	hash := store.HashToken(bobsToken)
	at := func(name, domain string) store.Identity {
		id := identity(name)
		id.Email = name + "@" + domain
		return id
	}
	asking := arrival(at("dora", "colleagues.test"))
	colleague, err := s.CompleteLogin(t.Context(), asking)
	if err != nil {
		t.Fatal(err)
	}
	ref := store.SessionRef{ID: asking.Session.ID, UserID: colleague.Snapshot.Profile.ID}
	return map[string]func() error{
		"CompleteLogin": func() error {
			l := arrival(ann)
			l.Replaces, l.Invitation, l.Slugs = store.NewID(), hash, []string{"acme", "umbra"}
			_, err := s.CompleteLogin(t.Context(), l)
			return err
		},
		"CompleteLogin, the first": func() error {
			_, err := s.CompleteLogin(t.Context(), arrival(identity("new-"+store.NewReceiptID())))
			return err
		},
		"CompleteLogin, the first, that joins by a domain": func() error {
			return joins(t, s, at("new-"+store.NewReceiptID(), "joining.test"))
		},
		"CompleteLogin, the first, by an organization's own connection": func() error {
			id := at("new-"+store.NewReceiptID(), "joining.test")
			id.Connection = theirConnection
			return joins(t, s, id)
		},
		"DiscoverConnection": func() error { _, err := s.DiscoverConnection(t.Context(), "joining.test"); return err },
		"JoinOffers":         func() error { _, err := s.JoinOffers(t.Context(), ref, time.Now()); return err },
		"RequestJoin":        func() error { return s.RequestJoin(t.Context(), ref, "acme", time.Now()) },
		"DueDomains":         func() error { _, err := s.DueDomains(t.Context(), time.Now(), 10); return err },
		"RecordDomainCheck": func() error {
			_, err := s.RecordDomainCheck(t.Context(), place.ID, "colleagues.test", store.DomainProved, "", time.Now())
			return err
		},
		"AccessSnapshot": func() error {
			_, err := s.AccessSnapshot(t.Context(), store.AccessQuery{UserID: user, Slugs: []string{"acme", "umbra"}, Invitation: hash})
			return err
		},
		"AcceptInvitation":   func() error { _, err := s.AcceptInvitation(t.Context(), user, hash, time.Now()); return err },
		"MarkUsed":           func() error { return s.MarkUsed(t.Context(), user, place.ID, time.Now()) },
		"OrganizationBySlug": func() error { _, err := s.OrganizationBySlug(t.Context(), "acme"); return err },
		"Invitation":         func() error { _, err := s.Invitation(t.Context(), hash); return err },
		"InvitationsFor":     func() error { _, err := s.InvitationsFor(t.Context(), user, time.Now()); return err },
		"Session":            func() error { _, err := s.Session(t.Context(), user, session.Session.SecretHash); return err },
		"TouchSession":       func() error { return s.TouchSession(t.Context(), user, session.Session.ID, time.Now()) },
		"EndSession":         func() error { return s.EndSession(t.Context(), user, store.NewID(), time.Now()) },
		"EndOrganizationSessions": func() error {
			_, err := s.EndOrganizationSessions(t.Context(), user, []string{place.ID}, time.Now())
			return err
		},
		"EndSessions": func() error {
			_, err := s.EndSessions(t.Context(), done.Snapshot.Profile.ID, session.Now.AddDate(-1, 0, 0))
			return err
		},
		"TakeFlow": func() error {
			_, err := s.TakeFlow(t.Context(), store.NewID(), time.Now().Add(time.Minute))
			return err
		},
		"SaveReceipt": func() error {
			return s.SaveReceipt(t.Context(), store.Receipt{ID: store.NewReceiptID(), UserID: user, At: time.Now(), Decision: []byte(`{}`)})
		},
		"SaveReceipts": func() error {
			all := make([]store.Receipt, 20)
			for i := range all {
				all[i] = store.Receipt{ID: store.NewReceiptID(), UserID: user, At: time.Now(), Decision: []byte(`{}`)}
			}
			return s.SaveReceipts(t.Context(), all)
		},
		"Receipt": func() error {
			_, err := s.Receipt(t.Context(), user, store.NewReceiptID())
			if errors.Is(err, store.ErrNotFound) {
				return nil
			}
			return err
		},
		"Ping": func() error { return s.Ping(t.Context()) },
	}
}

// joins logs a person in and expects that the login joined an organization.
func joins(t testing.TB, s *postgres.Store, id store.Identity) error {
	done, err := s.CompleteLogin(t.Context(), arrival(id))
	if err == nil && done.Joined == "" {
		err = fmt.Errorf("%s did not join: %+v", id.Email, done)
	}
	return err
}

// Claims and question travel together: one round trip, also where a pooler
// allows no prepared statements.
func TestEveryQuestionIsOneRoundTrip(t *testing.T) {
	for mode, query := range map[string]string{
		"prepared":     "pool_max_conns=1",
		"not prepared": "pool_max_conns=1&default_query_exec_mode=exec",
	} {
		t.Run(mode, func(t *testing.T) {
			db := pgtest.New(t)
			people(t, db)
			execute(t, db.Owner, domainsOfPeople)
			p := newProxy(t, db.Server)
			s := open(t, p.through(t, db.Runtime, query))
			for name, ask := range questions(t, s) {
				least := int64(100)
				for range 3 { // the first prepares
					before := p.trips.Load()
					if err := ask(); err != nil {
						t.Fatalf("%s: %v", name, err)
					}
					least = min(least, p.trips.Load()-before)
				}
				if least != 1 {
					t.Errorf("%s took %d round trips", name, least)
				}
			}
		})
	}
}

// A question is planned a few times and then no more: planning one costs more
// than answering it.
func TestEveryQuestionKeepsItsPlan(t *testing.T) {
	db := pgtest.New(t)
	people(t, db)
	execute(t, db.Owner, domainsOfPeople)
	s := open(t, db.Runtime+"?pool_max_conns=1")
	for name, ask := range questions(t, s) {
		for range 12 {
			if err := ask(); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
	}
	rows, err := s.Pool().Query(t.Context(), `SELECT p.statement FROM pg_prepared_statements AS p WHERE p.custom_plans > 5`)
	if err != nil {
		t.Fatal(err)
	}
	replanned, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range replanned {
		t.Errorf("planned at each execution: %s", statement)
	}
	// A call of auth.uid() that is not put in place costs 50 microseconds, and
	// a policy makes several.
	for _, call := range []string{"auth.uid()", "auth.jwt()"} {
		for _, line := range list(t, db.Runtime, `EXPLAIN (VERBOSE) SELECT `+call) {
			if strings.Contains(line, call) {
				t.Errorf("%s is called: %s", call, line)
			}
		}
	}
}
