package config

import (
	"slices"
	"strings"

	"orglogin/templates"
)

// Pages says how the pages look and read.
type Pages struct {
	Languages []string `name:"languages" variable:"LANGUAGES" type:"languages" default:"en,de,fr,es,ja" help:"Languages of the pages; the first is for people who ask for none of them. Separated by commas."`
}

// languages returns those that there are, each once.
func (s setting) languages(text string) []string {
	var tags []string
	for _, item := range s.list(text) {
		tag := strings.ToLower(item)
		switch {
		case !slices.Contains(templates.Tags(), tag):
			s.add(item, "is no language that the pages are written in", "Write some of "+strings.Join(templates.Tags(), ", ")+".")
		case slices.Contains(tags, tag):
			s.add(item, "is there twice", "Write each language once, the first for people who ask for none of them.")
		default:
			tags = append(tags, tag)
		}
	}
	return tags
}
