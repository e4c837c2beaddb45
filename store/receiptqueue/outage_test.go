package receiptqueue_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"orglogin/store"
	"orglogin/store/receiptqueue"
)

// outage is a database in a file that can be made to take no receipts, or not
// all of them, as one does that is read-only or full: it fails, and refuses nothing.
type outage struct {
	*testing.T
	inner store.Store
	ann   string
	log   *log
	db    *sql.DB
}

func newOutage(t *testing.T) *outage {
	t.Helper()
	path := filepath.Join(t.TempDir(), "receipts.db")
	inner := open(t, path)
	db, err := sql.Open("sqlite", path+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return &outage{t, inner, person(t, inner, "ann"), &log{}, db}
}

// fail makes the database fail on the receipts for which condition holds.
func (o *outage) fail(condition string) {
	o.Helper()
	o.execute(`CREATE TRIGGER outage BEFORE INSERT ON receipts WHEN ` + condition + ` BEGIN SELECT RAISE(FAIL, 'away'); END`)
}

func (o *outage) restore() { o.execute(`DROP TRIGGER outage`) }

func (o *outage) execute(statement string) {
	o.Helper()
	if _, err := o.db.ExecContext(o.Context(), statement); err != nil {
		o.Fatal(err)
	}
}

func (o *outage) save(s *receiptqueue.Store) store.Receipt {
	o.Helper()
	r := receipt(o.ann)
	if err := s.SaveReceipt(o.Context(), r); err != nil {
		o.Fatal(err)
	}
	return r
}

func (o *outage) stored(r store.Receipt) bool {
	_, err := o.inner.Receipt(o.Context(), r.UserID, r.ID)
	return err == nil
}

// log keeps what is said.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *log) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *log) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

// said counts the lines with those words.
func (l *log) said(words string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), words)
}

const (
	wait    = "receipts wait"
	again   = "receipts are kept again"
	notKept = "receipts were not kept"
)

func (o *outage) wantSaid(want map[string]int) {
	o.Helper()
	for words, n := range want {
		if got := o.log.said(words); got != n {
			o.Errorf("%q is said %d times, want %d", words, got, n)
		}
	}
}

// tries counts the writes that reach the real store.
type tries struct {
	store.Store
	n atomic.Int64
}

func (c *tries) SaveReceipts(ctx context.Context, all []store.Receipt) error {
	defer c.n.Add(1)
	return c.Store.SaveReceipts(ctx, all)
}

func TestReceiptsOutliveAnOutageOfTheDatabase(t *testing.T) {
	o := newOutage(t)
	c := &tries{Store: o.inner}
	s := receiptqueue.New(c, o.log.logger())
	o.fail("true")
	all := []store.Receipt{o.save(s)}
	eventually(t, func() bool { return c.n.Load() >= 2 })
	for range 150 {
		all = append(all, o.save(s))
	}
	eventually(t, func() bool { return c.n.Load() >= 4 })
	for _, r := range all {
		if _, err := s.Receipt(t.Context(), r.UserID, r.ID); err != nil {
			t.Fatalf("while it waits: %v", err)
		}
	}
	o.wantSaid(map[string]int{wait: 1, again: 0, notKept: 0})
	o.restore()
	for _, r := range all {
		eventually(t, func() bool { return o.stored(r) })
	}
	eventually(t, func() bool { return o.log.said(again) == 1 })
	o.wantSaid(map[string]int{wait: 1, notKept: 0})

	// The next one is logged again.
	o.fail("true")
	r := o.save(s)
	eventually(t, func() bool { return o.log.said(wait) == 2 })
	o.restore()
	if err := s.Close(); err != nil { // an orderly end tries once more
		t.Fatal(err)
	}
	o.inner = open(t, o.path())
	defer o.inner.Close()
	if !o.stored(r) {
		t.Error("what waited is not stored at the end")
	}
	o.wantSaid(map[string]int{notKept: 0})
}

func (o *outage) path() (path string) {
	o.Helper()
	if err := o.db.QueryRowContext(o.Context(), `SELECT file FROM pragma_database_list WHERE name = 'main'`).Scan(&path); err != nil {
		o.Fatal(err)
	}
	return path
}

func TestALongOutageFillsNoMemoryAndLosesWhatCameLast(t *testing.T) {
	o := newOutage(t)
	s := receiptqueue.New(o.inner, o.log.logger())
	o.fail("true")
	var all []store.Receipt
	for {
		r := receipt(o.ann)
		err := s.SaveReceipt(t.Context(), r)
		if errors.Is(err, receiptqueue.ErrFull) {
			break
		}
		if err != nil || len(all) > 20_000 {
			t.Fatal(len(all), err)
		}
		all = append(all, r)
	}
	eventually(t, func() bool { return o.log.said(wait) == 1 })
	if err := s.SaveReceipt(t.Context(), receipt(o.ann)); !errors.Is(err, receiptqueue.ErrFull) {
		t.Errorf("after a write that failed: %v", err)
	}
	o.restore()
	eventually(t, func() bool { return o.log.said(again) == 1 })
	for _, r := range all {
		if !o.stored(r) {
			t.Fatal("one of those that were taken is lost")
		}
	}
	o.save(s)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestAReceiptThatTheDatabaseFailsOnStandsInNobodysWay(t *testing.T) {
	o := newOutage(t)
	s := receiptqueue.New(o.inner, o.log.logger())
	bad := receipt(o.ann)
	o.fail("NEW.id = '" + bad.ID + "'")
	var all []store.Receipt
	for i := range 20 {
		if i == 7 {
			if err := s.SaveReceipt(t.Context(), bad); err != nil {
				t.Fatal(err)
			}
		}
		all = append(all, o.save(s))
	}
	eventually(t, func() bool { return o.log.said(wait) == 1 })
	all = append(all, o.save(s)) // shows that the database takes others
	for _, r := range all {
		eventually(t, func() bool { return o.stored(r) })
	}
	if _, err := s.Receipt(t.Context(), bad.UserID, bad.ID); err != nil {
		t.Errorf("it waits no more: %v", err)
	}
	o.wantSaid(map[string]int{wait: 1, again: 0, notKept: 0})
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	o.wantSaid(map[string]int{notKept: 1})
}

// forgetful is the real store, whose first answer is lost on its way.
type forgetful struct {
	store.Store
	once sync.Once
}

func (f *forgetful) SaveReceipts(ctx context.Context, all []store.Receipt) error {
	err := f.Store.SaveReceipts(ctx, all)
	f.once.Do(func() { err = errors.Join(errors.New("the connection is lost"), err) })
	return err
}

func TestReceiptsThatWereStoredWithoutAnAnswerAreNotCalledLost(t *testing.T) {
	o := newOutage(t)
	s := receiptqueue.New(&forgetful{Store: o.inner}, o.log.logger())
	all := []store.Receipt{o.save(s), o.save(s), o.save(s)}
	eventually(t, func() bool { return o.log.said(again) == 1 })
	for _, r := range all {
		if !o.stored(r) {
			t.Error("it is not stored")
		}
	}
	o.wantSaid(map[string]int{wait: 1, notKept: 0})
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
