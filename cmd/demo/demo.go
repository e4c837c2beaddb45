package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/operate"
	"orglogin/cmd/internal/serve"
	"orglogin/handlers/seal"
	"orglogin/handlers/signin/fakeidp"
	"orglogin/store"
	"orglogin/templates"
)

const (
	clientID     = "orglogin-demo"
	clientSecret = "no-secret-between-two-parts-of-one-process"
)

// demo is everything, on one port.
type demo struct {
	hosts     hosts
	dir       string
	temporary bool
	service   *serve.Service
	flush     func() // the log
}

// open makes the directory, the keys, the database with its people, and the
// service. Whoever gets a demo closes it.
func open(ctx context.Context, set settings, stderr io.Writer) (*demo, error) {
	listeners, err := listen(ctx, set.listen)
	if err != nil {
		return nil, err
	}
	d := &demo{hosts: hosts{port: portOf(listeners[0].Addr())}, dir: set.data, flush: func() {}}
	if err := d.build(ctx, set, listeners, stderr); err != nil {
		for _, l := range listeners {
			err = errors.Join(err, l.Close())
		}
		return nil, errors.Join(err, d.close())
	}
	return d, nil
}

func (d *demo) build(ctx context.Context, set settings, listeners []net.Listener, stderr io.Writer) error {
	if d.dir == "" {
		dir, err := os.MkdirTemp("", "orglogin-demo-")
		if err != nil {
			return err
		}
		d.dir, d.temporary = dir, true
	}
	level := slog.LevelError
	if set.verbose {
		level = slog.LevelInfo
	}
	logger, flush := serve.NewLogger(stderr, config.Log{Level: level})
	d.flush = flush
	keys, err := openKeys(d.dir)
	if err != nil {
		return err
	}
	cfg := d.config(keys)
	if !set.plain {
		cfg.Pages.Brand = brand(d.hosts)
	}
	if err := seed(ctx, cfg, d.hosts, time.Now(), logger); err != nil {
		return err
	}
	pages, err := newPages()
	if err != nil {
		return err
	}
	branded, err := templates.New(templates.Options{Brand: templates.SampleBrand()})
	if err != nil {
		return err
	}
	plain, err := templates.New(templates.Options{})
	if err != nil {
		return err
	}
	here := listeners[0].Addr()
	d.service, err = serve.Open(ctx, cfg, serve.Options{
		Logger: logger, Listeners: listeners,
		VerifyWait: 20 * time.Second, // no proxy waits here, and the machine may be busy
		// The resolver of Go does not know *.localhost; the provider is here.
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var dialer net.Dialer
			return dialer.DialContext(ctx, here.Network(), here.String())
		},
		Before: func(service http.Handler) http.Handler {
			return &front{
				service:               service,
				provider:              d.provider(),
				organizationProviders: organizationProviders(d.hosts),
				start:                 newStart(d.hosts, pages, branded, plain),
				tenants:               &tenants{hosts: d.hosts, pages: pages, service: service},
				home:                  d.hosts.start() + "/",
			}
		},
	})
	return err
}

// config is that of an operator with one machine, and the provider's word on
// addresses, so that invitations show on the chooser.
func (d *demo) config(keys config.Keys) config.Config {
	cfg := config.Config{
		Site: config.Site(d.hosts.site()),
		// The issuer has the port in it, so people are others on another port.
		Database:       config.Database{URL: "sqlite:" + filepath.Join(d.dir, "orglogin-"+d.hosts.port+".db")},
		Provider:       config.Provider{ID: store.DefaultConnection, Name: "Demo ID", Issuer: d.hosts.issuer(), ClientID: clientID, ClientSecret: clientSecret, TrustEmail: true, EmailVerified: store.EmailVerifiedClaim, UserInfo: config.UserInfoAuto},
		SignupPolicy:   config.SignupPolicy{Signup: store.SignupOrganization},
		Sessions:       config.Sessions{Lifetime: 12 * time.Hour, Idle: 2 * time.Hour},
		Keys:           keys,
		CacheTTL:       5 * time.Minute,
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")},
		AdminListener:  config.AdminListener{AdminAddr: "127.0.0.1:0"},
		// The organizations' own providers are in this process too.
		OrganizationProviders: config.On,
		OutboundNetworks:      []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")},
		Discovery:             config.On,
		Token:                 config.Token{Audience: "authenticated", Role: "authenticated"},
	}
	cfg.RateLimit.Count, cfg.RateLimit.Per = 120, time.Minute
	return cfg
}

// brand is that of a product which does not exist.
func brand(h hosts) config.Brand {
	b := config.Brand(templates.SampleBrand())
	b.HomeURL = h.start() + "/"
	return b
}

func (d *demo) provider() http.Handler {
	return fakeidp.New(fakeidp.Config{
		Issuer: d.hosts.issuer(), ClientID: clientID, ClientSecret: clientSecret,
		RedirectURLs: []string{d.hosts.public().String() + "/auth/callback"},
		People:       people(),
	})
}

// serve answers until ctx ends. ready gets the address of its metrics.
func (d *demo) serve(ctx context.Context, ready func(admin net.Addr)) error {
	return d.service.Serve(ctx, func(_, admin net.Addr) { ready(admin) })
}

// close lets go of everything, and removes what was temporary.
func (d *demo) close() error {
	var err error
	if d.service != nil {
		err = d.service.Close()
	}
	d.flush()
	if d.temporary {
		err = errors.Join(err, os.RemoveAll(d.dir))
	}
	return err
}

// openKeys reads the keys in dir, made when it has none.
func openKeys(dir string) (config.Keys, error) {
	files := operate.KeyFiles{Secret: filepath.Join(dir, "secret-keys"), Signing: filepath.Join(dir, "signing-keys.json")}
	if _, err := os.Stat(files.Secret); errors.Is(err, os.ErrNotExist) {
		if files, err = operate.NewKeys(dir); err != nil {
			return config.Keys{}, fmt.Errorf("make keys: %w", err)
		}
	}
	secret, err := os.ReadFile(files.Secret)
	if err != nil {
		return config.Keys{}, err
	}
	keys, err := seal.ParseKeys(string(secret))
	if err != nil {
		return config.Keys{}, fmt.Errorf("%s: %w", files.Secret, err)
	}
	return config.Keys{Secret: keys, SigningFile: files.Signing}, nil
}

func portOf(a net.Addr) string {
	_, port, _ := net.SplitHostPort(a.String()) // the address of a listener
	return port
}
