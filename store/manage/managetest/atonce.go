package managetest

import (
	"errors"
	"sync"
	"testing"

	"orglogin/store"
	"orglogin/store/manage"
)

// writers is how many do the same at once.
const writers = 100

// together runs do for each number at the same moment and returns the errors.
func together(do func(n int) error) []error {
	errs := make([]error, writers)
	var all sync.WaitGroup
	begin := make(chan struct{})
	for n := range writers {
		all.Go(func() {
			<-begin
			errs[n] = do(n)
		})
	}
	close(begin)
	all.Wait()
	return errs
}

func atOnce(t *testing.T, db database) {
	t.Run("one of them gets a slug", func(t *testing.T) { oneGetsASlug(t, db) })
	t.Run("a request that is repeated is done once", func(t *testing.T) { repeatedIsDoneOnce(t, db) })
	t.Run("an organization keeps an owner", func(t *testing.T) { anOwnerStays(t, db) })
}

func oneGetsASlug(t *testing.T, db database) {
	made := 0
	for _, err := range together(func(int) error {
		return second(db.CreateOrganization(t.Context(), command, manage.NewOrganization{Slug: "acme", Name: "Acme"}))
	}) {
		switch {
		case err == nil:
			made++
		case reason(err) != "slug_taken":
			t.Errorf("got %v", err)
		}
	}
	if made != 1 {
		t.Errorf("%d organizations were made", made)
	}
}

func repeatedIsDoneOnce(t *testing.T, db database) {
	token, err := db.CreateToken(t.Context(), command, manage.NewToken{Name: "backend", Scopes: []string{"organizations:write"}})
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	ids := map[string]bool{}
	for _, err := range together(func(int) error {
		by := manage.Caller{Name: "token " + token.ID, TokenID: token.ID, Once: &manage.Once{Key: "k", Fingerprint: "f"}}
		o, err := db.CreateOrganization(t.Context(), by, manage.NewOrganization{Slug: "globex", Name: "Globex"})
		mu.Lock()
		defer mu.Unlock()
		ids[o.ID] = true
		return err
	}) {
		if err != nil {
			t.Errorf("got %v", err)
		}
	}
	if len(ids) != 1 {
		t.Errorf("there are %d answers", len(ids))
	}
}

func anOwnerStays(t *testing.T, db database) {
	db.organization(t, "initech")
	var owners []manage.Member
	for n := range 10 {
		owners = append(owners, db.member(t, "initech", "owner"+number(n)+"@acme.test", "owner"))
	}
	inactive, member := false, "member"
	for _, err := range together(func(n int) error {
		who := owners[n%len(owners)].ProfileID
		switch n / len(owners) % 4 {
		case 0:
			return second(db.RemoveMember(t.Context(), command, "initech", who))
		case 1:
			return second(db.UpdateMember(t.Context(), command, "initech", who, manage.MemberChange{Role: &member}))
		case 2:
			return second(db.UpdateMember(t.Context(), command, "initech", who, manage.MemberChange{Active: &inactive}))
		}
		return second(db.DeletePerson(t.Context(), command, who, false))
	}) {
		if err != nil && reason(err) != "last_owner" && !errors.Is(err, store.ErrNotFound) {
			t.Errorf("got %v", err)
		}
	}
	left, err := db.Members(t.Context(), command, "initech", "", manage.List{})
	if err != nil {
		t.Fatal(err)
	}
	active := 0
	for _, m := range left.Items {
		if m.Role == "owner" && m.Active {
			active++
		}
	}
	if active != 1 {
		t.Errorf("%d owners are left, want 1", active)
	}
}
