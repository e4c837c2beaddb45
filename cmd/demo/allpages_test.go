//go:build all

package main

import (
	"testing"

	"orglogin/templates"
)

// Every page, in every window, both schemes and every language, and with the person's own colours.
func TestAllViewsOfEveryPage(t *testing.T) {
	var views []view
	for _, language := range templates.Tags() {
		for _, scheme := range []string{"light", "dark"} {
			for _, width := range []int64{1280, 360, 320} {
				views = append(views, view{width: width, scheme: scheme, language: language, axe: true})
			}
		}
		views = append(views, view{width: 360, scheme: "light", forced: true, language: language})
	}
	seePages(t, running(t), views)
}
