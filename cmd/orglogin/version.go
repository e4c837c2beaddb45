package main

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
)

type versionCommand struct{}

// Run prints the version, the revision it was built from, and the compiler.
func (versionCommand) Run(env *environment) error {
	module, revision := "", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		module = info.Main.Version
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				revision = " " + setting.Value[:min(12, len(setting.Value))]
			}
		}
	}
	fmt.Fprintf(env.stdout, "orglogin %s%s %s %s/%s\n",
		cmp.Or(version, module, "(devel)"), revision, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}
