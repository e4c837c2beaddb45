package postgres_test

import (
	"errors"
	"testing"
	"time"

	"orglogin/store"
	"orglogin/store/manage"
	"orglogin/store/manage/managetest"
)

func TestTheServiceDoesNotVerifyAClaimForTheFirstTime(t *testing.T) {
	sc := newScene(t)
	service, command := open(t, sc.db.Runtime), manage.Caller{Name: manage.Command}
	owner := managetest.NewManager(openOperator(t, sc.db.Owner).Manage(), time.Now)
	if _, err := owner.AddDomain(t.Context(), command, "acme", "victim.test"); err != nil {
		t.Fatal(err)
	}
	for _, verdict := range []store.DomainVerdict{store.DomainProved, store.DomainMissing, store.DomainUnanswered} {
		if d, err := service.RecordDomainCheck(t.Context(), sc.acme.ID, "victim.test", verdict, "", time.Now()); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: the claim is %+v, %v", verdict, d, err)
		}
	}
	if d, err := owner.Domain(t.Context(), command, "acme", "victim.test"); err != nil || d.Status != store.DomainPending || d.CheckedAt != nil {
		t.Fatalf("%+v, %v", d, err)
	}

	// What the owner has verified, the service keeps checking.
	if d, err := owner.VerifyDomain(t.Context(), command, "acme", "victim.test"); err != nil || d.Status != store.DomainVerified {
		t.Fatalf("by the owner the claim is %+v, %v", d, err)
	}
	if d, err := service.RecordDomainCheck(t.Context(), sc.acme.ID, "victim.test", store.DomainMissing, "", time.Now()); err != nil || d.FailingSince.IsZero() {
		t.Errorf("by the service the domain is %+v, %v", d, err)
	}
}
