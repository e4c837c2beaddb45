package postgres_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"orglogin/store/postgres/pgtest"
)

// work is what a login makes PostgreSQL do, the same on every machine.
type work struct {
	Statements int // with those inside functions and foreign keys
	Rows       int // that were read from tables and indexes, kept or not
	Buffers    int // pages that were touched
	WALRecords int
	WALBytes   int
}

// plan is a node of a plan as EXPLAIN (ANALYZE, BUFFERS, WAL, FORMAT json) writes it.
type plan struct {
	Relation string  `json:"Relation Name"`
	Rows     float64 `json:"Actual Rows"`
	Removed  float64 `json:"Rows Removed by Filter"`
	Loops    float64 `json:"Actual Loops"`
	Hit      int     `json:"Shared Hit Blocks"`
	Read     int     `json:"Shared Read Blocks"`
	Records  int     `json:"WAL Records"`
	Bytes    int     `json:"WAL Bytes"`
	Plans    []plan
}

func (p plan) rows() int {
	sum := 0
	if p.Relation != "" {
		sum = int((p.Rows + p.Removed) * p.Loops)
	}
	for _, inner := range p.Plans {
		sum += inner.rows()
	}
	return sum
}

// countPlans adds up the plans that the server has logged for one statement: those inside it
// first, its own last, which has the buffers and the WAL of all.
func countPlans(t *testing.T, log string) (c work) {
	t.Helper()
	for _, text := range strings.Split(log, "plan:\n")[1:] {
		var entry struct{ Plan plan }
		if err := json.NewDecoder(strings.NewReader(text)).Decode(&entry); err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		c.Statements++
		c.Rows += entry.Plan.rows()
		c.Buffers = entry.Plan.Hit + entry.Plan.Read
		c.WALRecords, c.WALBytes = entry.Plan.Records, entry.Plan.Bytes
	}
	return c
}

// countLogin counts a returning login among so many organizations and people, of whom each is a
// member of one: of a person whom the service must read, and of one whom it knows.
func countLogin(t *testing.T, organizations, persons int) (read, known work) {
	t.Helper()
	db := pgtest.New(t)
	people(t, db)
	populate(t, db, organizations, persons, persons)
	execute(t, db.Superuser, `
ALTER DATABASE `+db.Name+` SET session_preload_libraries = 'auto_explain';
ALTER DATABASE `+db.Name+` SET auto_explain.log_min_duration = 0;
ALTER DATABASE `+db.Name+` SET auto_explain.log_nested_statements = on;
ALTER DATABASE `+db.Name+` SET auto_explain.log_analyze = on;
ALTER DATABASE `+db.Name+` SET auto_explain.log_timing = off;
ALTER DATABASE `+db.Name+` SET auto_explain.log_buffers = on;
ALTER DATABASE `+db.Name+` SET auto_explain.log_wal = on;
ALTER DATABASE `+db.Name+` SET auto_explain.log_format = json;
ALTER DATABASE `+db.Name+` SET enable_seqscan = off; -- what the planner would take for a small table
ALTER DATABASE `+db.Name+` SET log_min_messages = 'log'`)
	s := open(t, db.Runtime+"?pool_max_conns=1")
	login := arrival(identity(fmt.Sprintf("many-%d", organizations/2)))
	count := func() (least work) {
		for n := range 16 { // the first ones plan, and one may split a page of an index
			login.Session = arrival(login.Identity).Session
			before := len(log(t, db))
			done, err := s.CompleteLogin(t.Context(), login)
			if err != nil || done.Refused != "" || done.Unread != (login.Known != "") {
				t.Fatalf("got %+v, %v", done, err)
			}
			for _, m := range done.Snapshot.Memberships {
				login.Slugs = []string{m.Organization.Slug} // the host that it begins on
			}
			if c := countPlans(t, log(t, db)[before:]); n == 8 || n > 8 && c.Buffers+c.WALBytes < least.Buffers+least.WALBytes {
				least = c
			}
		}
		return least
	}
	read = count()
	if len(login.Slugs) != 1 {
		t.Error("the person has no organization")
	}
	login.Session = arrival(login.Identity).Session
	done, err := s.CompleteLogin(t.Context(), login)
	if err != nil {
		t.Fatal(err)
	}
	login.Known = done.UserID
	return read, count()
}

// A returning login reads a handful of rows by index and writes its session: one row with
// four index entries, one with one, and the locks of their foreign keys. It stays so among
// more people and organizations, but for the height of the indexes.
func TestAReturningLoginDoesLittle(t *testing.T) {
	fewRead, fewKnown := countLogin(t, 10, 10)
	manyRead, manyKnown := countLogin(t, scaleOrganizations, scalePeople)
	for _, c := range []struct {
		name            string
		few, many, most work
	}{
		{"read", fewRead, manyRead, work{Statements: 13, Rows: 14, Buffers: 44, WALRecords: 9, WALBytes: 900}},
		{"known", fewKnown, manyKnown, work{Statements: 7, Rows: 5, Buffers: 24, WALRecords: 9, WALBytes: 900}},
	} {
		if c.few.Statements > c.most.Statements || c.few.Rows > c.most.Rows || c.few.Buffers > c.most.Buffers ||
			c.few.WALRecords > c.most.WALRecords || c.few.WALBytes > c.most.WALBytes {
			t.Errorf("a person who is %s, among ten people: got %+v, want at most %+v", c.name, c.few, c.most)
		}
		if c.few.Statements == 0 || c.few.Rows == 0 || c.few.WALRecords == 0 {
			t.Errorf("nothing was counted: %+v", c.few)
		}
		const indexes = 24 // descents, each up to two pages longer
		if c.many.Statements != c.few.Statements || c.many.Rows != c.few.Rows || c.many.WALRecords != c.few.WALRecords || c.many.Buffers > c.few.Buffers+2*indexes {
			t.Errorf("a person who is %s, among %d people: got %+v, among ten %+v", c.name, scalePeople, c.many, c.few)
		}
		t.Logf("a person who is %s: among ten people %+v, among %d %+v", c.name, c.few, scalePeople, c.many)
	}
}
