//go:build all

package main

import (
	"testing"

	"orglogin/templates"
)

// Every page, in every window, both schemes, every language and one from right to left, both brands, and with the person's own colours.
func TestAllViewsOfEveryPage(t *testing.T) {
	var views []view
	for _, language := range append(templates.Tags(), fromTheRight) {
		for _, plain := range []bool{false, true} {
			for _, scheme := range []string{"light", "dark"} {
				for _, width := range []int64{1280, 360, 320} {
					views = append(views, view{width: width, scheme: scheme, language: language, plain: plain, axe: true})
				}
			}
			views = append(views, view{width: 360, scheme: "light", forced: true, language: language, plain: plain})
		}
	}
	seePages(t, running(t), views)
}
