package postgres

import (
	"embed"
	"io/fs"
	"regexp"
	"strings"
	"sync"
)

// functions are the functions that an operator may replace; migrate creates them
// after the migrations.
//
//go:embed functions/accounts.sql functions/lookups.sql
var functions embed.FS

// grantsFile sets the owners and grants of all functions. It may run again.
//
//go:embed functions/grants.sql
var grantsFile string

// statement is a statement of the migrations that makes or grants one thing.
type statement struct {
	object string // the function, as schema.name, or the table
	name   string // of the trigger or policy; the role of a grant
	text   string // complete, on one line except for functions
	body   string // the privileges of a grant
}

// function is one function of this version.
type function struct {
	object      string // schema.name
	arguments   string // their types, as in text,uuid
	result      string // without white space, as pg_get_function_result names types
	definer     bool   // SECURITY DEFINER
	overridable bool   // an operator may replace it
	service     bool   // orglogin_service may call it
	text        string // the statement that creates it
	body        string // as pg_proc.prosrc has it
}

func (f function) signature() string { return f.object + "(" + f.arguments + ")" }

// wanted are the objects that a database of this version has, read from the SQL
// files themselves, so that doctor and migrate always agree with them.
type wanted struct {
	functions                  []function
	triggers, policies, grants []statement
}

var (
	functionPattern  = regexp.MustCompile(`(?sm)^CREATE (OR REPLACE )?FUNCTION (\w+\.\w+)\(([^)]*)\)\s+RETURNS (.*?)\s+LANGUAGE (\w+[^$]*?)\nAS \$\$(.*?)\$\$;$`)
	triggerPattern   = regexp.MustCompile(`(?ms)^CREATE TRIGGER (\w+) [^;]*? ON (orglogin\.\w+)\s[^;]*;`)
	truncatePattern  = regexp.MustCompile(`(?s)ARRAY\[([^\]]*)\]::regclass\[\]\s+LOOP\s+EXECUTE format\('(CREATE TRIGGER (\w+) [^']*)', t\)`)
	policyPattern    = regexp.MustCompile(`(?ms)^CREATE POLICY (\w+) ON (orglogin\.\w+) FOR \w+ TO orglogin_service\s[^;]*;`)
	grantPattern     = regexp.MustCompile(`(?ms)^GRANT ([^;]*?) ON (SCHEMA )?([a-z_., \n]*?)\s*TO (orglogin_service|orglogin_definer|orglogin_service, orglogin_definer);`)
	privilegePattern = regexp.MustCompile(`[A-Z]+( \([^)]*\))?`)
)

// wantedObjects reads the SQL files, the first time. Callers must not change what it returns.
var wantedObjects = sync.OnceValue(func() wanted {
	var w wanted
	for _, files := range []embed.FS{migrations, functions} {
		names, _ := fs.Glob(files, "*/*.sql") // the pattern is a constant
		for _, name := range names {
			text, _ := fs.ReadFile(files, name) // embedded
			w.read(string(text))
		}
	}
	return w
})

func (w *wanted) read(text string) {
	for _, m := range functionPattern.FindAllStringSubmatch(text, -1) {
		w.functions = append(w.functions, newFunction(m))
	}
	for _, m := range triggerPattern.FindAllStringSubmatch(text, -1) {
		w.triggers = append(w.triggers, statement{object: m[2], name: m[1], text: onOneLine(m[0])})
	}
	for _, m := range truncatePattern.FindAllStringSubmatch(text, -1) {
		for table := range strings.SplitSeq(m[1], ",") {
			table = strings.Trim(table, " \n'")
			w.triggers = append(w.triggers, statement{object: table, name: m[3], text: onOneLine(strings.ReplaceAll(m[2], "%s", table)) + ";"})
		}
	}
	for _, m := range policyPattern.FindAllStringSubmatch(text, -1) {
		w.policies = append(w.policies, statement{object: m[2], name: m[1], text: onOneLine(m[0])})
	}
	for _, m := range grantPattern.FindAllStringSubmatch(text, -1) {
		for object := range strings.SplitSeq(m[3], ",") {
			for role := range strings.SplitSeq(m[4], ", ") {
				object = m[2] + strings.TrimSpace(object)
				w.grants = append(w.grants, statement{
					object: object, name: role, body: m[1], text: "GRANT " + m[1] + " ON " + object + " TO " + role + ";",
				})
				object = strings.TrimPrefix(object, m[2])
			}
		}
	}
}

// newFunction reads a match of functionPattern.
func newFunction(m []string) function {
	var types []string
	for argument := range strings.SplitSeq(m[3], ",") {
		if _, typ, ok := strings.Cut(strings.TrimSpace(argument), " "); ok {
			types = append(types, strings.TrimSpace(typ))
		}
	}
	f := function{
		object:      m[2],
		arguments:   strings.Join(types, ","),
		result:      strings.Join(strings.Fields(strings.ReplaceAll(m[4], "timestamptz", "timestamp with time zone")), ""),
		definer:     strings.Contains(m[5], "SECURITY DEFINER"),
		overridable: m[1] != "",
		text:        m[0],
		body:        m[6],
	}
	service, _, _ := strings.Cut(grantsFile, "TO orglogin_service;")
	f.service = strings.Contains(service, "    "+f.object+"("+strings.ReplaceAll(f.arguments, ",", ", ")+")")
	return f
}

func onOneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
