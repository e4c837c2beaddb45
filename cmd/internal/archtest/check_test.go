package archtest_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

const module = "orglogin"

// tree is the source as it is on the disk, or a made-up one.
type tree struct {
	top   []string              // names at the root
	files map[string][]imported // the imports of each Go file, by its path with slashes
}

// imported is one import of one file.
type imported struct {
	file, folder, path string
	test               bool
	uses               []string // what the file takes from it, by name; "_" where that is not known
}

// read takes the Go files of a checkout in, without what .gitignore leaves out.
func read(root fs.FS) (tree, error) {
	ignored, err := fs.ReadFile(root, ".gitignore")
	if err != nil {
		return tree{}, err
	}
	t := tree{files: map[string][]imported{}}
	err = fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name == ".":
			return nil
		case isIgnored(string(ignored), name), d.IsDir() && (d.Name() == ".git" || d.Name() == "testdata" || d.Name() == "node_modules"):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.Contains(name, "/") {
			t.top = append(t.top, name)
		}
		if d.IsDir() || path.Ext(name) != ".go" || strings.HasPrefix(name, "tools/") { // tools has modules of its own
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		t.files[name], err = imports(name, string(text))
		return err
	})
	return t, err
}

// isIgnored knows the plain lines of .gitignore: names at the root, and names anywhere.
func isIgnored(lines, name string) bool {
	for line := range strings.Lines(lines) {
		pattern := strings.TrimSuffix(strings.TrimSpace(line), "/")
		if rooted, ok := strings.CutPrefix(pattern, "/"); ok && rooted == name {
			return true
		}
		if ok, _ := path.Match(pattern, path.Base(name)); ok && pattern != "" {
			return true
		}
	}
	return false
}

// with returns the tree with one more file.
func (t tree) with(name, source string) (tree, error) {
	files := maps.Clone(t.files)
	var err error
	files[name], err = imports(name, source)
	top, _, _ := strings.Cut(name, "/")
	return tree{top: append(slices.Clone(t.top), top), files: files}, err
}

func imports(name, source string) ([]imported, error) {
	file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var all []imported
	for _, spec := range file.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		i := imported{file: name, folder: path.Dir(name), path: p, test: strings.HasSuffix(name, "_test.go")}
		if spec.Name != nil {
			i.uses = append(i.uses, "_")
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := sel.X.(*ast.Ident); ok && x.Name == path.Base(p) {
					i.uses = append(i.uses, sel.Sel.Name)
				}
			}
			return true
		})
		all = append(all, i)
	}
	return all, nil
}

// check returns one line for each thing in the tree that the rules forbid, with the reason.
func check(t tree) []string {
	var all []imported
	for _, name := range slices.Sorted(maps.Keys(t.files)) {
		all = append(all, t.files[name]...)
	}
	bad := misplaced(t)
	down := reachable(all)
	for _, i := range all {
		r, known := rules[i.folder]
		if !known {
			continue // misplaced has said it
		}
		if why := i.forbidden(r, down); why != "" {
			bad = append(bad, fmt.Sprintf("%s imports %s: %s", i.file, i.path, why))
		}
	}
	never := slices.Clone(neverShipped)
	for folder, r := range rules {
		if r.forTests {
			never = append(never, module+"/"+folder)
		}
	}
	for _, p := range never {
		if chain := down["cmd/orglogin"][p]; chain != "" {
			bad = append(bad, fmt.Sprintf("the production binary holds %s: %s", p, chain))
		}
	}
	return bad
}

// misplaced names folders and files that the rules do not allow.
func misplaced(t tree) []string {
	var bad []string
	for _, name := range t.top {
		if !slices.Contains(topLevel, name) {
			bad = append(bad, name+" has no place at the top level")
		}
	}
	folders := map[string]bool{}
	for name := range t.files {
		folders[path.Dir(name)] = true
	}
	for _, folder := range slices.Sorted(maps.Keys(folders)) {
		if _, known := rules[folder]; !known {
			bad = append(bad, folder+" is a package that the rules do not name")
		}
		for part := range strings.SplitSeq(folder, "/") {
			if slices.Contains(drawers, part) {
				bad = append(bad, folder+" is called like a drawer")
			}
		}
	}
	return bad
}

// forbidden returns why this import may not be, or "".
func (i imported) forbidden(r rule, down map[string]map[string]string) string {
	own, isOwn := strings.CutPrefix(i.path, module+"/")
	if i.path == "C" || i.path == "unsafe" || i.path == "plugin" {
		return "the binary is static and memory-safe"
	}
	for m, folders := range onlyIn {
		if under(i.path, m) && !slices.Contains(folders, i.folder) {
			return "only " + folders[0] + " knows it"
		}
	}
	if i.test {
		return i.forbiddenInTest(own, isOwn, down)
	}
	switch {
	case isOwn && slices.Contains(r.packages, own):
	case !isOwn && isStandard(i.path) && (r.standard == nil || underAny(i.path, r.standard)) && !underAny(i.path, []string{"testing", "net/http/httptest"}):
	case !isOwn && underAny(i.path, r.modules):
	case r.constants[i.path] != "" && !slices.ContainsFunc(i.uses, func(name string) bool { return !strings.HasPrefix(name, r.constants[i.path]) }):
	case r.forTests && i.path == "testing":
	default:
		return r.why
	}
	return ""
}

// forbiddenInTest: a test may use what stands beside or below it, the test libraries and the drivers, and may
// never look up.
func (i imported) forbiddenInTest(own string, isOwn bool, down map[string]map[string]string) string {
	if isOwn {
		if own != i.folder && !rules[own].forTests && down[own][module+"/"+i.folder] != "" {
			return "a test looks up: " + down[own][module+"/"+i.folder]
		}
		return ""
	}
	known := slices.Clone(testModules)
	for _, r := range rules {
		known = append(known, r.modules...)
	}
	// A module that some package knows may be used whole: pgx's standard-library driver beside pgx.
	if !isStandard(i.path) && !slices.ContainsFunc(known, func(m string) bool { return under(i.path, m) || under(m, i.path) }) {
		return "a module that no package and no test has a reason for"
	}
	return ""
}

// reachable tells for each folder what its program text reaches, and by which chain.
func reachable(all []imported) map[string]map[string]string {
	direct := map[string][]string{}
	for _, i := range all {
		if !i.test {
			direct[i.folder] = append(direct[i.folder], i.path)
		}
	}
	down := map[string]map[string]string{}
	for folder := range direct {
		found := map[string]string{}
		var walk func(folder, chain string)
		walk = func(folder, chain string) {
			for _, p := range direct[folder] {
				if found[p] == "" {
					found[p] = chain + " → " + p
					walk(strings.TrimPrefix(p, module+"/"), found[p])
				}
			}
		}
		walk(folder, folder)
		down[folder] = found
	}
	return down
}

// isStandard: the first part of a module's path is a host, and has a dot.
func isStandard(p string) bool {
	first, _, _ := strings.Cut(p, "/")
	return !strings.Contains(first, ".") && first != module
}

func under(p, folder string) bool { return p == folder || strings.HasPrefix(p, folder+"/") }

func underAny(p string, folders []string) bool {
	return slices.ContainsFunc(folders, func(f string) bool { return under(p, f) })
}
