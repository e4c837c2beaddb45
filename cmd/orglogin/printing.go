package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"orglogin/cmd/internal/operate"
	"orglogin/store/manage"
)

// table says how a list is printed.
type table[T any] struct {
	none   string // the sentence where there is nothing
	header []string
	row    func(T) []string
}

// printList prints all pages of a list: as a JSON array, or as a table.
func printList[T any](env *environment, asJSON bool, t table[T], read func(manage.List) (manage.Page[T], error)) error {
	if asJSON {
		return printArray(env, manage.All(read))
	}
	out := tabwriter.NewWriter(env.stdout, 0, 0, 2, ' ', 0)
	any := false
	for item, err := range manage.All(read) {
		if err != nil {
			return err
		}
		if !any {
			fmt.Fprintln(out, strings.Join(t.header, "\t"))
			any = true
		}
		cells := t.row(item)
		for i := range cells {
			cells[i] = cell(cells[i])
		}
		fmt.Fprintln(out, strings.Join(cells, "\t"))
	}
	if !any {
		fmt.Fprintln(env.stdout, t.none)
	}
	return out.Flush()
}

// printArray prints each item when it is read, so that a long list is not kept in memory.
func printArray[T any](env *environment, items iter.Seq2[T, error]) error {
	before := "["
	for item, err := range items {
		if err != nil {
			return err
		}
		var text bytes.Buffer
		if err := operate.WriteJSON(&text, item); err != nil {
			return err
		}
		fmt.Fprintf(env.stdout, "%s%s", before, bytes.TrimSuffix(text.Bytes(), []byte("\n")))
		before = ",\n"
	}
	if before == "[" {
		fmt.Fprint(env.stdout, before)
	}
	fmt.Fprintln(env.stdout, "]")
	return nil
}

// printThing prints a thing as JSON, or a text about it.
func printThing(env *environment, asJSON bool, thing any, format string, args ...any) error {
	if asJSON {
		return operate.WriteJSON(env.stdout, thing)
	}
	_, err := fmt.Fprintf(env.stdout, format+"\n", args...)
	return err
}

// printChange prints the thing after a change as JSON; or, as text, the fields that were changed, each with the value
// before and after, and the notes. It says so where nothing was changed.
func printChange[T any](env *environment, asJSON bool, name string, done manage.Changed[T], notes ...string) error {
	if asJSON {
		return operate.WriteJSON(env.stdout, done.After)
	}
	before, after, err := bothFields(done.Before, done.After)
	if err != nil {
		return err
	}
	changed := differences(before, after)
	if len(changed) == 0 {
		fmt.Fprintf(env.stdout, "%s: nothing changed\n", name)
		return nil
	}
	fmt.Fprintf(env.stdout, "changed %s:\n", name)
	for _, d := range changed {
		fmt.Fprintf(env.stdout, "  %s\n", d)
	}
	for _, note := range notes {
		fmt.Fprintln(env.stdout, note)
	}
	return nil
}

// printFields prints a thing, one field a line. What is a list or an object is left out.
func printFields(env *environment, thing any) error {
	all, _, err := bothFields(thing, nil)
	if err != nil {
		return err
	}
	out := tabwriter.NewWriter(env.stdout, 0, 0, 2, ' ', 0)
	for _, f := range all {
		if f.value[0] != '[' && f.value[0] != '{' {
			fmt.Fprintf(out, "%s\t%s\n", f.name, f.text())
		}
	}
	return out.Flush()
}

// field is one member of a JSON object.
type field struct {
	name  string
	value json.RawMessage
}

// text is the value for a person.
func (f field) text() string {
	var s string
	if json.Unmarshal(f.value, &s) == nil && string(f.value) != "null" {
		if s == "" {
			return `""`
		}
		return cell(s)
	}
	return string(f.value)
}

func bothFields(a, b any) (fieldsOfA, fieldsOfB []field, err error) {
	fieldsOfA, errA := fields(a)
	fieldsOfB, errB := fields(b)
	return fieldsOfA, fieldsOfB, errors.Join(errA, errB)
}

// fields are the members of a thing in their order; none for nil.
func fields(thing any) ([]field, error) {
	text, err := json.Marshal(thing)
	if err != nil || string(text) == "null" {
		return nil, err
	}
	in := json.NewDecoder(bytes.NewReader(text))
	if _, err := in.Token(); err != nil { // the brace
		return nil, err
	}
	var all []field
	for in.More() {
		name, err := in.Token()
		if err != nil {
			return nil, err
		}
		f := field{name: name.(string)}
		if err := in.Decode(&f.value); err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return all, nil
}

// differences are the fields of after that were something else before.
func differences(before, after []field) []string {
	was := map[string]field{}
	for _, f := range before {
		was[f.name] = f
	}
	var all []string
	for _, f := range after {
		if old, ok := was[f.name]; ok && !bytes.Equal(old.value, f.value) {
			all = append(all, f.name+": "+old.text()+" -> "+f.text())
		}
	}
	return all
}

// cell is a text of others' in a table: on one line, and without what a terminal would obey.
func cell(s string) string {
	if s == "" {
		return "-"
	}
	if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsGraphic(r) }) {
		return strconv.Quote(s)
	}
	return s
}

// stamp is a time as every command prints it.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// stampOrDash is a dash for no time.
func stampOrDash(t *time.Time) string {
	if t == nil {
		return "-"
	}
	return stamp(*t)
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

// counted is a number of things, such as "1 domain" and "2 domains".
func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return strconv.Itoa(n) + " " + thing + "s"
}

// confirmed asks on standard error and reads yes or y from standard input, unless yes says so already.
func confirmed(env *environment, yes bool, question string) bool {
	if yes {
		return true
	}
	fmt.Fprintf(env.stderr, "%s [y/N] ", question)
	var answer string
	_, _ = fmt.Fscanln(env.stdin, &answer) // no answer is no
	return strings.EqualFold(answer, "y") || strings.EqualFold(answer, "yes")
}
