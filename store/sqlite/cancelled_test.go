package sqlite

import (
	"testing"

	"orglogin/store/storetest"
)

// L14.
func TestACancelledQuestionMixesNoRows(t *testing.T) { storetest.Cancelled(t, open(t)) }
