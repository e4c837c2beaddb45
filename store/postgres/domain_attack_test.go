package postgres_test

import (
	"errors"
	"testing"
	"time"

	"orglogin/store"
)

func TestTheServiceDoesNotVerifyAClaimForTheFirstTime(t *testing.T) {
	sc := newScene(t)
	service, owner := open(t, sc.db.Runtime), openOperator(t, sc.db.Owner)
	if _, err := owner.AddDomain(t.Context(), "acme", "victim.test", "a-token", time.Now()); err != nil {
		t.Fatal(err)
	}
	for _, verdict := range []store.DomainVerdict{store.DomainProved, store.DomainMissing, store.DomainUnanswered} {
		if d, err := service.RecordDomainCheck(t.Context(), sc.acme.ID, "victim.test", verdict, "", time.Now()); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: the claim is %+v, %v", verdict, d, err)
		}
	}
	all, err := owner.ListDomains(t.Context(), "acme")
	if err != nil || len(all) != 1 || all[0].Status != store.DomainPending || !all[0].CheckedAt.IsZero() {
		t.Fatalf("%+v, %v", all, err)
	}

	// What the owner has verified, the service keeps checking.
	if d, err := owner.RecordDomainCheck(t.Context(), sc.acme.ID, "victim.test", store.DomainProved, "", time.Now()); err != nil || d.Status != store.DomainVerified {
		t.Fatalf("by the owner the claim is %+v, %v", d, err)
	}
	if d, err := service.RecordDomainCheck(t.Context(), sc.acme.ID, "victim.test", store.DomainMissing, "", time.Now()); err != nil || d.FailingSince.IsZero() {
		t.Errorf("by the service the domain is %+v, %v", d, err)
	}
}
