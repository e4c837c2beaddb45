package main

import (
	"cmp"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
)

// versionText is the version, the commit and its time, and the compiler. What a release build did not set comes from the go command.
func versionText() string {
	module, revision, at := "", commit, date
	if info, ok := debug.ReadBuildInfo(); ok {
		module = info.Main.Version
		for _, setting := range info.Settings {
			switch setting.Key {
			case "vcs.revision":
				revision = cmp.Or(revision, setting.Value)
			case "vcs.time":
				at = cmp.Or(at, setting.Value)
			}
		}
	}
	words := []string{"orglogin", cmp.Or(version, module, "(devel)"), revision[:min(12, len(revision))], at, runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH}
	return strings.Join(slices.DeleteFunc(words, func(word string) bool { return word == "" }), " ")
}
