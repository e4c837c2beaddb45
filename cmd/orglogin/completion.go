package main

import (
	_ "embed"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"orglogin/store/manage"
)

// completeCommand is what the scripts of the shells call: orglogin __complete SHELL WORD..., where the last word is
// the one to complete. It prints the candidates, one a line.
const completeCommand = "__complete"

var (
	//go:embed completion/orglogin.bash
	completionBash string
	//go:embed completion/_orglogin
	completionZsh string
	//go:embed completion/orglogin.fish
	completionFish string
)

type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Help is printed below the summary of the command.
func (*completionCommand) Help() string {
	return `bash: source <(orglogin completion bash)
zsh: source <(orglogin completion zsh), after compinit
fish: orglogin completion fish | source
Put the line into the startup file of the shell.`
}

// Run prints the script.
func (c *completionCommand) Run(env *environment) error {
	fmt.Fprint(env.stdout, map[string]string{"bash": completionBash, "zsh": completionZsh, "fish": completionFish}[c.Shell])
	return nil
}

func complete(w io.Writer, app *kong.Node, words []string) int {
	if len(words) < 2 {
		return exitDone
	}
	shell, words := words[0], words[1:]
	typed := ""
	if shell == "bash" {
		words = joinBroken(words)
		current := words[len(words)-1]
		typed = current[:strings.LastIndexAny(current, "=:")+1] // bash replaces what is behind it alone
	}
	for _, candidate := range candidates(app, words) {
		fmt.Fprintln(w, strings.TrimPrefix(candidate, typed))
	}
	return exitDone
}

// joinBroken joins the words that bash breaks at = and : (COMP_WORDBREAKS).
func joinBroken(words []string) []string {
	joined := []string{""}
	join := true
	for _, word := range words {
		breaks := word == "=" || word == ":"
		if join || breaks {
			joined[len(joined)-1] += word
		} else {
			joined = append(joined, word)
		}
		join = breaks
	}
	return joined
}

// candidates are what the last word may become, in order.
func candidates(app *kong.Node, words []string) []string {
	command, valueOf := app, (*kong.Flag)(nil)
	if len(words) > 1 && words[0] == "help" {
		words = words[1:]
	}
	for _, word := range words[:len(words)-1] {
		switch {
		case valueOf != nil:
			valueOf = nil
		case strings.HasPrefix(word, "-"):
			if f := flagNamed(command, word); f != nil && !f.IsBool() && !strings.Contains(word, "=") {
				valueOf = f
			}
		default:
			if child := childNamed(command, word); child != nil {
				command = child
			}
		}
	}
	current := words[len(words)-1]
	flag, _, isValue := strings.Cut(current, "=")
	var all []string
	switch {
	case valueOf != nil:
		all = values(valueOf)
	case strings.HasPrefix(current, "--") && isValue:
		if f := flagNamed(command, flag); f != nil {
			for _, v := range values(f) {
				all = append(all, flag+"="+v)
			}
		}
	case strings.HasPrefix(current, "-"):
		all = flagNames(command)
	default:
		for _, child := range command.Children {
			all = append(all, child.Name)
		}
		for _, p := range command.Positional {
			all = append(all, p.EnumSlice()...)
		}
	}
	return slices.DeleteFunc(all, func(c string) bool { return !strings.HasPrefix(c, current) })
}

func childNamed(command *kong.Node, name string) *kong.Node {
	for _, child := range command.Children {
		if child.Name == name {
			return child
		}
	}
	return nil
}

// flagNamed finds --NAME or --NAME=VALUE.
func flagNamed(command *kong.Node, word string) *kong.Flag {
	name, _, _ := strings.Cut(strings.TrimLeft(word, "-"), "=")
	for _, group := range command.AllFlags(true) {
		for _, f := range group {
			if f.Name == name {
				return f
			}
		}
	}
	return nil
}

func flagNames(command *kong.Node) []string {
	var names []string
	for _, group := range command.AllFlags(true) {
		for _, f := range group {
			names = append(names, "--"+f.Name)
			if f.Tag.Negatable != "" {
				names = append(names, "--no-"+f.Name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// values are those that a flag takes, as its placeholder lists them.
func values(f *kong.Flag) []string {
	switch {
	case f.Name == "scope":
		return manage.Scopes
	case f.Name == "role":
		return []string{"admin", "member", "owner"}
	case strings.Contains(f.PlaceHolder, "|"):
		return strings.Split(f.PlaceHolder, "|")
	}
	return nil
}
