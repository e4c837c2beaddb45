package postgres_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// written are the texts of statements that are put together, with why that is
// no way in. Nothing of a request reaches any of them.
var written = map[string]string{
	"migrate.go":     "GRANT takes no parameters: two names of roles, quoted, from the operator's own configuration",
	"operation.go":   "one of two constants",
	"receipts.go":    "with one of two constant conditions",
	"diagnosis.go":   "the expression of a policy as the catalog has it, read by doctor in a transaction that may not write",
	"functions.go":   "the text of the SQL files in the program",
	"connections.go": "one of two constants",
	"inspection.go":  "one function asks several constant questions",
	"manage.go":      "the statements of store/manage, which its own test holds to constants",
}

// L10: every statement is a constant of this package, so that all that comes
// from outside is a parameter.
func TestEveryStatementIsAConstant(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	constants := map[string]bool{}
	var parsed []*ast.File
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, f)
		ast.Inspect(f, func(n ast.Node) bool {
			if d, ok := n.(*ast.GenDecl); ok && d.Tok == token.CONST {
				for _, spec := range d.Specs {
					for _, name := range spec.(*ast.ValueSpec).Names {
						constants[name.Name] = true
					}
				}
			}
			return true
		})
	}
	var constant func(ast.Expr) bool
	constant = func(e ast.Expr) bool {
		switch e := e.(type) {
		case *ast.BasicLit:
			return e.Kind == token.STRING
		case *ast.Ident:
			return constants[e.Name]
		case *ast.BinaryExpr:
			return constant(e.X) && constant(e.Y)
		}
		return false
	}
	found, excused := 0, map[string]bool{}
	for _, f := range parsed {
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			method, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || !slices.Contains([]string{"Query", "QueryRow", "Exec", "Queue"}, method.Sel.Name) || len(call.Args) == 0 {
				return true
			}
			text := call.Args[0] // of Queue; the others have a context before it
			if method.Sel.Name != "Queue" {
				if len(call.Args) < 2 {
					return true // the Query of what was queued takes a function
				}
				text = call.Args[1]
			}
			found++
			at := set.Position(text.Pos())
			if !constant(text) {
				if excused[at.Filename] = true; written[at.Filename] == "" {
					t.Errorf("%s: the statement is put together", at)
				}
			}
			return true
		})
	}
	if found < 40 {
		t.Errorf("only %d statements were found", found)
	}
	for name := range written {
		if !excused[name] {
			t.Errorf("%s needs no excuse any more", name)
		}
	}
}

// L11: no caller changes the role of a connection that others use, whose plans and
// policies were made for another (CVE-2023-2455, CVE-2024-10976).
func TestNoStatementChangesTheRole(t *testing.T) {
	changes := regexp.MustCompile(`(?i)\b(SET|RESET)\s+(LOCAL\s+|SESSION\s+)?ROLE\b(\s+[^=\s]|\s*;|\s*$)|SESSION\s+AUTHORIZATION|set_config\(\s*'(role|session_authorization)'`)
	for text, want := range map[string]bool{
		"SET ROLE ann": true, "set  local role ann": true, "RESET ROLE": true, "RESET ROLE;": true, "UPDATE m SET role = 'owner'": false, "SET SESSION AUTHORIZATION ann": true,
		"SELECT set_config('role', $1, true)": true, "SET search_path = ''": false, "ALTER ROLE x SET y = z": false,
	} {
		if changes.MatchString(text) != want {
			t.Errorf("%q is taken for the other thing", text)
		}
	}
	read := 0
	for _, pattern := range []string{"*.go", "migrations/*.sql", "functions/*.sql"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			read++
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if found := changes.Find(text); found != nil {
				t.Errorf("%s: %s", name, found)
			}
		}
	}
	if read < 20 {
		t.Errorf("only %d files were read", read)
	}
}
