package archtest_test

// rule says what one package may import. What is not named is forbidden.
type rule struct {
	why       string
	packages  []string          // of this module, by folder
	modules   []string          // of others, with everything below them
	standard  []string          // of the standard library, with everything below them; nil: all of it
	constants map[string]string // packages of which only the names that begin so are used
	forTests  bool              // never in the production binary; may import testing, and be imported by tests of what it imports
}

// rules are the packages and what each may import: imports point down, never back up.
var rules = map[string]rule{
	"cmd/orglogin": {
		why: "The binary: flags and environment into one Config, one command, one exit code. It must not be able to hold a fake provider.",
		packages: []string{
			"cmd/internal/config", "cmd/internal/database", "cmd/internal/doctor", "cmd/internal/operate", "cmd/internal/serve", "redirect", "store", "store/manage",
		},
		modules: []string{"github.com/alecthomas/kong"},
	},
	"cmd/demo": {
		why: "The only program that may hold a fake provider; its own main, so that the other one provably does not.",
		packages: []string{
			"cmd/internal/config", "cmd/internal/database", "cmd/internal/operate", "cmd/internal/serve", "handlers/seal", "handlers/signin/fakeidp", "redirect", "store", "store/manage", "templates",
		},
	},
	"cmd/internal/config": {
		why:      "The configuration and its checks, without opening anything but files of keys and providers.",
		packages: []string{"handlers", "handlers/seal", "handlers/token", "redirect", "store", "store/cache", "store/postgres", "templates"},
		modules: []string{
			"github.com/alecthomas/kong",    // reads flags and variables into the typed fields
			"golang.org/x/net/publicsuffix", // a domain under which anybody may have names is refused at start
		},
	},
	"cmd/internal/database": {
		why:      "Opens the database of a configuration, so it is the one place that chooses a driver.",
		packages: []string{"cmd/internal/config", "store", "store/manage", "store/postgres", "store/sqlite"},
	},
	"cmd/internal/operate": {
		why: "What operators do: the operations wired for a configuration, and what the commands alone do as the owner of the database.",
		packages: []string{
			"cmd/internal/config", "cmd/internal/database", "cmd/internal/domains", "handlers/seal", "handlers/signin", "handlers/token", "redirect",
			"store", "store/cache", "store/manage",
		},
	},
	"cmd/internal/serve": {
		why: "Builds the service once for both programs, so it sees every part, except what only tests and the demo may hold.",
		packages: []string{
			"cmd/internal/config", "cmd/internal/database", "cmd/internal/domains", "cmd/internal/mail", "cmd/internal/telemetry", "cmd/internal/operate", // the operations, for the API
			"handlers", "handlers/api", "handlers/seal", "handlers/session", "handlers/signin", "handlers/token",
			"store", "store/cache", "store/manage", "store/postgres", "store/receiptqueue", "store/sqlite", "templates",
		},
		modules: []string{"github.com/prometheus/client_golang"}, // the registry that all counters are in
	},
	"cmd/internal/telemetry": {
		why:      "Makes spans and exports them, for what serve wires: the packages that are traced know a function of store, or the API of OpenTelemetry.",
		packages: []string{"cmd/internal/config", "handlers/web", "store"},
		modules: []string{
			"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp", "go.opentelemetry.io/otel", "go.opentelemetry.io/proto/otlp", "google.golang.org/protobuf",
		},
	},
	"cmd/internal/doctor": {
		why: "Checks what serve runs on: configuration, database, Redis, provider, DNS.",
		packages: []string{
			"cmd/internal/config", "cmd/internal/database", "cmd/internal/operate",
			"handlers/seal", "handlers/signin", "handlers/token", "store", "store/cache", "store/manage", "store/postgres", "store/sqlite",
		},
		modules: []string{
			"github.com/redis/go-redis/v9",  // whether Redis is one server or a cluster
			"golang.org/x/net/publicsuffix", // cookies as browsers keep them
		},
	},
	"cmd/internal/domains": {
		why:      "Which domains an organization may claim, and whether the record that proves it is there: DNS alone, no database. The record is a word of the operations.",
		packages: []string{"store", "store/manage"},
		modules:  []string{"golang.org/x/net/dns", "golang.org/x/net/idna", "golang.org/x/net/publicsuffix"},
	},
	"cmd/internal/mail": {
		why:      "Sends invitations by SMTP: the outbox alone, no database and no configuration.",
		packages: []string{"store", "store/manage"},
		modules:  []string{"github.com/wneessen/go-mail"},
	},
	"cmd/internal/mail/mailtest": {
		why:      "An SMTP server of the tests' own.",
		packages: []string{},
		modules:  []string{"github.com/emersion/go-smtp"},
		forTests: true,
	},
	"cmd/internal/domains/dnstest": {
		why:      "A DNS server of the tests' own.",
		packages: []string{},
		modules:  []string{"golang.org/x/net/dns"},
		forTests: true,
	},
	"cmd/internal/servetest": {
		why:      "A configuration with a migrated database, for the tests of serve and doctor.",
		packages: []string{"cmd/internal/config", "cmd/internal/database", "cmd/internal/operate", "redirect", "store"},
		forTests: true,
	},
	"cmd/internal/oidcattack": {
		why: "Puts the whole service before a hostile provider and a real browser, in tests alone: it builds the service as the programs do, so it sees every part.",
		packages: []string{
			"handlers", "handlers/handlertest", "handlers/seal", "handlers/session", "handlers/signin", "handlers/signin/fakeidp", "handlers/token",
			"redirect", "store", "store/sqlite", "store/sqlite/sqlitetest", "templates",
		},
		modules: []string{
			"github.com/go-jose/go-jose/v4",       // key sets of good and bad keys
			"github.com/prometheus/client_golang", // the registry that the service needs
			"golang.org/x/net/publicsuffix",       // cookies as browsers keep them
		},
		forTests: true,
	},
	"cmd/internal/clustertest": {
		why:      "Runs several of the real program with all that stands round them, for tests and the load command: a provider and servers that nothing shipped may hold.",
		packages: []string{"handlers/signin/fakeidp", "store/postgres", "store/postgres/pgtest"},
		forTests: true,
	},
	"cmd/internal/load": {
		why: "Measures the service beside two relying parties of its own, which know every library that a login needs and none of our packages.",
		packages: []string{
			"cmd/internal/clustertest", "cmd/internal/config", "cmd/internal/database", "cmd/internal/operate", "cmd/internal/serve", "handlers/seal", "redirect", "store", "store/postgres", "store/postgres/pgtest",
		},
		modules: []string{
			"github.com/coreos/go-oidc/v3", "github.com/go-jose/go-jose/v4", "github.com/jackc/pgx/v5", "github.com/labstack/echo/v4", "github.com/redis/go-redis/v9", "golang.org/x/oauth2",
		},
		forTests: true,
	},
	"cmd/internal/archtest": {
		why:      "Reads the source and imports none of it: the test of the imports must not take part in them.",
		packages: []string{},
	},
	"docs/deploy": {
		why:      "Runs the shipped proxy files as an outsider.",
		packages: []string{},
	},
	"docs/examples": {
		why:      "Runs the examples as their readers would.",
		packages: []string{},
	},
	"docs/examples/go": {
		why:      "An app outside this product: it knows headers, and no package of ours.",
		packages: []string{},
	},
	"handlers": {
		why: "Turns HTTP into questions and answers into HTTP, and knows no database. It wires the flows, and itself answers none.",
		packages: []string{
			"handlers/account", "handlers/flow", "handlers/login", "handlers/seal", "handlers/session", "handlers/signin", "handlers/token",
			"handlers/verify", "handlers/web", "redirect", "store", "templates",
		},
		modules: []string{"github.com/labstack/echo/v4", "github.com/prometheus/client_golang"},
	},
	"handlers/login": {
		why:      "Signs in and lands. One flow: it knows none of the others.",
		packages: []string{"handlers/flow", "handlers/signin", "handlers/web", "redirect", "redirect/access", "store", "templates"},
		modules:  []string{"github.com/labstack/echo/v4", "github.com/prometheus/client_golang"},
	},
	"handlers/verify": {
		why:      "Answers the proxies. One flow: it knows none of the others, and no provider.",
		packages: []string{"handlers/flow", "handlers/session", "handlers/token", "handlers/web", "redirect", "redirect/access", "store", "templates"},
		modules:  []string{"github.com/labstack/echo/v4", "github.com/prometheus/client_golang"},
	},
	"handlers/account": {
		why:      "Answers a signed-in person about their session. One flow: it knows none of the others, and no provider.",
		packages: []string{"handlers/flow", "handlers/session", "handlers/token", "handlers/web", "redirect", "redirect/access", "store", "templates"},
		modules:  []string{"github.com/labstack/echo/v4"},
	},
	"handlers/web": {
		why:      "How every flow reads a request and answers it. It is below the flows and knows none of them, nor any path of theirs.",
		packages: []string{"handlers/flow", "handlers/session", "redirect", "store", "store/ratelimit", "templates"},
		modules: []string{
			"github.com/labstack/echo/v4", "github.com/prometheus/client_golang",
			"go.opentelemetry.io/otel", // its API: the span of a request is in the request's context
		},
	},
	"handlers/api": {
		why:      "Answers programs with a token: the operations of store/manage over HTTP. It knows no page, no session and no database.",
		packages: []string{"handlers/web", "store", "store/manage"},
		modules: []string{
			"github.com/danielgtaylor/huma/v2", // routes, parameters and the OpenAPI document from the same types
			"github.com/labstack/echo/v4", "github.com/prometheus/client_golang",
		},
	},
	"handlers/flow": {
		why:      "A login in progress, sealed into a cookie and into state. It knows no server.",
		packages: []string{"handlers/seal", "handlers/session", "handlers/signin", "redirect", "store"},
	},
	"handlers/handlertest": {
		why:      "The clock, the log and the provider keys that the tests of several packages share.",
		packages: []string{},
		forTests: true,
	},
	"handlers/signin": {
		why:      "One login with the provider. It trusts nothing between, and knows neither pages nor cookies.",
		packages: []string{"handlers/seal", "store"}, // client secrets of organizations are sealed in the database
		modules: []string{
			"code.dny.dev/ssrf", // the special-purpose networks that a tenant's provider may not be in
			"github.com/coreos/go-oidc/v3", "github.com/go-jose/go-jose/v4", "golang.org/x/oauth2",
		},
	},
	"handlers/signin/fakeidp": {
		why:      "A provider for tests and the demo, written apart from what it tests: it shares no word with signin.",
		packages: []string{},
		modules:  []string{"github.com/go-jose/go-jose/v4"},
		forTests: true,
	},
	"handlers/session": {
		why:      "Who is this browser: a cookie and its row. It decides nothing about places.",
		packages: []string{"handlers/seal", "store"},
	},
	"handlers/seal": {
		why:      "Values that only we could have written. Cryptography alone, so that it can be read in one sitting.",
		packages: []string{},
		standard: []string{"bytes", "crypto", "encoding", "errors", "fmt", "io", "slices", "strings", "sync", "time"},
	},
	"handlers/token": {
		why:      "The signed identity for what stands behind.",
		packages: []string{"store"},
		modules:  []string{"github.com/go-jose/go-jose/v4"},
	},
	"redirect": {
		why:      "The decision is pure: no server, file, database, clock or log, so that a table can be its specification.",
		packages: []string{"redirect/access", "store"},
		standard: []string{
			"bytes", "cmp", "context", "crypto/rand", "encoding", "errors", "fmt", "iter", "maps", "math", "net/netip", "net/url",
			"regexp", "slices", "strconv", "strings", "time", "unicode",
		},
		constants: map[string]string{"net/http": "Status"}, // it says 403; it does not speak HTTP
	},
	"redirect/access": {
		why:      "May a session be used on a host, and why not: pure, so that a table can be its specification.",
		packages: []string{"store"},
		standard: []string{"slices"},
	},
	"redirect/redirecttest": {
		why:      "Reads the lists of redirects, for every test that sends them somewhere.",
		packages: []string{},
		forTests: true,
	},
	"store": {
		why:      "The words. Every package imports them, so they import none and open nothing.",
		packages: []string{},
		modules:  []string{"golang.org/x/net/idna"}, // an address in another script has one form
		standard: []string{
			"bytes", "cmp", "context", "crypto", "encoding", "errors", "fmt", "io", "iter", "maps", "math", "net/netip", "net/url",
			"regexp", "slices", "strconv", "strings", "time", "unicode",
		},
	},
	"store/manage": {
		why:      "What operators do, once for both databases and for every way to ask. It knows neither a driver nor HTTP.",
		packages: []string{"store"},
		modules:  []string{"golang.org/x/image/webp"}, // a logo is decoded before it is stored
	},
	"store/manage/managetest": {
		why:      "What every operation of an operator must do, run by the tests of each database.",
		packages: []string{"store", "store/manage"},
		forTests: true,
	},
	"store/postgres": {
		why:      "The words, in PostgreSQL. A driver points down only.",
		packages: []string{"store", "store/manage"},
		modules:  []string{"github.com/jackc/pgx/v5", "github.com/pressly/goose/v3"},
	},
	"store/sqlite": {
		why:      "The words, in one file. A driver points down only.",
		packages: []string{"store", "store/manage"},
		modules:  []string{"modernc.org/sqlite", "github.com/pressly/goose/v3", "golang.org/x/sys"},
	},
	"store/cache": {
		why:      "The same words, remembered for a while. It is advice, over any store: it knows none by name.",
		packages: []string{"store", "store/ratelimit"},
		modules:  []string{"github.com/redis/go-redis/v9", "github.com/maypok86/otter/v2", "github.com/sony/gobreaker/v2", "golang.org/x/sync"},
	},
	"store/ratelimit": {
		why:      "How often something may happen: the only rate limiter, so it depends on nothing.",
		packages: []string{},
	},
	"store/receiptqueue": {
		why:      "Receipts, stored after the answer that they belong to. Over any store: it knows none by name.",
		packages: []string{"store"},
	},
	"store/storetest": {
		why:      "What every store must do, as tests, said without knowing any. What an operator has to do first is done as in production, by the operations.",
		packages: []string{"store", "store/manage", "store/manage/managetest"},
		modules:  []string{"github.com/google/go-cmp"},
		forTests: true,
	},
	"store/sqlite/sqlitetest": {
		why:      "Migrated SQLite files of the tests' own.",
		packages: []string{"store/sqlite"},
		forTests: true,
	},
	"store/postgres/pgtest": {
		why:      "A PostgreSQL of the tests' own, with a database for each.",
		packages: []string{"store", "store/postgres"},
		modules:  []string{"github.com/jackc/pgx/v5"},
		forTests: true,
	},
	"templates": {
		why:      "The pages: typed structs in, HTML out. They query nothing.",
		packages: []string{"store"},
		modules: []string{
			"golang.org/x/text/language", // which of the languages is for whom
			"golang.org/x/image/webp",    // whether the operator's logo is one
		},
		standard: []string{
			"bytes", "cmp", "compress", "crypto/sha256", "embed", "encoding", "errors", "fmt", "hash", "html", "image", "io", "maps", "net/http", "net/url", "path",
			"reflect", "regexp", "slices", "strconv", "strings", "sync", "time", "unicode",
		},
	},
}

// testModules are what tests may use beside the modules above.
var testModules = []string{
	"github.com/chromedp/cdproto", "github.com/chromedp/chromedp", "github.com/emersion/go-smtp", "github.com/google/go-cmp", "github.com/rogpeppe/go-internal",
	"golang.org/x/net/html",            // a page is judged as a browser reads it
	"golang.org/x/net/dns",             // a name server of a test's own
	"github.com/prometheus/prometheus", // the queries of the dashboard and the alerts are evaluated by the library
	"go.yaml.in/yaml/v3",
}

// onlyIn names modules that tests of other packages may not use either.
var onlyIn = map[string][]string{
	// So that its next major version is one package's work, and that of what it is compared with.
	"github.com/labstack/echo":         {"handlers", "handlers/account", "handlers/api", "handlers/login", "handlers/verify", "handlers/web", "cmd/internal/load"},
	"github.com/alecthomas/kong":       {"cmd/internal/config", "cmd/orglogin"},
	"github.com/danielgtaylor/huma/v2": {"handlers/api"},
}

// neverShipped are packages that the production binary must not hold, at any distance, beside those for tests.
var neverShipped = []string{
	"testing", "net/http/httptest", "net/http/pprof",
	"github.com/chromedp/chromedp", "github.com/rogpeppe/go-internal", "github.com/google/go-cmp", "github.com/prometheus/prometheus/promql",
}

// topLevel is what is at the root: the packages, and the files that tools look for there.
var topLevel = []string{
	"cmd", "handlers", "redirect", "store", "templates", "go.mod", "go.sum", "Dockerfile", "README.md",
	"LICENSE", "Makefile", "compose.yaml", "docs", "CHANGELOG.md", "SECURITY.md", "tools",
	".golangci.yaml", ".dockerignore", ".gitignore", ".ci", ".github", ".git",
}

// drawers are names under which anything can be put, and then is.
var drawers = []string{"util", "utils", "common", "helper", "helpers", "type", "types", "model", "models", "misc", "pkg", "shared", "lib", "base"}
