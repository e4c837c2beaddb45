package templates

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// allLanguages are the languages that the pages are written in.
func allLanguages() []*Language {
	return []*Language{english(), german(), french(), spanish(), japanese()}
}

// Tags are the languages that the pages are written in, as BCP 47 tags.
func Tags() []string {
	var tags []string
	for _, l := range allLanguages() {
		tags = append(tags, l.Tag)
	}
	return tags
}

// offer sets the languages of the pages.
func (s *Set) offer(tags []string) error {
	available := allLanguages()
	if len(tags) == 0 {
		tags = Tags()
	}
	var offered []language.Tag
	for _, tag := range tags {
		i := slices.IndexFunc(available, func(l *Language) bool { return l.Tag == tag })
		if i < 0 {
			return fmt.Errorf("there is no language %q; there are %s", tag, strings.Join(Tags(), ", "))
		}
		s.languages = append(s.languages, available[i])
		offered = append(offered, language.Make(tag))
	}
	s.matcher = language.NewMatcher(offered)
	return nil
}

const (
	// MaxLocales is the length of the longest ui_locales that is read, in bytes.
	MaxLocales = 128
	// maxAcceptLanguage bounds the header, of which browsers send less than 100 bytes.
	maxAcceptLanguage = 256
)

// Match is the language for a person: the first of uiLocales that is offered (OpenID Connect Core 1.0
// section 3.1.2.1: tags in the order of preference, separated by spaces), else the best one for
// acceptLanguage (RFC 9110 section 12.5.4), else the first that is offered.
func (s *Set) Match(uiLocales, acceptLanguage string) *Language {
	if len(uiLocales) <= MaxLocales {
		for tag := range strings.FieldsSeq(uiLocales) {
			if l := s.match(tag); l != nil {
				return l
			}
		}
	}
	if len(acceptLanguage) <= maxAcceptLanguage {
		if l := s.match(acceptLanguage); l != nil {
			return l
		}
	}
	return s.languages[0]
}

// match is nil where text is not a list of tags, or asks for no language that is offered.
func (s *Set) match(text string) *Language {
	if text == "" {
		return nil
	}
	tags, _, err := language.ParseAcceptLanguage(text)
	if err != nil || len(tags) == 0 {
		return nil
	}
	_, i, confidence := s.matcher.Match(tags...)
	if confidence == language.No {
		return nil
	}
	return s.languages[i]
}
