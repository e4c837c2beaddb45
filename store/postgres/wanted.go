package postgres

import (
	"io/fs"
	"regexp"
	"strings"
)

// statement is a statement of the migrations that makes or grants one thing.
type statement struct {
	object string // the function, as schema.name, or the table
	name   string // of the trigger or policy; the role of a grant
	text   string // complete, on one line except for functions
	body   string // of a function, as pg_proc.prosrc has it
}

// wanted are the objects that a database of this version has, read from the
// migrations themselves, so that doctor and migrate always agree with them.
type wanted struct {
	functions, triggers, policies, grants []statement
}

var (
	functionPattern  = regexp.MustCompile(`(?s)-- \+goose StatementBegin\n(CREATE FUNCTION (\w+\.\w+)\(.*?AS \$\$(.*?)\$\$;)\n`)
	triggerPattern   = regexp.MustCompile(`(?ms)^CREATE TRIGGER (\w+) [^;]*? ON (orglogin\.\w+)\s[^;]*;`)
	truncatePattern  = regexp.MustCompile(`(?s)ARRAY\[([^\]]*)\]::regclass\[\]\s+LOOP\s+EXECUTE format\('(CREATE TRIGGER (\w+) [^']*)', t\)`)
	policyPattern    = regexp.MustCompile(`(?ms)^CREATE POLICY (\w+) ON (orglogin\.\w+) FOR \w+ TO orglogin_service\s[^;]*;`)
	grantPattern     = regexp.MustCompile(`(?ms)^GRANT ([^;]*?) ON (SCHEMA )?([a-z_., \n]*?)\s*TO (orglogin_service|orglogin_definer|orglogin_service, orglogin_definer);`)
	privilegePattern = regexp.MustCompile(`[A-Z]+( \([^)]*\))?`)
)

// wantedObjects reads the migrations.
func wantedObjects() wanted {
	var w wanted
	names, _ := fs.Glob(migrations, "migrations/*.sql") // the pattern is a constant
	for _, name := range names {
		text, _ := fs.ReadFile(migrations, name) // embedded
		w.read(string(text))
	}
	return w
}

func (w *wanted) read(text string) {
	for _, m := range functionPattern.FindAllStringSubmatch(text, -1) {
		w.functions = append(w.functions, statement{object: m[2], text: m[1], body: m[3]})
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

func onOneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
