package postgres_test

import (
	"context"
	"crypto/md5"
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"orglogin/store"
	"orglogin/store/manage"
	"orglogin/store/postgres"
	"orglogin/store/postgres/pgtest"
)

// populate fills every table. People are as many as organizations or more, each with a session and a receipt and as many places as
// memberships there are for them; each organization has an invitation, a provider, a domain.
func populate(t testing.TB, db pgtest.Database, organizations, people, memberships int) {
	t.Helper()
	execute(t, db.Superuser, fmt.Sprintf(`
SET session_replication_role = replica; -- neither triggers nor foreign keys
CREATE FUNCTION pg_temp.id(kind text, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT md5(kind || n)::uuid $$;
INSERT INTO orglogin.organizations (id, name, slug, subdomain_status)
	SELECT pg_temp.id('o', n), 'Organization ' || n, 'many-' || n, 'verified' FROM generate_series(1, %[1]d) AS n;
INSERT INTO orglogin.organization_slugs (slug, organization_id)
	SELECT 'once-' || n, pg_temp.id('o', n) FROM generate_series(1, %[1]d) AS n;
INSERT INTO orglogin.workspaces (organization_id, name)
	SELECT pg_temp.id('o', n), 'Workspace' FROM generate_series(1, %[1]d) AS n;
INSERT INTO orglogin.profiles (id, email, email_verified, authoritative, name)
	SELECT pg_temp.id('p', n), 'many-' || n || '@people.test', true, true, 'Person ' || n FROM generate_series(1, %[2]d) AS n;
INSERT INTO orglogin.identities (issuer, subject, profile_id)
	SELECT 'https://op.test', 'many-' || n, pg_temp.id('p', n) FROM generate_series(1, %[2]d) AS n;
INSERT INTO orglogin.memberships (profile_id, organization_id, role)
	SELECT pg_temp.id('p', 1 + n %% %[2]d), pg_temp.id('o', 1 + (n * 7 + n / %[2]d) %% %[1]d), 'member' FROM generate_series(1, %[3]d) AS n
	ON CONFLICT DO NOTHING;
INSERT INTO orglogin.last_used
	SELECT m.profile_id, min(m.organization_id::text)::uuid, now() FROM orglogin.memberships AS m GROUP BY 1;
INSERT INTO orglogin.sessions (id, profile_id, secret_hash, browser_hash, created_at, last_seen_at, expires_at)
	SELECT pg_temp.id('s', n), pg_temp.id('p', n), sha256(n::text::bytea), sha256('b'), now(), now(), now() + interval '12 hours' FROM generate_series(1, %[2]d) AS n;
INSERT INTO orglogin.session_connections (session_id, connection_id, profile_id, at)
	SELECT pg_temp.id('s', n), 'default', pg_temp.id('p', n), now() FROM generate_series(1, %[2]d) AS n;
INSERT INTO orglogin.organization_settings (organization_id, sso) SELECT pg_temp.id('o', n), 'optional' FROM generate_series(1, %[1]d) AS n;
INSERT INTO orglogin.organization_brands (organization_id, color, logo_hash, logo)
	SELECT pg_temp.id('o', n), '#17595e', md5(n::text), decode('00', 'hex') FROM generate_series(1, %[1]d) AS n;
INSERT INTO orglogin.organization_domains (organization_id, domain, status, token, join_mode, discoverable, next_check_at)
	SELECT pg_temp.id('o', n), 'many-' || n || '.test', 'verified', 'token', 'auto', true, now() + n * interval '1 second' FROM generate_series(1, %[1]d) AS n;
INSERT INTO orglogin.join_requests (organization_id, profile_id, email, created_at)
	SELECT pg_temp.id('o', n), pg_temp.id('p', n), 'many-' || n || '@people.test', now() FROM generate_series(1, %[1]d) AS n;
INSERT INTO orglogin.removed_members (profile_id, organization_id)
	SELECT pg_temp.id('p', n), pg_temp.id('o', n) FROM generate_series(1, %[1]d) AS n;
INSERT INTO orglogin.connections (id, organization_id, name, issuer, client_id, sealed_secret, state)
	SELECT 'c-' || translate(left(md5('c' || n), 16), '0189', 'xyzw'), pg_temp.id('o', n), 'Their provider', 'https://op.test', 'client', '', 'active' FROM generate_series(1, %[1]d) AS n;
INSERT INTO orglogin.connection_tests (token_hash, connection_id, revision, expires_at)
	SELECT sha256(('t' || n)::bytea), 'c-' || translate(left(md5('c' || n), 16), '0189', 'xyzw'), 1, now() + interval '15 minutes' FROM generate_series(1, %[1]d) AS n;
INSERT INTO orglogin.receipts
	SELECT translate(left(md5('r' || n), 16), '0189', 'xyzw'), pg_temp.id('p', n), now(), '{}' FROM generate_series(1, %[2]d) AS n ON CONFLICT DO NOTHING;
INSERT INTO orglogin.invitations (organization_id, email, role, token_hash, expires_at)
	SELECT pg_temp.id('o', n), 'invited-' || n || '@people.test', 'member', sha256(('i' || n)::bytea), now() + interval '1 day' FROM generate_series(1, %[1]d) AS n;
INSERT INTO orglogin.outbox SELECT i.id, '', 'sent', 1, now(), now(), '' FROM orglogin.invitations AS i;
INSERT INTO orglogin.flows SELECT 'many-' || n, now() + interval '1 hour' FROM generate_series(1, %[1]d) AS n`, organizations, people, memberships))
	execute(t, db.Owner, `ANALYZE`)
}

// many asks as one of the many people.
func many(t testing.TB, s store.Store, n int) map[string]func() error {
	t.Helper()
	id := identity(fmt.Sprintf("many-%d", n))
	ctx := context.WithoutCancel(t.Context())
	done, err := s.CompleteLogin(ctx, arrival(id))
	if err != nil || len(done.Snapshot.Memberships) == 0 {
		t.Fatalf("got %+v, %v", done, err)
	}
	user := done.Snapshot.Profile.ID
	return map[string]func() error{
		"first login": func() error {
			_, err := s.CompleteLogin(ctx, arrival(identity("new-"+store.NewReceiptID())))
			return err
		},
		"returning login": func() error {
			l := arrival(id)
			l.Slugs = []string{fmt.Sprintf("many-%d", n), fmt.Sprintf("once-%d", n+1)}
			_, err := s.CompleteLogin(ctx, l)
			return err
		},
		"first login that joins by a domain": func() error {
			id := identity("new-" + store.NewReceiptID())
			id.Email = fmt.Sprintf("%s@many-%d.test", id.Subject, n)
			done, err := s.CompleteLogin(ctx, arrival(id))
			if err == nil && done.Joined == "" {
				err = fmt.Errorf("got %+v", done)
			}
			return err
		},
		"discovery": func() error {
			_, err := s.DiscoverConnection(ctx, fmt.Sprintf("many-%d.test", n))
			return err
		},
		"lookup": func() error {
			_, err := s.AccessSnapshot(ctx, store.AccessQuery{UserID: user})
			return err
		},
		"verify": func() error { // of a session that is not remembered
			hash := sha256.Sum256([]byte(strconv.Itoa(n)))
			if _, err := s.Session(ctx, user, hash[:]); err != nil {
				return err
			}
			_, err := s.AccessSnapshot(ctx, store.AccessQuery{UserID: user, Slugs: []string{fmt.Sprintf("many-%d", n)}})
			return err
		},
		"lookup of a slug": func() error {
			_, err := s.OrganizationBySlug(ctx, fmt.Sprintf("many-%d", n))
			return err
		},
		"brands": func() error {
			o, err := s.OrganizationBySlug(ctx, fmt.Sprintf("many-%d", n))
			if err != nil {
				return err
			}
			all, err := s.OrganizationBrands(ctx, []string{o.ID, store.NewID()})
			if err == nil && len(all) != 1 {
				err = fmt.Errorf("got %+v", all)
			}
			return err
		},
		"logo": func() error {
			_, err := s.Logo(ctx, fmt.Sprintf("%x", md5.Sum([]byte(strconv.Itoa(n)))))
			return err
		},
		"lookup of an old slug": func() error {
			o, err := s.OrganizationBySlug(ctx, fmt.Sprintf("once-%d", n))
			if err == nil && o.Slug != fmt.Sprintf("many-%d", n) {
				err = fmt.Errorf("got %+v", o)
			}
			return err
		},
	}
}

var sequential = regexp.MustCompile(`Seq Scan on (\w+)`)

// The plans are those of the statements inside the functions too, with the
// policies in them, custom and generic, as the server itself logs them.
func TestNoQuestionReadsAWholeTable(t *testing.T) {
	db := pgtest.New(t)
	people(t, db)
	execute(t, db.Owner, domainsOfPeople)
	populate(t, db, scaleOrganizations, scalePeople, scaleMemberships)
	execute(t, db.Superuser, `
ALTER DATABASE `+db.Name+` SET session_preload_libraries = 'auto_explain';
ALTER DATABASE `+db.Name+` SET auto_explain.log_min_duration = 0;
ALTER DATABASE `+db.Name+` SET auto_explain.log_nested_statements = on;
ALTER DATABASE `+db.Name+` SET log_min_messages = 'log'`)
	s := open(t, db.Runtime+"?pool_max_conns=1")
	all := questions(t, s)
	for name, ask := range many(t, s, scaleOrganizations/2) {
		all[name] = ask
	}
	all["sweep"] = func() error { return postgres.Sweep(s, t.Context()) }
	for name, ask := range manyPages(t, openOperator(t, db.API), "many-7") {
		all[name] = ask
	}
	delete(all, "Ping") // reads the five rows of the versions
	for name, ask := range all {
		before := len(log(t, db))
		for range 8 { // from the sixth on the plan is the generic one
			if err := ask(); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		plans := log(t, db)[before:]
		if !strings.Contains(plans, "Index") && name != "TakeFlow" && !strings.HasPrefix(name, "SaveReceipt") {
			t.Errorf("%s: no plan was logged: %s", name, plans)
		}
		for _, found := range sequential.FindAllString(plans, -1) {
			t.Errorf("%s: %s in %s", name, found, plans)
		}
	}
	t.Run("and the check finds one", func(t *testing.T) {
		before := len(log(t, db))
		if _, err := s.Pool().Exec(t.Context(), `SELECT count(*) FROM orglogin.schema_versions`); err != nil {
			t.Fatal(err)
		}
		if !sequential.MatchString(log(t, db)[before:]) {
			t.Error("a sequential scan went unseen")
		}
	})
}

func log(t *testing.T, db pgtest.Database) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(db.Server.Dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// BenchmarkScale is the median of each question and the pages that it touches, among ten organizations and at the size of this build,
// one beside the other.
func BenchmarkScale(b *testing.B) {
	const few = 10
	var names []string
	sizes := []int{few, scaleOrganizations}
	stores, questions := make([]*postgres.Store, len(sizes)), make([]map[string]func() error, len(sizes))
	for i, organizations := range sizes {
		db, filling, people := pgtest.New(b), time.Now(), organizations*(scalePeople/scaleOrganizations)
		populate(b, db, organizations, people, organizations*(scaleMemberships/scaleOrganizations))
		execute(b, db.Superuser, `VACUUM (ANALYZE)`)
		execute(b, db.Superuser, `CHECKPOINT`)
		b.Logf("%d organizations and %d people filled in %v", organizations, people, time.Since(filling))
		stores[i] = open(b, db.Runtime+"?pool_max_conns=1")
		questions[i] = many(b, stores[i], organizations/2)
		maps.Copy(questions[i], anyone(b, stores[i], people))
		names = slices.Sorted(maps.Keys(questions[i]))
	}
	// Those that add rows come last: what the planner knows of ten organizations would no longer be so.
	adding := func(name string) bool { return strings.HasPrefix(name, "first login") }
	names = slices.Concat(slices.DeleteFunc(slices.Clone(names), adding), slices.DeleteFunc(names, func(name string) bool { return !adding(name) }))
	for _, name := range names {
		for i, organizations := range sizes {
			b.Run(fmt.Sprintf("%s/%d organizations", name, organizations), func(b *testing.B) {
				before := pagesTouched(b, stores[i])
				median(b, questions[i][name])
				b.ReportMetric(float64(pagesTouched(b, stores[i])-before)/float64(b.N), "pages/op")
			})
		}
	}
}

// anyone asks as another of the many people each time, so that no page but the upper ones of the indexes stays at hand.
func anyone(t testing.TB, s *postgres.Store, people int) map[string]func() error {
	ctx, last := context.WithoutCancel(t.Context()), 0
	next := func() int { last = (last + 1_000_003) % people; return 1 + last }
	return map[string]func() error{
		"returning login of anyone": func() error {
			_, err := s.CompleteLogin(ctx, arrival(identity(fmt.Sprintf("many-%d", next()))))
			return err
		},
		"lookup of anyone": func() error {
			id := md5.Sum(fmt.Appendf(nil, "p%d", next()))
			_, err := s.AccessSnapshot(ctx, store.AccessQuery{UserID: fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])})
			return err
		},
	}
}

// pagesTouched is how many pages the server has touched for this database, by what its one connection has reported until now.
func pagesTouched(b *testing.B, s *postgres.Store) (pages int) {
	b.Helper()
	_, err := s.Pool().Exec(b.Context(), `SELECT pg_stat_force_next_flush()`)
	if err == nil {
		err = s.Pool().QueryRow(b.Context(), `SELECT blks_hit + blks_read FROM pg_stat_database WHERE datname = current_database()`).Scan(&pages)
	}
	if err != nil {
		b.Fatal(err)
	}
	return pages
}

// manyPages reads pages of long lists, as the role of the API.
func manyPages(t testing.TB, s *postgres.Store, organization string) map[string]func() error {
	t.Helper()
	m := &manage.Manager{Database: s.Manage(), Now: time.Now}
	ctx, by := context.WithoutCancel(t.Context()), manage.Caller{Name: manage.Command}
	l := manage.List{Limit: manage.MaxLimit}
	return map[string]func() error{
		"page of organizations": func() error { return second(m.Organizations(ctx, by, l)) },
		"page of people":        func() error { return second(m.People(ctx, by, "", l)) },
		"page of members":       func() error { return second(m.Members(ctx, by, organization, "", l)) },
		"page of invitations":   func() error { return second(m.Invitations(ctx, by, organization, l)) },
		"organization by slug":  func() error { return second(m.Organization(ctx, by, organization)) },
	}
}

// BenchmarkPages is the median of the first, a middle and the last page of the members of one organization, a fifth of
// all memberships of this build, and of making an organization.
func BenchmarkPages(b *testing.B) {
	db := pgtest.New(b)
	const members = scaleMemberships / 5
	execute(b, db.Owner, fmt.Sprintf(`
INSERT INTO orglogin.organizations (slug, name) VALUES ('crowd', 'Crowd');
WITH made AS (
	INSERT INTO orglogin.profiles (email, name) SELECT 'p' || n || '@crowd.test', 'P' FROM generate_series(1, %d) AS n RETURNING id
)
INSERT INTO orglogin.memberships (profile_id, organization_id, role)
SELECT made.id, o.id, 'member' FROM made, orglogin.organizations AS o WHERE o.slug = 'crowd'`, members))
	execute(b, db.Owner, `ANALYZE`)
	m := &manage.Manager{Database: openOperator(b, db.API).Manage(), Now: time.Now}
	ctx, by := b.Context(), manage.Caller{Name: manage.Command}
	at := map[string]manage.List{"first page": {Limit: manage.MaxLimit}}
	const pages = members / manage.MaxLimit
	l := at["first page"]
	for n := 1; n < pages; n++ {
		p, err := m.Members(ctx, by, "crowd", "", l)
		if err != nil || p.Next == nil {
			b.Fatalf("page %d: %v", n, err)
		}
		l.After = *p.Next
		switch n {
		case pages / 2:
			at["middle page"] = l
		case pages - 1:
			at["last page"] = l
		}
	}
	for _, name := range []string{"first page", "middle page", "last page"} {
		b.Run(name, func(b *testing.B) {
			median(b, func() error { return second(m.Members(ctx, by, "crowd", "", at[name])) })
		})
	}
	b.Run("create organization", func(b *testing.B) {
		median(b, func() error {
			return second(m.CreateOrganization(ctx, by, manage.NewOrganization{Slug: store.NewSlug(), Name: "New"}))
		})
	})
}

// median reports that of the times of one question.
func median(b *testing.B, ask func() error) {
	b.Helper()
	var took []time.Duration
	for b.Loop() {
		start := time.Now()
		if err := ask(); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "median-µs")
}
