package main

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
)

// versionText is the version, the revision it was built from, and the compiler.
func versionText() string {
	module, revision := "", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		module = info.Main.Version
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				revision = " " + setting.Value[:min(12, len(setting.Value))]
			}
		}
	}
	return fmt.Sprintf("orglogin %s%s %s %s/%s", cmp.Or(version, module, "(devel)"), revision, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
