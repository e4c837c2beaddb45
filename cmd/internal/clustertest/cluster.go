package clustertest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
)

// Config is what a cluster is made of.
type Config struct {
	Binary    string // of cmd/orglogin; see [Build]
	Owner     string // URL of the owner of a database that was migrated
	Runtime   string // URL of the runtime role, as the instances connect
	API       string // URL of the role of the API; empty: no API
	Redis     string // URL, or none
	Issuer    string // of a provider that is running already; empty: the cluster starts one
	Instances int
	Places    []Place  // imported before they start
	Env       []string // more variables, "ORGLOGIN_NAME=value"
}

// Cluster is several instances with a provider and nginx.
type Cluster struct {
	Public    string // origin of the login host, as browsers reach it
	Nginx     string // address that hands requests to the instances in turn
	Provider  *Provider
	Tenants   []*Provider // of organizations' connections; closed by who started them
	Instances []*Instance

	dir   string
	env   []string
	nginx *process

	mu         sync.Mutex
	transports map[string]*http.Transport // by the address that they lead to
}

// Build makes the binary of this checkout in dir.
func Build(dir string) (string, error) {
	binary := filepath.Join(dir, "orglogin")
	if out, err := exec.Command("go", "build", "-o", binary, "orglogin/cmd/orglogin").CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return binary, nil
}

// Start starts all of it, or leaves nothing behind.
func Start(ctx context.Context, c Config) (*Cluster, error) {
	f := &Cluster{transports: map[string]*http.Transport{}}
	if err := f.start(ctx, c); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func (f *Cluster) start(ctx context.Context, c Config) error {
	var err error
	if f.dir, err = os.MkdirTemp("", "cluster"); err != nil {
		return err
	}
	if f.Nginx, err = FreeAddr(); err != nil {
		return err
	}
	if f.Provider = (&Provider{Issuer: c.Issuer}); c.Issuer == "" {
		if f.Provider, err = NewProvider(nil); err != nil {
			return err
		}
	}
	f.Public = f.URL("login", "")
	f.env = append(os.Environ(),
		"ORGLOGIN_PUBLIC_URL="+f.Public, "ORGLOGIN_APP_URL="+f.URL("app", ""), "ORGLOGIN_BASE_DOMAIN=example.localhost",
		"ORGLOGIN_OIDC_ISSUER="+f.Provider.Issuer, "ORGLOGIN_OIDC_CLIENT_ID="+ClientID, "ORGLOGIN_OIDC_CLIENT_SECRET="+ClientSecret,
		"ORGLOGIN_DATABASE_URL="+c.Runtime, "ORGLOGIN_DATABASE_ADMIN_URL="+c.Owner,
		"ORGLOGIN_SECRET_KEYS_FILE="+filepath.Join(f.dir, "secret-keys"),
		"ORGLOGIN_SIGNING_KEYS_FILE="+filepath.Join(f.dir, "signing-keys.json"),
		"ORGLOGIN_RATE_LIMIT=off",
	)
	if c.Redis != "" {
		f.env = append(f.env, "ORGLOGIN_REDIS_URL="+c.Redis)
	}
	f.env = append(f.env, c.Env...)
	if err := f.command(ctx, c.Binary, "keys", "new", "--dir", f.dir); err != nil {
		return err
	}
	if err := f.bringIn(ctx, c); err != nil {
		return err
	}
	for range c.Instances {
		i := &Instance{binary: c.Binary, dir: f.dir}
		if i.Addr, err = FreeAddr(); err != nil {
			return err
		}
		if i.Admin, err = FreeAddr(); err != nil {
			return err
		}
		i.env = append(f.env[:len(f.env):len(f.env)], "ORGLOGIN_LISTEN_ADDR="+i.Addr, "ORGLOGIN_ADMIN_LISTEN_ADDR="+i.Admin)
		if c.API != "" && !strings.HasPrefix(c.Runtime, "sqlite:") { // SQLite has no roles
			i.API = filepath.Join(f.dir, "api-"+strconv.Itoa(len(f.Instances))+".sock")
			i.env = append(i.env, "ORGLOGIN_API_LISTEN_ADDR=unix:"+i.API, "ORGLOGIN_API_DATABASE_URL="+c.API)
		}
		if err := i.Start(); err != nil {
			return err
		}
		f.Instances = append(f.Instances, i)
	}
	f.nginx, err = startNginx(f.dir, f.Nginx, f.Instances)
	return err
}

func (f *Cluster) bringIn(ctx context.Context, c Config) error {
	text, err := importFile(f.Provider.Issuer, c.Places)
	if err != nil {
		return err
	}
	name := filepath.Join(f.dir, "import.json")
	if err := os.WriteFile(name, text, 0o600); err != nil {
		return err
	}
	return f.command(ctx, c.Binary, "import", name)
}

func (f *Cluster) command(ctx context.Context, binary string, args ...string) error {
	_, err := f.output(ctx, binary, args...)
	return err
}

// output runs a command and returns what it wrote.
func (f *Cluster) output(ctx context.Context, binary string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Env = f.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("orglogin %v: %w\n%s", args, err, out)
	}
	return string(out), nil
}

// URL is a page on login, on app or on an organization's host.
func (f *Cluster) URL(label, path string) string {
	_, port, err := net.SplitHostPort(f.Nginx)
	if err != nil {
		return ""
	}
	return "http://" + label + ".example.localhost:" + port + path
}

// transport connects to addr, whatever host is asked for. Browsers share it.
func (f *Cluster) transport(addr string) *http.Transport {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.transports[addr] == nil {
		var d net.Dialer
		f.transports[addr] = &http.Transport{
			MaxIdleConnsPerHost: 100,
			DialContext: func(ctx context.Context, network, asked string) (net.Conn, error) {
				if "http://"+asked == f.Provider.Issuer {
					return d.DialContext(ctx, network, asked)
				}
				for _, tenant := range f.Tenants {
					if "http://"+asked == tenant.Issuer {
						return d.DialContext(ctx, network, tenant.server.Addr)
					}
				}
				return d.DialContext(ctx, network, addr)
			},
		}
	}
	return f.transports[addr]
}

// Close ends what runs. An instance that does not end in good order is an error.
func (f *Cluster) Close() error {
	var err error
	if f.nginx != nil {
		err = f.nginx.end(os.Interrupt)
	}
	f.mu.Lock()
	for _, transport := range f.transports {
		transport.CloseIdleConnections()
	}
	f.mu.Unlock()
	var ending sync.WaitGroup
	ends := make([]error, len(f.Instances))
	for n, i := range f.Instances {
		ending.Go(func() { ends[n] = i.Stop(os.Interrupt) })
	}
	ending.Wait()
	err = errors.Join(err, errors.Join(ends...))
	if f.Provider != nil {
		err = errors.Join(err, f.Provider.Close())
	}
	return errors.Join(err, os.RemoveAll(f.dir))
}
