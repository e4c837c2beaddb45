package cache_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"orglogin/store"
	orgcache "orglogin/store/cache"
	"orglogin/store/postgres"
	"orglogin/store/postgres/pgtest"
)

// history is what one text in the database was, and when: version i stood from
// some time after began[i] until some time before ended[i+1].
type history struct {
	mu           sync.Mutex
	began, ended []time.Time
}

// write makes the next version.
func (h *history) write(do func(version int)) {
	h.mu.Lock()
	version := len(h.began)
	h.began = append(h.began, time.Now())
	h.mu.Unlock()
	do(version)
	h.mu.Lock()
	h.ended = append(h.ended, time.Now())
	h.mu.Unlock()
}

// wrong says what is wrong with an answer to a question asked at began, that
// says to be of this age at most.
func (h *history) wrong(version int, began time.Time, age time.Duration) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if version < 0 || version >= len(h.began) {
		return fmt.Sprintf("version %d never was", version)
	}
	if next := version + 1; next < len(h.ended) && h.ended[next].Before(began.Add(-age)) {
		return fmt.Sprintf("version %d was gone %s before the question, the answer says it is %s old", version, began.Sub(h.ended[next]), age)
	}
	return ""
}

func (h *history) last() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.began) - 1
}

func version(text string) int {
	n := -1
	_, _ = fmt.Sscanf(text[strings.LastIndexByte(text, '-')+1:], "%d", &n)
	return n
}

// Writers by hand, readers of three instances, listeners and Redis connections
// cut at random. Answers live for an hour: what is wrong at the end stays wrong.
func TestThreeInstancesAgreeWithAModel(t *testing.T) {
	const organizations, writes, bound = 4, 300, time.Hour
	db, server := pgtest.New(t), newServer(t)
	hand := openHand(t, "pgx", db.Owner, "orglogin.")
	admin := openHand(t, "pgx", db.Superuser, "orglogin.")
	operator, err := postgres.OpenOperator(t.Context(), postgres.Config{URL: db.Owner, QueryTimeout: time.Minute})
	must(t, err)
	defer operator.Close()

	file := store.ImportFile{Users: []store.ImportUser{{Email: "ann@acme.test", Name: "Ann", Issuer: "https://op.test", Subject: "ann"}}}
	for i := range organizations {
		slug := fmt.Sprintf("place%d-0", i)
		file.Organizations = append(file.Organizations, store.ImportOrganization{Slug: slug, Name: "name-0"})
		file.Memberships = append(file.Memberships, store.ImportMembership{Organization: slug, Email: "ann@acme.test", Role: "role-0"})
	}
	must(t, operator.Import(t.Context(), file, time.Now()))
	instances := make([]*orgcache.Store, 3)
	for i := range instances {
		inner := openPostgres(t, db.Runtime)
		instances[i] = run(t, orgcache.Config{
			Store: inner, Listen: listen(inner), Redis: server.open(), Secret: secret, Environment: "test", TTL: bound,
		})
	}
	l := store.Login{
		Identity: store.Identity{Issuer: "https://op.test", Subject: "ann", Email: "ann@acme.test", EmailVerified: true, Name: "Ann"},
		Signup:   store.SignupProfile, Now: time.Now(),
		Session: store.Session{
			ID: store.NewID(), SecretHash: store.HashToken("s"), BrowserHash: store.HashToken("b"),
			CreatedAt: time.Now(), LastSeenAt: time.Now(), ExpiresAt: time.Now().Add(time.Hour),
		},
	}
	done, err := instances[0].CompleteLogin(t.Context(), l)
	must(t, err)
	ann := done.Snapshot.Profile.ID

	var names, roles, slugs [organizations]history
	ids := make([]string, organizations)
	for i := range ids {
		o, err := operator.OrganizationBySlug(t.Context(), fmt.Sprintf("place%d-0", i))
		must(t, err)
		ids[i] = o.ID
		for _, h := range []*history{&names[i], &roles[i], &slugs[i]} {
			h.write(func(int) {})
		}
	}
	judge := func(i int, o store.Organization, began time.Time, age time.Duration) string {
		return names[i].wrong(version(o.Name), began, age) + slugs[i].wrong(version(o.Slug), began, age)
	}
	// read asks one random question, and returns what is wrong with the answer.
	read := func(s *orgcache.Store) string {
		i := rand.IntN(organizations)
		began := time.Now()
		if rand.IntN(2) == 0 {
			o, err := s.OrganizationBySlug(context.Background(), fmt.Sprintf("place%d-%d", i, rand.IntN(slugs[i].last()+1)))
			if err != nil {
				return "" // a slug that is being made may not be there yet
			}
			return judge(i, o, began, bound)
		}
		got, err := s.AccessSnapshot(context.Background(), store.AccessQuery{UserID: ann})
		if err != nil {
			return err.Error()
		}
		m, ok := got.Membership(ids[i])
		if !ok || got.Age > bound {
			return fmt.Sprintf("got %+v", got)
		}
		const clocks = 10 * time.Millisecond // microseconds are cut
		return judge(i, m.Organization, began, got.Age+clocks) + roles[i].wrong(version(m.Role), began, got.Age+clocks)
	}

	stop := make(chan struct{})
	var readers sync.WaitGroup
	for _, s := range instances {
		for range 2 {
			readers.Go(func() {
				for {
					select {
					case <-stop:
						return
					case <-time.After(time.Millisecond):
					}
					if complaint := read(s); complaint != "" {
						t.Error(complaint)
						return
					}
				}
			})
		}
	}
	for range writes {
		i := rand.IntN(organizations)
		ctx := t.Context()
		switch rand.IntN(12) {
		case 0, 1, 2, 3:
			names[i].write(func(v int) {
				must(t, hand.exec(ctx, `UPDATE %sorganizations SET name = $2 WHERE id = $1::uuid`, ids[i], fmt.Sprint("name-", v)))
			})
		case 4, 5, 6, 7:
			roles[i].write(func(v int) {
				must(t, hand.exec(ctx, `UPDATE %smemberships SET role = $2 WHERE organization_id = $1::uuid`, ids[i], fmt.Sprint("role-", v)))
			})
		case 8, 9:
			slugs[i].write(func(v int) {
				must(t, hand.exec(ctx, `UPDATE %sorganizations SET slug = $2 WHERE id = $1::uuid`, ids[i], fmt.Sprintf("place%d-%d", i, v)))
			})
		case 10:
			must(t, admin.exec(ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN orglogin_changes' AND datname = $1`, db.Name))
		case 11:
			if rand.IntN(2) == 0 {
				must(t, server.admin().FlushAll(ctx).Err())
			} else {
				must(t, server.admin().Do(ctx, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes").Err())
			}
		}
		time.Sleep(rand.N(3 * time.Millisecond))
	}
	close(stop)
	readers.Wait()

	for n, s := range instances {
		for i := range organizations {
			want := store.Organization{
				ID: ids[i], Name: fmt.Sprint("name-", names[i].last()), Slug: fmt.Sprintf("place%d-%d", i, slugs[i].last()), Status: store.Pending,
			}
			role := fmt.Sprint("role-", roles[i].last())
			for v := range slugs[i].last() + 1 {
				slug := fmt.Sprintf("place%d-%d", i, v)
				eventually(t, fmt.Sprintf("instance %d tells the truth of %s", n, slug), func() bool {
					o, err := s.OrganizationBySlug(t.Context(), slug)
					return err == nil && o == want
				})
			}
			eventually(t, fmt.Sprintf("instance %d tells the truth of ann in place %d", n, i), func() bool {
				got, err := s.AccessSnapshot(t.Context(), store.AccessQuery{UserID: ann})
				if err != nil {
					return false
				}
				m, _ := got.Membership(ids[i])
				return m.Organization == want && m.Role == role
			})
		}
	}
}
