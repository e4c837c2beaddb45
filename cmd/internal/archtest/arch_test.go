// Package archtest_test keeps the imports of this module flowing one way. It reads the source itself: a child
// process that lists packages would be answered from the test cache.
package archtest_test

import (
	"os"
	"slices"
	"strings"
	"testing"
)

const root = "../../.."

func TestImportsPointDown(t *testing.T) {
	source, err := read(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range check(source) {
		t.Error(line)
	}
	if len(source.files) < 20 {
		t.Errorf("only %d files were read", len(source.files))
	}
}

func TestTheStreetItselfIsOneWay(t *testing.T) {
	for from := range rules {
		if rules[from].why == "" {
			t.Errorf("%s has no reason", from)
		}
		seen := map[string]bool{}
		var walk func(string)
		walk = func(folder string) {
			for _, next := range rules[folder].packages {
				if _, known := rules[next]; !known {
					t.Errorf("%s may import %s, which has no rule", folder, next)
				}
				if next == from {
					t.Errorf("the imports lead from %s back to it", from)
				}
				if !seen[next] {
					seen[next] = true
					walk(next)
				}
			}
		}
		walk(from)
	}
}

// mutation is one more file in the tree: an import, what is done with it, and what must be said of it.
type mutation struct{ file, imports, code, want string }

// Each of these changes one thing in the real source, and must be found by exactly what it breaks.
func TestTheRulesFindWhatIsWrong(t *testing.T) {
	source, err := read(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	before := check(source)
	for name, m := range map[string]mutation{
		"the words look up to the handlers":             {file: "store/x.go", imports: "orglogin/handlers", want: "store/x.go imports orglogin/handlers: The words"},
		"the words open a database":                     {file: "store/x.go", imports: "database/sql", want: "The words"},
		"the words know a driver":                       {file: "store/x.go", imports: "github.com/jackc/pgx/v5", want: "The words"},
		"the decision speaks HTTP":                      {file: "redirect/x.go", imports: "net/http", code: "var _ = http.Get", want: "The decision is pure"},
		"the decision speaks it under another name":     {file: "redirect/x.go", imports: "net/http\"; import h \"net/http", want: "The decision is pure"},
		"the decision reads a file":                     {file: "redirect/x.go", imports: "os", want: "The decision is pure"},
		"the decision looks up to the handlers":         {file: "redirect/x.go", imports: "orglogin/handlers/session", want: "The decision is pure"},
		"the handlers know the database":                {file: "handlers/x.go", imports: "github.com/jackc/pgx/v5/pgxpool", want: "knows no database"},
		"the handlers know a store by name":             {file: "handlers/x.go", imports: "orglogin/store/postgres", want: "knows no database"},
		"a provider package knows echo":                 {file: "handlers/signin/x.go", imports: "github.com/labstack/echo/v4", want: "only handlers knows it"},
		"a test outside the handlers knows echo":        {file: "handlers/session/x_test.go", imports: "github.com/labstack/echo/v4/middleware", want: "only handlers knows it"},
		"the session decides":                           {file: "handlers/session/x.go", imports: "orglogin/redirect", want: "decides nothing"},
		"the seal speaks HTTP":                          {file: "handlers/seal/x.go", imports: "net/http", want: "Cryptography alone"},
		"the provider package looks up to the handlers": {file: "handlers/signin/x.go", imports: "orglogin/handlers", want: "trusts nothing"},
		"a page asks a server":                          {file: "templates/x.go", imports: "orglogin/redirect", want: "query nothing"},
		"a driver knows another":                        {file: "store/sqlite/x.go", imports: "orglogin/store/postgres", want: "points down only"},
		"the cache knows a store by name":               {file: "store/cache/x.go", imports: "orglogin/store/sqlite", want: "knows none by name"},
		"the binary holds the fake provider":            {file: "cmd/orglogin/x.go", imports: "orglogin/handlers/signin/fakeidp", want: "the production binary holds orglogin/handlers/signin/fakeidp: cmd/orglogin →"},
		"the binary imports it through another package": {file: "handlers/signin/x.go", imports: "orglogin/handlers/signin/fakeidp", want: "the production binary holds orglogin/handlers/signin/fakeidp: cmd/orglogin → orglogin/cmd/internal/config →"},
		"the binary goes round the graph":               {file: "cmd/orglogin/x.go", imports: "orglogin/handlers", want: "The binary"},
		"serve imports the fake provider":               {file: "cmd/internal/serve/x.go", imports: "orglogin/handlers/signin/fakeidp", want: "except what only tests"},
		"a product file uses the test library":          {file: "redirect/x.go", imports: "testing", want: "The decision is pure"},
		"a module without a rule":                       {file: "handlers/x.go", imports: "github.com/gorilla/sessions", want: "knows no database"},
		"a test's module without a rule":                {file: "handlers/x_test.go", imports: "github.com/stretchr/testify/assert", want: "no package and no test has a reason"},
		"a test that looks up":                          {file: "store/sqlite/x_test.go", imports: "orglogin/cmd/internal/serve", want: "a test looks up"},
		"a test of the words that looks up":             {file: "store/x_test.go", imports: "orglogin/redirect", want: "a test looks up"},
		"C":                                             {file: "store/sqlite/x.go", imports: "C", want: "static and memory-safe"},
		"a package without a rule":                      {file: "handlers/magic/x.go", imports: "strings", want: "handlers/magic is a package that the rules do not name"},
		"a drawer":                                      {file: "handlers/util/x.go", imports: "strings", want: "called like a drawer"},
		"a drawer at the top":                           {file: "internal/x.go", imports: "strings", want: "internal has no place at the top level"},
		"a package of settings at the top":              {file: "config/x.go", imports: "strings", want: "config has no place at the top level"},
		"code at the root":                              {file: "main.go", imports: "strings", want: "main.go has no place at the top level"},
	} {
		t.Run(name, func(t *testing.T) {
			mutated, err := source.with(m.file, "package x\n\nimport \""+m.imports+"\"\n"+m.code)
			if err != nil {
				t.Fatal(err)
			}
			after := check(mutated)
			after = slices.DeleteFunc(after, func(line string) bool { return slices.Contains(before, line) })
			if !slices.ContainsFunc(after, func(line string) bool { return strings.Contains(line, m.want) }) {
				t.Errorf("not found: wanted %q among %q", m.want, after)
			}
		})
	}
}
