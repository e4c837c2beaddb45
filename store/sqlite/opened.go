package sqlite

import (
	"context"
	"database/sql/driver"
	"sync/atomic"

	sqlite "modernc.org/sqlite"
)

// opened makes the connections of a pool and counts them: a pool drops one that
// was interrupted, and reports it to no caller.
type opened struct {
	driver.Connector
	times atomic.Int64
}

func newOpened(dsn string) (*opened, error) {
	c, err := sqlite.NewConnector(dsn)
	return &opened{Connector: c}, err
}

// Connect implements [driver.Connector].
func (o *opened) Connect(ctx context.Context) (driver.Conn, error) {
	o.times.Add(1)
	return o.Connector.Connect(ctx)
}
