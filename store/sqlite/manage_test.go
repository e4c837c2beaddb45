package sqlite

import (
	"testing"

	"orglogin/store/manage/managetest"
)

func TestManaging(t *testing.T) {
	t.Parallel()
	managetest.Run(t, func(t *testing.T) managetest.Opened {
		s := open(t)
		return managetest.Opened{Owner: s, Manage: s.Manage()}
	})
}
