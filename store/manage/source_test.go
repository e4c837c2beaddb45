package manage_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// What comes from outside is always a parameter: a statement is put together of constants, of the numbers of
// parameters, and of the parts of FROM that the database names.
func TestEveryStatementIsPutTogetherOfConstants(t *testing.T) {
	parts := map[string]bool{ // of this package's own text; what is assigned to where is checked too
		"where": true, "order": true, "operator": true, "lock": true, "waitingFirst": true, "query": true, "limitOfPage": true,
	}
	calls := map[string]bool{
		"JoinOrganization": true, "JoinProfile": true, "parameters": true, "selectRequests": true, "selectDomains": true, "selectConnections": true,
	}
	listing := map[string]bool{"from": true, "where": true, "key": true} // the texts of a list
	set := token.NewFileSet()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		var constant func(e ast.Expr) bool
		constant = func(e ast.Expr) bool {
			switch e := e.(type) {
			case *ast.BasicLit:
				return e.Kind == token.STRING
			case *ast.Ident:
				return parts[e.Name] || strings.HasPrefix(e.Name, "select")
			case *ast.BinaryExpr:
				return constant(e.X) && constant(e.Y)
			case *ast.SelectorExpr:
				return e.Sel.Name == "query" || listing[e.Sel.Name] // checked where they are set
			case *ast.CallExpr:
				switch f := e.Fun.(type) {
				case *ast.Ident:
					return calls[f.Name]
				case *ast.SelectorExpr:
					return calls[f.Sel.Name]
				}
			}
			return false
		}
		ast.Inspect(file, func(n ast.Node) bool {
			var names, values []ast.Expr
			switch n := n.(type) {
			case *ast.AssignStmt:
				names, values = n.Lhs, n.Rhs
			case *ast.KeyValueExpr:
				names, values = []ast.Expr{n.Key}, []ast.Expr{n.Value}
			}
			for i, name := range names {
				if selector, ok := name.(*ast.SelectorExpr); ok {
					name = selector.Sel
				}
				if name, ok := name.(*ast.Ident); ok && listing[name.Name] && len(values) == len(names) {
					if found++; !constant(values[i]) {
						t.Errorf("%s: %s has a part that is no constant", set.Position(n.Pos()), name.Name)
					}
				}
			}
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			method, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || method.Sel.Name != "Exec" && method.Sel.Name != "Query" && method.Sel.Name != "exec" && method.Sel.Name != "row" {
				return true
			}
			found++
			if !constant(call.Args[0]) {
				t.Errorf("%s: the statement has a part that is no constant", set.Position(call.Pos()))
			}
			return true
		})
	}
	if found < 40 {
		t.Errorf("only %d statements were found", found)
	}
}
