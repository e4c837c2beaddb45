package serve

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/database"
	"orglogin/cmd/internal/mail"
	"orglogin/cmd/internal/operate"
	"orglogin/handlers/api"
	"orglogin/store"
	"orglogin/store/cache"
	"orglogin/store/manage"
)

// apiService is the HTTP API and what sends mails: a pool of its own, as a role of its own, and the listener of the
// API. Nil is neither.
type apiService struct {
	config      config.API
	db          database.Owner
	manager     *manage.Manager
	mail        *mail.Worker // nil: no mail is sent
	handler     http.Handler
	certificate atomic.Pointer[tls.Certificate] // nil: no TLS
}

// openAPI opens the database as the role of the API. What its operations change is reported as what the database
// reports: at once here, and in Redis to the other instances. The service is the database as the service reads it.
func openAPI(ctx context.Context, cfg config.Config, opts Options, m *metrics, service store.Store, cached *cache.Store) (*apiService, error) {
	if cfg.API.ListenAddr == "" && cfg.Mail.Server == nil {
		return nil, nil
	}
	db, err := database.OpenAPI(ctx, cfg.Database, opts.database(cfg))
	if err != nil {
		return nil, fmt.Errorf("api: %w", err)
	}
	a := &apiService{config: cfg.API, db: db}
	if err := errors.Join(a.assemble(cfg, opts, m, service, cached), a.reload(), m.watchCertificate(&a.certificate)); err != nil {
		return nil, database.JoinClose(fmt.Errorf("api: %w", err), db)
	}
	return a, nil
}

func (a *apiService) assemble(cfg config.Config, opts Options, m *metrics, service store.Store, cached *cache.Store) error {
	var err error
	a.manager, err = operate.NewManager(operate.ManagerConfig{
		Database: a.db.Manage(), Now: opts.Now, Site: cfg.Site.Redirect(), Keys: cfg.Keys.Secret, AllowedNetworks: cfg.OutboundNetworks,
		DNSResolver: cfg.DNSResolver, SendMail: cfg.Mail.Server != nil,
		Publish: func(_ context.Context, changes ...cache.Change) {
			for _, c := range changes {
				cached.Changed(c)
			}
		},
	})
	if err != nil {
		return err
	}
	if cfg.Mail.Server != nil {
		a.mail = &mail.Worker{
			Manager: a.manager, Logger: opts.Logger, Observe: m.mail,
			Sender: &mail.Sender{Server: cfg.Mail.Server, From: cfg.Mail.From.Address, FromName: cfg.Mail.From.Name, Domain: cfg.Site.Public.Host, Now: opts.Now},
		}
	}
	if cfg.API.ListenAddr == "" {
		return nil
	}
	handler, err := api.New(api.Config{
		Manage: a.manager, Logger: opts.Logger, Registry: m.registry, Now: opts.Now,
		Explain: explainer{db: a.db, explain: operate.NewExplainer(a.db, service, cfg.Site.Redirect(), cfg.Signup, opts.Now)},
	})
	if err != nil {
		return err
	}
	a.handler = opts.tracing.Handler(handler, cfg.TrustedProxies)
	return nil
}

// reload reads the certificate again. With an error the one in use stays.
func (a *apiService) reload() error {
	if a == nil || a.config.CertFile == "" {
		return nil
	}
	certificate, err := tls.LoadX509KeyPair(a.config.CertFile, a.config.KeyFile)
	if err != nil {
		return fmt.Errorf("the certificate of the API: %w", err)
	}
	a.certificate.Store(&certificate)
	return nil
}

func (a *apiService) close() error {
	if a == nil {
		return nil
	}
	return a.db.Close()
}

// sweepEvery is the time between two deletions of what is kept for a day.
const sweepEvery = 10 * time.Minute

// run sends mails, and deletes what must not be kept longer, until ctx ends.
func (a *apiService) run(ctx context.Context, logger *slog.Logger) {
	if a == nil {
		return
	}
	var running sync.WaitGroup
	if a.mail != nil {
		running.Go(func() { a.mail.Run(ctx) })
	}
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		if err := a.manager.Sweep(ctx); err != nil && ctx.Err() == nil {
			logger.WarnContext(ctx, "deleting tokens of mails and answers of the API", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
	running.Wait()
}

// listen opens the listener; nil where there is no API.
func (a *apiService) listen(ctx context.Context) (net.Listener, error) {
	if a == nil || a.config.ListenAddr == "" {
		return nil, nil
	}
	network, address := a.config.Endpoint()
	if network == "unix" {
		if err := removeStaleSocket(ctx, address); err != nil {
			return nil, fmt.Errorf("listen at API_LISTEN_ADDR: %w", err)
		}
	}
	l, err := new(net.ListenConfig).Listen(ctx, network, address)
	if err == nil && network == "unix" {
		if err = os.Chmod(address, socketMode); err != nil {
			err = database.JoinClose(err, l)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("listen at API_LISTEN_ADDR: %w", err)
	}
	return l, nil
}

// socketMode lets the group of the service in; a token is needed all the same.
const socketMode = 0o660

// removeStaleSocket removes a socket that no process listens at any more: one that was killed leaves it.
func removeStaleSocket(ctx context.Context, path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("%s exists and is not a socket", path)
	}
	conn, err := new(net.Dialer).DialContext(ctx, "unix", path)
	if err == nil {
		return errors.Join(fmt.Errorf("another process listens at %s", path), conn.Close())
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return err
	}
	return os.Remove(path)
}

// serve answers on the listener until the server is shut down.
func (a *apiService) serve(server *http.Server, l net.Listener) error {
	if a.certificate.Load() == nil {
		return server.Serve(l)
	}
	server.TLSConfig = &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return a.certificate.Load(), nil },
	}
	return server.ServeTLS(l, "", "")
}
