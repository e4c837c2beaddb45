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

// countLogin counts a returning login among so many organizations and people, of whom each is a member of one.
func countLogin(t *testing.T, organizations, persons int) work {
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
	var least work
	for n := range 16 { // the first ones plan, and one may split a page of an index
		login.Session = arrival(login.Identity).Session
		before := len(log(t, db))
		done, err := s.CompleteLogin(t.Context(), login)
		if err != nil || done.Refused != "" || len(done.Snapshot.Memberships) != 1 {
			t.Fatalf("got %+v, %v", done, err)
		}
		login.Slugs = []string{done.Snapshot.Memberships[0].Organization.Slug} // the host that it begins on
		if c := countPlans(t, log(t, db)[before:]); n == 8 || n > 8 && c.Buffers+c.WALBytes < least.Buffers+least.WALBytes {
			least = c
		}
	}
	return least
}

// A returning login reads a handful of rows by index and writes its session: one row with
// four index entries, one with one, and the locks of their foreign keys. It stays so among
// more people and organizations, but for the height of the indexes.
func TestAReturningLoginDoesLittle(t *testing.T) {
	few := countLogin(t, 10, 10)
	most := work{Statements: 13, Rows: 14, Buffers: 44, WALRecords: 9, WALBytes: 900}
	if few.Statements > most.Statements || few.Rows > most.Rows || few.Buffers > most.Buffers ||
		few.WALRecords > most.WALRecords || few.WALBytes > most.WALBytes {
		t.Errorf("among ten people got %+v, want at most %+v", few, most)
	}
	if few.Statements == 0 || few.Rows == 0 || few.WALRecords == 0 {
		t.Errorf("nothing was counted: %+v", few)
	}
	many := countLogin(t, scaleOrganizations, scalePeople)
	const indexes = 24 // descents, each up to two pages longer
	if many.Statements != few.Statements || many.Rows != few.Rows || many.WALRecords != few.WALRecords || many.Buffers > few.Buffers+2*indexes {
		t.Errorf("among %d people got %+v, among ten %+v", scalePeople, many, few)
	}
	t.Logf("among ten people %+v, among %d %+v", few, scalePeople, many)
}
