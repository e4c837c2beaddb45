package cache_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orglogin/store"
	"orglogin/store/cache"
)

func TestWhatWasAskedOnceIsAnsweredFromMemory(t *testing.T) {
	w := newWorld(t, nil)
	for range 3 {
		w.organization(w.cache, "acme")
		w.snapshot(w.cache)
		w.sessionRow(w.cache)
		if _, err := w.cache.OrganizationBySlug(t.Context(), "unknown"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("got %v", err)
		}
	}
	w.wantAsked(map[string]int{"organization": 2, "snapshot": 1, "session": 1})
	w.clock.advance(time.Second)
	if got := w.snapshot(w.cache); got.Source != store.FromMemory || got.Age != time.Second || got.Degraded {
		t.Errorf("got source %s, age %s", got.Source, got.Age)
	}
	want := map[string]int{"memory miss": 4, "database hit": 3, "database miss": 1, "memory hit": 9}
	if d := cmp.Diff(want, w.results.take()); d != "" {
		t.Error(d)
	}
}

func TestASnapshotIsPutTogetherFromItsParts(t *testing.T) {
	w := newWorld(t, nil)
	got := w.snapshot(w.cache, "acme", "other", "unknown", "www", "UPPER")
	if d := cmp.Diff(map[string]store.Organization{"acme": w.acme, "other": w.other}, got.Organizations); d != "" {
		t.Error(d)
	}
	// acme is the person's own; the other two were queried.
	w.wantAsked(map[string]int{"snapshot": 1, "organization": 2})
	w.clock.advance(10 * time.Second)
	w.snapshot(w.cache)
	if got := w.snapshot(w.cache, "other"); got.Source != store.FromMemory || got.Age != 10*time.Second {
		t.Errorf("the age is %s, from %s", got.Age, got.Source)
	}
	must(t, w.inner.Import(t.Context(), store.ImportFile{Organizations: []store.ImportOrganization{{Slug: "third", Name: "Third"}}}, w.clock.Now()))
	if got := w.snapshot(w.cache, "third"); got.Source != store.FromDatabase || got.Age != 10*time.Second {
		t.Errorf("the farthest source is %s, the oldest age %s", got.Source, got.Age)
	}
	w.wantAsked(map[string]int{"organization": 1})
	q := store.AccessQuery{UserID: w.ann.ID, Slugs: []string{"acme", "other"}, Invitation: store.HashToken("unknown")}
	for range 2 {
		got, err := w.cache.AccessSnapshot(t.Context(), q)
		must(t, err)
		if got.Source != store.FromDatabase {
			t.Errorf("with an invitation it came from %s", got.Source)
		}
	}
	w.wantAsked(map[string]int{"snapshot": 2})
}

func TestALoginFillsWhatItsLandingAsks(t *testing.T) {
	w := newWorld(t, nil)
	w.snapshot(w.cache) // something older is known
	w.inner.asked()
	l := w.login()
	l.Slugs = []string{"other"}
	l.Identity.Name = "Ann Renamed"
	done, err := w.cache.CompleteLogin(t.Context(), l)
	must(t, err)
	got := w.snapshot(w.cache, "other")
	if got.Profile.Name != "Ann Renamed" || got.Source != store.FromMemory {
		t.Errorf("got %+v from %s", got.Profile, got.Source)
	}
	row, err := w.cache.Session(t.Context(), w.ann.ID, l.Session.SecretHash)
	must(t, err)
	w.wantAsked(map[string]int{})
	inStore, err := w.inner.OperatorStore.Session(t.Context(), w.ann.ID, l.Session.SecretHash)
	must(t, err)
	if d := cmp.Diff(inStore, row); d != "" {
		t.Errorf("the remembered row differs from the stored: %s", d)
	}
	done.Snapshot.Source, done.Snapshot.Age = got.Source, got.Age
	if d := cmp.Diff(done.Snapshot, got); d != "" {
		t.Error(d)
	}
}

func TestAThousandMissesMakeOneLoad(t *testing.T) {
	w := newWorld(t, nil)
	release := make(chan struct{})
	w.inner.pause(func(string) { <-release })
	var all sync.WaitGroup
	begun := make(chan struct{}, 1000)
	for range 1000 {
		all.Go(func() {
			begun <- struct{}{}
			if o, err := w.cache.OrganizationBySlug(t.Context(), "acme"); err != nil || o != w.acme {
				t.Errorf("got %+v, %v", o, err)
			}
		})
	}
	for range 1000 {
		<-begun
	}
	close(release)
	all.Wait()
	w.wantAsked(map[string]int{"organization": 1})
}

func TestALoadOutlivesWhoeverBeganIt(t *testing.T) {
	w := newWorld(t, nil)
	reached, release := make(chan struct{}), make(chan struct{})
	w.inner.pause(func(string) { close(reached); <-release })
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan error)
	go func() {
		_, err := w.cache.OrganizationBySlug(ctx, "acme")
		gone <- err
	}()
	<-reached
	cancel()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("whoever went away got %v", err)
	}
	close(release)
	if o := w.organization(w.cache, "acme"); o != w.acme {
		t.Errorf("got %+v", o)
	}
	w.wantAsked(map[string]int{"organization": 1})
}

func TestAPanicInAStoreIsAnError(t *testing.T) {
	w := newWorld(t, nil)
	w.inner.pause(func(string) { panic("oops") })
	if _, err := w.cache.OrganizationBySlug(t.Context(), "acme"); err == nil || errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	w.inner.pause(nil)
	w.organization(w.cache, "acme")
}

func TestAnswersAreReadAgainBeforeTheyAreTooOld(t *testing.T) {
	w := newWorld(t, nil)
	w.organization(w.cache, "acme")
	w.setName("Renamed")
	w.inner.asked()
	w.clock.advance(ttl * 6 / 10)
	if o := w.organization(w.cache, "acme"); o.Name != "Acme" {
		t.Error("it was read again too early")
	}
	w.wantAsked(map[string]int{})
	w.clock.advance(ttl * 2 / 10)
	if o := w.organization(w.cache, "acme"); o.Name != "Acme" {
		t.Error("a question waited for reading ahead")
	}
	eventually(t, "it is read ahead", func() bool { return w.organization(w.cache, "acme").Name == "Renamed" })
	w.wantAsked(map[string]int{"organization": 1})
}

func TestNoAnswerIsOlderThanItsBound(t *testing.T) {
	w := newWorld(t, nil)
	for i := range 50 {
		w.clock.advance(time.Hour)
		w.organization(w.cache, "acme")
		w.snapshot(w.cache)
		w.setName(fmt.Sprint("Name ", i))
		w.clock.advance(ttl)
		want := fmt.Sprint("Name ", i)
		if o := w.organization(w.cache, "acme"); o.Name != want {
			t.Fatalf("after the bound it is %q", o.Name)
		}
		if got := w.snapshot(w.cache); got.Memberships[0].Organization.Name != want || got.Age != 0 {
			t.Fatalf("after the bound it is %+v, age %s", got.Memberships, got.Age)
		}
	}
}

func TestAnUnknownSlugIsKnownATenthOfTheTime(t *testing.T) {
	w := newWorld(t, nil)
	ask := func() error {
		_, err := w.cache.OrganizationBySlug(t.Context(), "later")
		return err
	}
	if err := ask(); !errors.Is(err, store.ErrNotFound) {
		t.Fatal(err)
	}
	must(t, w.inner.Import(t.Context(), store.ImportFile{Organizations: []store.ImportOrganization{{Slug: "later"}}}, w.clock.Now()))
	if err := ask(); !errors.Is(err, store.ErrNotFound) {
		t.Error("it was not remembered that no organization has it")
	}
	w.clock.advance(ttl / 10)
	must(t, ask())
	w.clock.advance(time.Second)
	must(t, ask())
	w.wantAsked(map[string]int{"organization": 2})
}

func TestAFloodOfUnknownSlugs(t *testing.T) {
	w := newWorld(t, nil)
	w.organization(w.cache, "acme")
	w.snapshot(w.cache)
	w.inner.asked()
	notFound, refused := 0, 0
	for i := range 20_000 {
		_, err := w.cache.OrganizationBySlug(t.Context(), fmt.Sprint("random-", i))
		switch {
		case errors.Is(err, store.ErrNotFound):
			notFound++
		case err != nil:
			refused++
		}
	}
	if notFound != 1000 || refused != 19_000 {
		t.Errorf("%d not found, %d refused", notFound, refused)
	}
	w.wantAsked(map[string]int{"organization": 1000})
	w.organization(w.cache, "acme")
	w.snapshot(w.cache, "acme")
	w.wantAsked(map[string]int{})
	w.clock.advance(time.Second)
	for i := range 1000 {
		_, _ = w.cache.OrganizationBySlug(t.Context(), fmt.Sprint("more-", i)) // counted below
	}
	w.wantAsked(map[string]int{"organization": 100})
	w.clock.advance(time.Minute)
	w.organization(w.cache, "other")
}

func TestKnownOrganizationsDoNotCountAsAFlood(t *testing.T) {
	w := newWorld(t, nil)
	var file store.ImportFile
	for i := range 1500 {
		file.Organizations = append(file.Organizations, store.ImportOrganization{Slug: fmt.Sprint("known-", i)})
	}
	must(t, w.inner.Import(t.Context(), file, w.clock.Now()))
	for i := range 1500 {
		w.organization(w.cache, fmt.Sprint("known-", i))
	}
}

// Most logins find what is known already, which then stays as it is, and no
// change is missed for that.
func TestALoginThatFindsNothingNew(t *testing.T) {
	w := newWorld(t, nil)
	login := func() {
		t.Helper()
		_, err := w.cache.CompleteLogin(t.Context(), w.login())
		must(t, err)
	}
	login()
	w.clock.advance(time.Second)
	login()
	if got := w.snapshot(w.cache); got.Age != time.Second || got.Source != store.FromMemory {
		t.Errorf("the second login wrote anew: %s, %s", got.Age, got.Source)
	}
	w.wantAsked(map[string]int{})
	t.Run("a change after it is seen", func(t *testing.T) {
		w.setActive(false)
		w.cache.Forget(cache.Change{Kind: "membership", UserID: w.ann.ID, ID: w.acme.ID})
		if got := w.snapshot(w.cache); len(got.Memberships) != 0 {
			t.Errorf("got %+v", got.Memberships)
		}
		w.setActive(true)
		w.cache.Forget(cache.Change{Kind: "membership", UserID: w.ann.ID, ID: w.acme.ID})
		w.snapshot(w.cache)
		login()
		w.setName("Acme and Sons")
		w.cache.Forget(cache.Change{Kind: "organization", ID: w.acme.ID, Slugs: []string{"acme"}})
		if got := w.snapshot(w.cache); got.Memberships[0].Organization.Name != "Acme and Sons" {
			t.Errorf("got %+v", got.Memberships)
		}
	})
	t.Run("a login that finds something new tells it", func(t *testing.T) {
		login()
		w.setName("Acme")
		login() // no notification of the change has come
		if got := w.snapshot(w.cache); got.Memberships[0].Organization.Name != "Acme" {
			t.Errorf("got %+v", got.Memberships)
		}
	})
	t.Run("what is old is written anew", func(t *testing.T) {
		w.clock.advance(ttl - time.Second)
		login()
		if got := w.snapshot(w.cache); got.Age != 0 {
			t.Errorf("it is %s old", got.Age)
		}
	})
}
