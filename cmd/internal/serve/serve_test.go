package serve

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/servetest"
	"orglogin/handlers"
)

// running is a service that serves.
type running struct {
	url   string       // of the public listener
	admin string       // of the admin listener
	stop  func()       // as a signal would
	ended <-chan error // what Serve returned
}

func start(t *testing.T, cfg config.Config, opts Options) running {
	t.Helper()
	opts.Logger = slog.New(slog.DiscardHandler)
	service, err := Open(t.Context(), cfg, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := service.Close(); err != nil {
			t.Error(err)
		}
	})
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	ready, ended := make(chan running, 1), make(chan error, 1)
	go func() {
		ended <- service.Serve(ctx, func(public, admin net.Addr) {
			ready <- running{url: "http://" + public.String(), admin: "http://" + admin.String(), stop: stop, ended: ended}
		})
	}()
	select {
	case s := <-ready:
		return s
	case err := <-ended:
		t.Fatal(err)
	case <-time.After(servetest.Timeout):
		t.Fatal("it never got ready")
	}
	panic("unreachable")
}

// get answers the status and the body.
func get(t *testing.T, url, host string) (int, string) {
	t.Helper()
	status, body, err := tryGet(t.Context(), url, host)
	if err != nil {
		t.Fatal(err)
	}
	return status, body
}

func tryGet(ctx context.Context, url, host string) (int, string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, "", err
	}
	r.Host = host
	client := &http.Client{Timeout: servetest.Timeout, Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(body), err
}

func TestServe(t *testing.T) {
	s := start(t, servetest.Config(t), Options{})

	t.Run("the login page is served on the login host", func(t *testing.T) {
		status, body := get(t, s.url+"/login", "login.example.localhost:8080")
		if status != http.StatusOK || !strings.Contains(body, "<html") {
			t.Errorf("%d %.200s", status, body)
		}
	})
	t.Run("it serves and is ready while the provider is away, and says so", func(t *testing.T) {
		if status, body := get(t, s.admin+"/readyz", ""); status != http.StatusOK {
			t.Errorf("%d %s", status, body)
		}
		_, metrics := get(t, s.admin+"/metrics", "")
		if !strings.Contains(metrics, "\norglogin_provider_up 0\n") {
			t.Error("no orglogin_provider_up 0 in the metrics")
		}
	})
	t.Run("the admin paths are not on the public listener", func(t *testing.T) {
		for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
			if status, _ := get(t, s.url+path, "login.example.localhost:8080"); status != http.StatusNotFound {
				t.Errorf("%s: %d", path, status)
			}
		}
	})
	t.Run("parameters of 100 kB have an answer that says so", func(t *testing.T) {
		status, _ := get(t, s.url+"/login?redirect=/"+strings.Repeat("a", 100_000), "login.example.localhost:8080")
		if status != http.StatusRequestURITooLong {
			t.Errorf("%d", status)
		}
	})
	t.Run("a head beyond every bound is 431", func(t *testing.T) {
		status, _ := get(t, s.url+"/login?redirect=/"+strings.Repeat("a", 200_000), "login.example.localhost:8080")
		if status != http.StatusRequestHeaderFieldsTooLarge {
			t.Errorf("%d", status)
		}
	})

	s.stop()
	if err := <-s.ended; err != nil {
		t.Errorf("it ended with %v", err)
	}
}

func TestServeDrains(t *testing.T) {
	inside, goOn := make(chan struct{}), make(chan struct{})
	s := start(t, servetest.Config(t), Options{Before: func(service http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/slow" {
				close(inside)
				<-goOn
				fmt.Fprint(w, "finished")
				return
			}
			service.ServeHTTP(w, r)
		})
	}})
	type answer struct {
		status int
		body   string
		err    error
	}
	answered := make(chan answer, 1)
	go func() {
		status, body, err := tryGet(context.Background(), s.url+"/slow", "")
		answered <- answer{status, body, err}
	}()
	<-inside
	s.stop()

	// Readiness goes first: it says no while the request is still in flight.
	servetest.Eventually(t, "readiness says no", func() bool {
		status, _, err := tryGet(t.Context(), s.admin+"/readyz", "")
		return err == nil && status == http.StatusServiceUnavailable
	})
	servetest.Eventually(t, "new connections are refused", func() bool {
		_, _, err := tryGet(t.Context(), s.url+"/login", "login.example.localhost:8080")
		return err != nil
	})
	if status, _ := get(t, s.admin+"/healthz", ""); status != http.StatusOK {
		t.Errorf("it is not alive while it drains: %d", status)
	}
	select {
	case err := <-s.ended:
		t.Fatalf("it ended before the request did: %v", err)
	default:
	}
	close(goOn)
	if a := <-answered; a.err != nil || a.body != "finished" {
		t.Errorf("the request in flight got %+v", a)
	}
	if err := <-s.ended; err != nil {
		t.Errorf("it ended with %v", err)
	}
}

func TestServeFails(t *testing.T) {
	for _, test := range []struct {
		name  string
		spoil func(cfg *config.Config, taken string)
		says  string
	}{
		{"an address that is taken", func(cfg *config.Config, taken string) { cfg.ListenAddr = taken }, "LISTEN_ADDR"},
		{"an admin address that is taken", func(cfg *config.Config, taken string) { cfg.AdminAddr = taken }, "ADMIN_LISTEN_ADDR"},
	} {
		t.Run(test.name+" is an error that names the variable", func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			cfg := servetest.Config(t)
			test.spoil(&cfg, l.Addr().String())
			service, err := Open(t.Context(), cfg, Options{Logger: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Fatal(err)
			}
			defer service.Close()
			err = service.Serve(t.Context(), func(_, _ net.Addr) { t.Error("it said that it was ready") })
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestAConnectionEndsWithTheNextAnswerWhileDraining(t *testing.T) {
	a := &Service{}
	h := a.closeWhenDraining(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }))
	for _, draining := range []bool{false, true} {
		a.draining.Store(draining)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/login", nil))
		if got := w.Header().Get("Connection") == "close"; got != draining {
			t.Errorf("draining %t: the connection closes: %t", draining, got)
		}
	}
}

func TestTheListenerClosesAfterTheShutdownDelay(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer s.Close()
	a := &Service{
		config: config.Config{ShutdownDelay: time.Minute},
		logger: slog.New(slog.DiscardHandler),
		admin:  &handlers.Admin{Registry: prometheus.NewRegistry()},
	}
	slept := time.Duration(0)
	a.sleep = func(d time.Duration) {
		slept = d
		ready := httptest.NewRecorder()
		a.admin.Handler().ServeHTTP(ready, httptest.NewRequest(http.MethodGet, "/readyz", nil))
		if ready.Code != http.StatusServiceUnavailable {
			t.Errorf("/readyz answers %d before the delay, want 503", ready.Code)
		}
		if status, _ := get(t, s.URL, ""); status != http.StatusOK {
			t.Errorf("a new connection during the delay is answered %d, want 200", status)
		}
	}
	if err := a.drain(t.Context(), s.Config, &http.Server{}); err != nil {
		t.Fatal(err)
	}
	if slept != time.Minute {
		t.Errorf("the delay is %s, want that of the configuration", slept)
	}
	if _, _, err := tryGet(t.Context(), s.URL, ""); err == nil {
		t.Error("a new connection after the delay is accepted")
	}
}
