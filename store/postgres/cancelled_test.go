package postgres_test

import (
	"testing"

	"orglogin/store/postgres/pgtest"
	"orglogin/store/storetest"
)

// L14.
func TestACancelledQuestionMixesNoRows(t *testing.T) {
	storetest.Cancelled(t, open(t, pgtest.New(t).Runtime))
}
