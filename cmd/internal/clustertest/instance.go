package clustertest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
)

// Instance is one `orglogin serve`.
type Instance struct {
	Addr  string // where it listens, whenever it runs
	Admin string // where it tells its metrics
	API   string // socket of its API, or empty

	binary, dir string
	env         []string
	process     *process
}

// Start starts it and waits until it says that it listens.
func (i *Instance) Start() error {
	var err error
	if i.process, err = spawn(i.dir, i.env, i.binary, "serve"); err != nil {
		return err
	}
	return i.process.until(func() error {
		if said := i.process.out.String(); !strings.Contains(said, "listening on "+i.Addr+"\n") {
			return fmt.Errorf("it does not say that it listens on %s", i.Addr)
		}
		return nil
	})
}

// Stop sends it a signal and waits for its end: SIGTERM drains, and an end
// other than an orderly one is an error.
func (i *Instance) Stop(signal os.Signal) error { return i.process.end(signal) }

// Said is what it wrote since its last start, the log above all.
func (i *Instance) Said() string { return i.process.out.String() }

// Metric is the value of one metric without labels, as it is now.
func (i *Instance) Metric(ctx context.Context, name string) (float64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+i.Admin+"/metrics", nil)
	if err != nil {
		return 0, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(body)) {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			return strconv.ParseFloat(strings.TrimSpace(value), 64)
		}
	}
	return 0, fmt.Errorf("there is no metric %s", name)
}
