package serve

import (
	"testing"

	"orglogin/store/postgres/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }
