package serve

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/servetest"
	"orglogin/handlers"
	"orglogin/handlers/handlertest"
	"orglogin/handlers/signin/fakeidp"
)

// collector takes spans by OTLP over HTTP.
type collector struct {
	url string

	mu   sync.Mutex
	data tracepb.TracesData // on the wire the same as an ExportTraceServiceRequest
}

func newCollector(t *testing.T) *collector {
	t.Helper()
	c := &collector{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := io.Reader(r.Body)
		if r.Header.Get("Content-Encoding") == "gzip" {
			z, err := gzip.NewReader(body)
			if err != nil {
				t.Error(err)
				return
			}
			body = z
		}
		text, err := io.ReadAll(body)
		var came tracepb.TracesData
		if err == nil {
			err = proto.Unmarshal(text, &came)
		}
		if err != nil || r.Method != http.MethodPost || r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/x-protobuf" || r.Header.Get("Api-Key") != "a key" {
			t.Errorf("not an export: %v %s %s %v", err, r.Method, r.URL, r.Header)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.data.ResourceSpans = append(c.data.ResourceSpans, came.GetResourceSpans()...)
	}))
	t.Cleanup(server.Close)
	c.url = server.URL
	return c
}

func (c *collector) spans() []*tracepb.Span {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []*tracepb.Span
	for _, r := range c.data.GetResourceSpans() {
		for _, s := range r.GetScopeSpans() {
			all = append(all, s.GetSpans()...)
		}
	}
	return all
}

// named are the spans of a name, at least one.
func (c *collector) named(t *testing.T, name string) []*tracepb.Span {
	t.Helper()
	found := slices.DeleteFunc(c.spans(), func(s *tracepb.Span) bool { return s.GetName() != name })
	if len(found) == 0 {
		t.Fatalf("no span %q in %s", name, c.names())
	}
	return found
}

func (c *collector) names() string {
	var all []string
	for _, s := range c.spans() {
		all = append(all, s.GetName())
	}
	return strings.Join(all, ", ")
}

func attribute(s *tracepb.Span, key string) string {
	for _, a := range s.GetAttributes() {
		if a.GetKey() == key {
			return a.GetValue().GetStringValue()
		}
	}
	return ""
}

// traced is a service that exports to a collector. It is reached as a browser does, whose hosts all are here.
type traced struct {
	*http.Client
	api    http.Handler // nil: none
	log    *handlertest.Log
	finish func() // exports what is left
}

func startTraced(t *testing.T, cfg config.Config, variables map[string]string) traced {
	t.Helper()
	var check config.Check
	cfg.Tracing = config.CheckTracing(&check, func(name string) string { return variables[name] })
	if err := check.Err(); err != nil {
		t.Fatal(err)
	}
	log := &handlertest.Log{}
	service, err := Open(t.Context(), cfg, Options{Logger: slog.New(slog.NewJSONHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(service.public)
	finish := sync.OnceFunc(func() {
		server.Close()
		if err := service.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(finish)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	var d net.Dialer
	s := traced{log: log, finish: finish, Client: &http.Client{
		Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, asked string) (net.Conn, error) {
			if strings.HasSuffix(asked, ".example.localhost:8080") {
				asked = server.Listener.Addr().String()
			}
			return d.DialContext(ctx, network, asked)
		}},
	}}
	if service.api != nil {
		s.api = service.api.handler
	}
	return s
}

// get returns the answer, its body read. Header lines are "Name: value".
func (s traced) get(t *testing.T, to string, lines ...string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, to, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	answer, err := s.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	return answer
}

const publicURL = "http://login.example.localhost:8080"

// withProvider lets the person sign in.
func withProvider(t *testing.T, cfg *config.Config, person fakeidp.Person) {
	t.Helper()
	server := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	server.Config.Handler = fakeidp.New(fakeidp.Config{
		Issuer: server.URL, ClientID: "client", ClientSecret: "secret", Auto: func(*http.Request) fakeidp.Person { return person },
		Mangle: fakeidp.Mangle{Claims: func(claims map[string]any) { delete(claims, "email_verified") }}, // so that userinfo is asked
	})
	cfg.Provider.Issuer, cfg.Provider.UserInfo = server.URL, config.UserInfoAuto
}

// exporting are the variables of a service that exports to c.
func exporting(c *collector) map[string]string {
	return map[string]string{
		"OTEL_EXPORTER_OTLP_ENDPOINT": c.url, "OTEL_EXPORTER_OTLP_HEADERS": "api-key=a%20key", "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
	}
}

func TestALoginIsTracedWithoutAnythingOfThePerson(t *testing.T) {
	const hostile = "h0st1le"
	c := newCollector(t)
	cfg := servetest.Config(t)
	redis, _ := servetest.Redis(t)
	cfg.Redis, cfg.RateLimit = []string{redis}, handlers.Limit{Count: 100, Per: 60e9}
	withProvider(t, &cfg, fakeidp.Person{Subject: hostile + "-subject", Email: hostile + "@mail.example", EmailVerified: true, Name: hostile + " Name", Picture: "https://pictures.example/" + hostile})
	s := startTraced(t, cfg, exporting(c))
	headers := []string{
		"User-Agent: " + hostile, "X-Forwarded-For: 203.0.113.77", "Referer: http://" + hostile + ".example/", "Accept-Language: " + hostile, "X-Request-Id: " + hostile,
		"Traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "Tracestate: vendor=" + hostile, "Baggage: user=" + hostile,
	}
	secrets := []string{hostile, "mail.example", "203.0.113.77", "127.0.0.1", "example.localhost", "localhost"}

	s.get(t, publicURL+"/"+hostile+"?token="+hostile, headers...)
	start := s.get(t, publicURL+"/auth/start?login_hint="+hostile+"%40mail.example&redirect=/"+hostile, append(headers, "Sec-Fetch-Site: same-origin")...)
	chosen := s.get(t, start.Header.Get("Location"), headers...)
	landed := s.get(t, chosen.Header.Get("Location"), headers...)
	if landed.StatusCode != http.StatusFound || landed.Header.Get("X-Login-Receipt") == "" {
		t.Fatalf("the login ended with %d:\n%s", landed.StatusCode, s.log)
	}
	s.get(t, publicURL+"/login?redirect=/"+hostile, headers...)
	verified := s.get(t, "http://app.example.localhost:8080/auth/verify", append(headers,
		"X-Forwarded-Proto: http", "X-Forwarded-Host: app.example.localhost:8080", "X-Forwarded-Uri: /"+hostile, "X-Forwarded-Method: GET")...)
	if verified.StatusCode != http.StatusOK {
		t.Fatalf("verify answered %d:\n%s", verified.StatusCode, s.log)
	}
	for _, answer := range []*http.Response{start, chosen, landed, verified} {
		secrets = append(secrets, secretsOf(t, answer)...)
	}
	s.finish()

	exported := prototext.Format(&c.data)
	for _, secret := range secrets {
		if strings.Contains(exported, secret) {
			t.Errorf("%q is in what was exported:\n%s", secret, exported)
		}
	}
	for _, name := range []string{
		"GET", "GET /auth/start", "GET /auth/callback", "GET /login", "GET /auth/verify",
		"provider discovery", "provider jwks", "provider token", "provider userinfo", "look up session", "look up person", "decide login", "decide access",
		"SELECT profiles", "INSERT sessions", "COMMIT", "SET", "EVALSHA",
	} {
		c.named(t, name)
	}
	callback := c.named(t, "GET /auth/callback")[0]
	for _, name := range []string{"provider token", "provider userinfo", "COMMIT", "SET"} {
		if s := c.named(t, name)[0]; !slices.Equal(s.GetTraceId(), callback.GetTraceId()) && name != "SET" {
			t.Errorf("%s is not in the trace of the callback", name)
		}
	}
	decision := c.named(t, "decide login")[0]
	if !slices.Equal(decision.GetParentSpanId(), callback.GetSpanId()) || attribute(decision, "orglogin.step") != "fallback" || attribute(decision, "orglogin.reason") == "" {
		t.Errorf("the decision is %v", decision)
	}
}

// secretsOf are what an answer gave to the browser and to proxies: no trace may hold it.
func secretsOf(t *testing.T, answer *http.Response) []string {
	t.Helper()
	var all []string
	for _, cookie := range answer.Cookies() {
		all = append(all, cookie.Value)
	}
	to, err := url.Parse(answer.Header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"state", "code", "nonce", "code_challenge"} {
		all = append(all, to.Query().Get(name))
	}
	for _, name := range []string{"X-Auth-Request-User", "X-Auth-Request-Access-Token", "Authorization"} {
		all = append(all, answer.Header.Get(name))
	}
	return slices.DeleteFunc(all, func(s string) bool { return len(s) < 8 })
}

func TestARequestOfTheAPIIsTracedByItsRoute(t *testing.T) {
	c := newCollector(t)
	cfg := servetest.Config(t)
	cfg.API = config.API{ListenAddr: "127.0.0.1:0"}
	s := startTraced(t, cfg, exporting(c))
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/organizations/h0st1le?limit=h0st1le", nil)
	r.Header.Set("Authorization", "Bearer olg_h0st1le"+strings.Repeat("x", 36))
	s.api.ServeHTTP(httptest.NewRecorder(), r)
	s.finish()
	span := c.named(t, "GET /v1/organizations/{organization}")[0]
	if attribute(span, "orglogin.reason") != "unauthorized" || strings.Contains(prototext.Format(&c.data), "h0st1le") {
		t.Errorf("exported %s", prototext.Format(&c.data))
	}
}

func TestTheTraceOfAProxyIsContinuedWhereItIsTrusted(t *testing.T) {
	const parent, span = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	for _, test := range []struct {
		name    string
		trusted []netip.Prefix
		more    map[string]string
		want    bool
	}{
		{"a trusted peer", []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, nil, true},
		{"any other peer", []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, nil, false},
		{"no propagator", []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, map[string]string{"OTEL_PROPAGATORS": "none"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newCollector(t)
			cfg := servetest.Config(t)
			cfg.TrustedProxies = test.trusted
			variables := exporting(c)
			for name, value := range test.more {
				variables[name] = value
			}
			s := startTraced(t, cfg, variables)
			s.get(t, publicURL+"/login", "Traceparent: 00-"+parent+"-"+span+"-01")
			s.finish()

			login := c.named(t, "GET /login")[0]
			id := fmt.Sprintf("%x", login.GetTraceId())
			if (id == parent) != test.want || (fmt.Sprintf("%x", login.GetParentSpanId()) == span) != test.want {
				t.Errorf("the span is in trace %s below %x", id, login.GetParentSpanId())
			}
			var line struct {
				Message string `json:"msg"`
				TraceID string `json:"trace_id"`
			}
			for text := range strings.Lines(s.log.String()) {
				if err := json.Unmarshal([]byte(text), &line); err != nil {
					t.Fatal(err)
				}
				if line.Message == "request" && line.TraceID != id {
					t.Errorf("trace_id is %q in the log, not %q", line.TraceID, id)
				}
			}
			if !strings.Contains(s.log.String(), `"trace_id":"`+id) {
				t.Errorf("no trace_id %s in the log:\n%s", id, s.log)
			}
		})
	}
}

func TestTheSamplerDecidesWhatIsExported(t *testing.T) {
	t.Setenv("OTEL_TRACES_SAMPLER", "always_off") // the SDK reads it from the process
	c := newCollector(t)
	s := startTraced(t, servetest.Config(t), exporting(c))
	s.get(t, publicURL+"/login")
	s.finish()
	if all := c.spans(); len(all) > 0 {
		t.Errorf("exported: %s", c.names())
	}
	if !strings.Contains(s.log.String(), `"trace_id"`) {
		t.Error("no trace_id in the log")
	}
}

func TestACollectorThatDoesNotAnswerDelaysNothing(t *testing.T) {
	for _, test := range []struct {
		name    string
		handler http.HandlerFunc // nil: not there
	}{
		{"it hangs", func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body); <-r.Context().Done() }},
		{"it fails", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }},
		{"it is not there", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "1") // several exports while requests come
			t.Setenv("OTEL_BSP_MAX_QUEUE_SIZE", "4")
			t.Setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "1")
			server := httptest.NewServer(test.handler)
			defer server.Close()
			if test.handler == nil {
				server.Close()
			}
			s := startTraced(t, servetest.Config(t), map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": server.URL, "OTEL_EXPORTER_OTLP_TIMEOUT": "20"})
			for range 50 {
				if answer := s.get(t, publicURL+"/login"); answer.StatusCode != http.StatusOK {
					t.Fatalf("%d", answer.StatusCode)
				}
			}
			s.finish()
			if n := strings.Count(s.log.String(), "spans are lost until the collector answers"); n != 1 {
				t.Errorf("logged %d times:\n%s", n, s.log)
			}
			if address := strings.TrimPrefix(server.URL, "http://"); strings.Contains(s.log.String(), server.URL) {
				t.Errorf("the URL is in the log, and may hold a key: %s", address)
			}
		})
	}
}

func TestWithoutAnEndpointNothingIsTraced(t *testing.T) {
	for _, variables := range []map[string]string{
		{},
		{"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"},
		{"OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"},
	} {
		cfg := servetest.Config(t)
		var check config.Check
		if cfg.Tracing = config.CheckTracing(&check, func(name string) string { return variables[name] }); cfg.Tracing != nil || check.Err() != nil {
			t.Fatalf("%v: %v %v", variables, cfg.Tracing, check.Err())
		}
		logger := slog.New(slog.DiscardHandler)
		service, err := Open(t.Context(), cfg, Options{Logger: logger})
		if err != nil {
			t.Fatal(err)
		}
		if _, bare := service.public.(*handlers.Server); !bare || service.tracing != nil || service.logger != logger {
			t.Errorf("%v: %T %v: something was put round the service or its log", variables, service.public, service.tracing)
		}
		if err := service.Close(); err != nil {
			t.Error(err)
		}
	}
}
