package sqlite

import (
	"errors"
	"testing"

	"orglogin/store/manage"
	"orglogin/store/manage/managetest"
)

func TestManaging(t *testing.T) {
	t.Parallel()
	managetest.Run(t, func(t *testing.T) managetest.Opened {
		s := open(t)
		return managetest.Opened{Owner: hand{s}, Manage: s.Manage(), Kill: func(manage.Tx) error { return errors.New("the process was killed") }}
	})
}
