package main

import (
	"bytes"
	"reflect"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"orglogin/cmd/internal/config"
)

// variableTag names the environment variable of a flag, without [config.Prefix].
const variableTag = "variable"

// lookup is [os.Getenv] of a given environment.
func lookup(environ []string) func(string) string {
	values := map[string]string{}
	for _, variable := range environ {
		if name, value, ok := strings.Cut(variable, "="); ok {
			values[name] = value
		}
	}
	return func(name string) string { return values[name] }
}

// variablesOf are those of the flags that kong reads into a type, without [config.Prefix].
func variablesOf(target reflect.Type) []string {
	var names []string
	seen := map[reflect.Type]bool{}
	var walk func(t reflect.Type)
	walk = func(t reflect.Type) {
		if t.Kind() != reflect.Struct || seen[t] {
			return
		}
		seen[t] = true
		for i := range t.NumField() {
			if name := t.Field(i).Tag.Get(variableTag); name != "" {
				names = append(names, name)
			} else {
				walk(t.Field(i).Type)
			}
		}
	}
	walk(target)
	return names
}

// variables gives flags their value from the environment: from the variable
// or, with _FILE appended, from the file that it names. A flag on the command
// line goes first. An empty variable counts as unset: that is what compose
// passes for one that it does not know. What is wrong goes to check, so that
// it is reported together with everything else.
type variables struct {
	getenv func(string) string
	check  *config.Check
}

// Validate has nothing to say: which flags exist is known when it is built.
func (variables) Validate(*kong.Application) error { return nil }

// Resolve returns nil for a flag without a variable or without a value.
func (v variables) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	name := flag.Tag.Get(variableTag)
	if name == "" {
		return nil, nil
	}
	text := v.value(name)
	if text == "" {
		return nil, nil
	}
	if !flag.IsBool() {
		return text, nil
	}
	yes, err := strconv.ParseBool(text)
	if err != nil {
		v.check.Add(name, text, "is neither true nor false", "Write true or false.")
		return nil, nil
	}
	return yes, nil
}

// maxVariableFile bounds what is read as the value of one variable.
const maxVariableFile = 64 << 10

func (v variables) value(name string) string {
	text, file := v.getenv(config.Prefix+name), v.getenv(config.Prefix+name+"_FILE")
	switch {
	case file == "":
		return text
	case text != "":
		v.check.Add(name+"_FILE", file, "and "+config.Prefix+name+" are both set, and only one can count", "Unset one of the two.")
		return text
	}
	content, err := config.ReadFile(file, maxVariableFile)
	if err != nil {
		v.check.Add(name+"_FILE", file, err.Error(), "Name a file that this user can read.")
		return ""
	}
	content = bytes.TrimSpace(content)
	if len(content) == 0 {
		v.check.Add(name+"_FILE", file, "names an empty file", "Write the value into it.")
	}
	return string(content)
}
