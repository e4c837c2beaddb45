package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"orglogin/handlers"
	"orglogin/store"
)

// TestScripts runs testdata/*.txtar: what the service does, as a support
// engineer would try it. The commands:
//
//	service [signup=closed] [limit=3/1m] [suffix=-staging] [trust] [hosted=DOMAIN]   opens the service (fixture.json is imported)
//	browser NAME              another browser, with cookies of its own
//	pick SUBJECT              who signs in at the provider from now on
//	get|head|post URL [k=v…] [-H 'Name: value']…   one request, nothing followed
//	follow                    goes where the last answer sends the browser
//	login SUBJECT [?intent]   start, provider, callback; the last answer is the callback's
//	status N · location REGEXP · header NAME REGEXP · body REGEXP   about the last answer; ! negates
//	cookie NAME               the browser holds a cookie whose name begins so; ! negates
//	keep NAME REGEXP          sets $NAME to the first group found in the last Location, else in the body
//	drop NAME                 the browser loses the cookies whose name begins so
//	steal VAR NAME            sets $VAR to the value of a cookie
//	plant NAME VALUE          a sibling host sets a cookie for the parent domain
//	clock +16m                time passes
//	store down|up             the database goes away and comes back
//	provider up|away|slow|html|500   what the provider does
//	import FILE               more of contract section 7
//	byhand SQL                what an operator changes in the database
//	ask verify|forward URL [-X METHOD] [-H …]…   what a trusted proxy asks about a request of this browser
//	logged REGEXP             a log line says so; ! negates
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("PUBLIC", public)
			e.Setenv("APP", app)
			e.Setenv("MIDDLE", strings.Repeat("a", 4_000)) // longer than a redirect may be
			e.Setenv("LONG", strings.Repeat("a", 100_000)) // longer than anything may be
			e.Values["script"] = &script{}
			return nil
		},
		Cmds: commands(t),
	})
}

// script is the state of one script.
type script struct {
	service  *service
	browsers map[string]*http.Client
	browser  *http.Client
	res      *http.Response
	body     string
}

func commands(t *testing.T) map[string]func(*testscript.TestScript, bool, []string) {
	cmds := map[string]func(*testscript.TestScript, bool, []string){}
	for name, f := range map[string]func(*script, *testscript.TestScript, bool, []string){
		"browser": (*script).cmdBrowser, "pick": (*script).cmdPick,
		"get": method(http.MethodGet), "head": method(http.MethodHead), "post": method(http.MethodPost),
		"follow": (*script).cmdFollow, "login": (*script).cmdLogin,
		"status": (*script).cmdStatus, "location": (*script).cmdLocation, "header": (*script).cmdHeader,
		"body": (*script).cmdBody, "cookie": (*script).cmdCookie, "keep": (*script).cmdKeep,
		"drop": (*script).cmdDrop, "steal": (*script).cmdSteal, "plant": (*script).cmdPlant, "clock": (*script).cmdClock,
		"store": (*script).cmdStore, "provider": (*script).cmdProvider, "import": (*script).cmdImport,
		"logged": (*script).cmdLogged, "byhand": (*script).cmdByHand, "ask": (*script).cmdAsk,
	} {
		cmds[name] = func(ts *testscript.TestScript, neg bool, args []string) {
			s := ts.Value("script").(*script)
			if s.service == nil {
				ts.Fatalf("the script must begin with service")
			}
			f(s, ts, neg, args)
		}
	}
	cmds["service"] = func(ts *testscript.TestScript, _ bool, args []string) {
		ts.Value("script").(*script).open(t, ts, args)
	}
	return cmds
}

func (s *script) open(t *testing.T, ts *testscript.TestScript, args []string) {
	cfg := serviceConfig{}
	if b, err := os.ReadFile(ts.MkAbs("fixture.json")); err == nil {
		cfg.fixture = string(b)
	} else {
		cfg.fixture = read(t, filepath.Join("testdata", "fixture.json"))
	}
	for _, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		switch name {
		case "signup":
			cfg.signup = store.Signup(value)
		case "suffix":
			cfg.suffix = value
		case "trust":
			cfg.trust = true
		case "hosted":
			cfg.hosted = []string{value}
		case "allowed":
			cfg.allowed = []string{value}
		case "limit":
			count, per, _ := strings.Cut(value, "/")
			n, err := strconv.Atoi(count)
			ts.Check(err)
			d, err := time.ParseDuration(per)
			ts.Check(err)
			cfg.limit = handlers.Limit{Count: n, Per: d}
		default:
			ts.Fatalf("service: unknown %s", arg)
		}
	}
	s.service = newService(t, cfg)
	s.browsers = map[string]*http.Client{}
	s.cmdBrowser(ts, false, []string{"first"})
}

func (s *script) cmdBrowser(ts *testscript.TestScript, _ bool, args []string) {
	if s.browsers[args[0]] == nil {
		s.browsers[args[0]] = s.service.browser()
	}
	s.browser = s.browsers[args[0]]
}

func (s *script) cmdPick(_ *testscript.TestScript, _ bool, args []string) { s.service.pick(args[0]) }

func method(m string) func(*script, *testscript.TestScript, bool, []string) {
	return func(s *script, ts *testscript.TestScript, _ bool, args []string) {
		var form url.Values
		if m == http.MethodPost {
			form = url.Values{}
		}
		var headers []string
		for i := 1; i < len(args); i++ {
			if args[i] == "-H" {
				i++
				headers = append(headers, args[i])
				continue
			}
			k, v, _ := strings.Cut(args[i], "=")
			form.Add(k, v)
		}
		s.res, s.body = do(s.service.t, s.browser, m, args[0], form, headers...)
		s.show(ts)
	}
}

func (s *script) show(ts *testscript.TestScript) {
	ts.Logf("%d %s", s.res.StatusCode, s.res.Header.Get("Location"))
}

func (s *script) cmdFollow(ts *testscript.TestScript, _ bool, _ []string) {
	if s.res.Header.Get("Location") == "" {
		ts.Fatalf("the last answer (%d) leads nowhere\n%s", s.res.StatusCode, s.body)
	}
	s.res, s.body = follow(s.service.t, s.browser, s.res)
	s.show(ts)
}

func (s *script) cmdLogin(ts *testscript.TestScript, _ bool, args []string) {
	intent := ""
	if len(args) > 1 {
		intent = args[1]
	}
	s.res, s.body = s.service.loginAs(s.browser, args[0], intent)
	s.show(ts)
}

func (s *script) cmdStatus(ts *testscript.TestScript, _ bool, args []string) {
	if got := strconv.Itoa(s.res.StatusCode); got != args[0] {
		ts.Fatalf("status %s, want %s\n%s", got, args[0], s.body)
	}
}

func (s *script) cmdLocation(ts *testscript.TestScript, neg bool, args []string) {
	match(ts, neg, "Location", args[0], s.res.Header.Get("Location"))
}

func (s *script) cmdHeader(ts *testscript.TestScript, neg bool, args []string) {
	pattern := ""
	if len(args) > 1 {
		pattern = args[1]
	}
	values := s.res.Header.Values(args[0])
	if neg && pattern == "" {
		if len(values) > 0 {
			ts.Fatalf("%s: %q", args[0], values)
		}
		return
	}
	if !neg && len(values) == 0 {
		ts.Fatalf("no %s", args[0])
	}
	match(ts, neg, args[0], pattern, strings.Join(values, "\n"))
}

func (s *script) cmdBody(ts *testscript.TestScript, neg bool, args []string) {
	match(ts, neg, "body", args[0], s.body)
}

func match(ts *testscript.TestScript, neg bool, what, pattern, text string) {
	re, err := regexp.Compile("(?m)" + pattern)
	ts.Check(err)
	if re.MatchString(text) == neg {
		ts.Fatalf("%s (negated: %v) against %s:\n%s", pattern, neg, what, text)
	}
}

func (s *script) cookies(host string) []*http.Cookie {
	return s.browser.Jar.Cookies(&url.URL{Scheme: "https", Host: host, Path: "/"})
}

func (s *script) cmdCookie(ts *testscript.TestScript, neg bool, args []string) {
	held := false
	for _, c := range s.cookies("login.example.test") {
		held = held || strings.HasPrefix(c.Name, args[0])
	}
	if held == neg {
		ts.Fatalf("cookie %s held: %v", args[0], held)
	}
}

func (s *script) cmdKeep(ts *testscript.TestScript, _ bool, args []string) {
	re, err := regexp.Compile(args[1])
	ts.Check(err)
	for _, text := range []string{s.res.Header.Get("Location"), s.res.Header.Get("X-Login-Receipt"), s.body} {
		if m := re.FindStringSubmatch(text); m != nil {
			ts.Setenv(args[0], m[1])
			return
		}
	}
	ts.Fatalf("%s is nowhere in the answer", args[1])
}

func (s *script) cmdDrop(ts *testscript.TestScript, _ bool, args []string) {
	for _, c := range s.cookies("login.example.test") {
		if !strings.HasPrefix(c.Name, args[0]) {
			continue
		}
		for _, domain := range []string{"", "example.test"} {
			s.browser.Jar.SetCookies(&url.URL{Scheme: "https", Host: "login.example.test", Path: "/"},
				[]*http.Cookie{{Name: c.Name, Path: "/", Domain: domain, MaxAge: -1}})
		}
	}
}

func (s *script) cmdSteal(ts *testscript.TestScript, _ bool, args []string) {
	for _, c := range s.cookies("login.example.test") {
		if c.Name == args[1] {
			ts.Setenv(args[0], c.Value)
			return
		}
	}
	ts.Fatalf("no cookie %s", args[1])
}

func (s *script) cmdPlant(_ *testscript.TestScript, _ bool, args []string) {
	s.browser.Jar.SetCookies(&url.URL{Scheme: "https", Host: "evil.example.test", Path: "/"},
		[]*http.Cookie{{Name: args[0], Value: args[1], Path: "/", Domain: "example.test", Secure: true}})
}

func (s *script) cmdClock(ts *testscript.TestScript, _ bool, args []string) {
	d, err := time.ParseDuration(args[0])
	ts.Check(err)
	s.service.clock.Move(d)
}

func (s *script) cmdStore(_ *testscript.TestScript, _ bool, args []string) {
	if args[0] == "down" {
		s.service.switched.cut()
	} else {
		s.service.switched.restore()
	}
}

func (s *script) cmdProvider(ts *testscript.TestScript, _ bool, args []string) {
	at := func(path string, answer func(http.ResponseWriter, *http.Request)) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.HasPrefix(r.URL.Path, path) {
				return false
			}
			answer(w, r)
			return true
		}
	}
	switch args[0] {
	case "up":
		s.service.answerAs(nil)
	case "away":
		s.service.answerAs(at("/", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	case "slow":
		s.service.answerAs(at("/token", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	case "html":
		s.service.answerAs(at("/token", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<h1>Maintenance</h1>") }))
	case "refusing":
		s.service.answerAs(at("/token", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"error":"invalid_grant"}`)
		}))
	default:
		ts.Fatalf("provider: unknown %s", args[0])
	}
}

func (s *script) cmdImport(ts *testscript.TestScript, _ bool, args []string) {
	s.service.importFile(ts.ReadFile(args[0]))
}

func (s *script) cmdLogged(ts *testscript.TestScript, neg bool, args []string) {
	match(ts, neg, "log", args[0], s.service.log.String())
}

func (s *script) cmdByHand(_ *testscript.TestScript, _ bool, args []string) {
	s.service.byHand(args[0])
}

// cmdAsk asks as the shipped proxy files do, from loopback and with a Host that
// is no host of ours.
func (s *script) cmdAsk(ts *testscript.TestScript, _ bool, args []string) {
	what, page := args[0], args[1]
	u, err := url.Parse(page)
	ts.Check(err)
	asked := http.MethodGet
	headers := []string{"Test-Peer: 127.0.0.1:1", "Test-Host: orglogin:8080"}
	for i := 2; i < len(args); i += 2 {
		if args[i] == "-X" {
			asked = args[i+1]
		} else {
			headers = append(headers, args[i+1])
		}
	}
	_, uri, _ := strings.Cut(strings.TrimPrefix(page, u.Scheme+"://"), "/")
	headers = append(headers, "X-Forwarded-Proto: "+u.Scheme, "X-Forwarded-Host: "+u.Host,
		"X-Forwarded-Uri: /"+uri, "X-Forwarded-Method: "+asked)
	s.res, s.body = do(s.service.t, s.browser, http.MethodGet, "https://"+u.Hostname()+"/auth/"+what, nil, headers...)
	s.show(ts)
}
