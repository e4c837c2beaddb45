package account

import (
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"orglogin/handlers/flow"
	"orglogin/handlers/web"
	"orglogin/store"
	"orglogin/templates"
)

const (
	filterFrom = 10  // organizations, where the chooser has a field to find one
	maxQuery   = 320 // bytes of what is typed there
)

// choices are the organizations that the chooser shows: all, or those that match the
// query, with the form that asks for them where there are many.
func (s *Handler) choices(c echo.Context, snapshot store.AccessSnapshot) ([]templates.Choice, *templates.Filter) {
	path := s.keptPath(c)
	all := web.Choices(snapshot, path)
	if len(all) < filterFrom {
		return all, nil
	}
	query := strings.TrimSpace(web.QueryOf(c.Request()).Get("q"))
	query = strings.ToValidUTF8(query[:min(len(query), maxQuery)], "")
	var kept flow.Intent
	if path != "" {
		kept.Redirect = []string{path}
	}
	all = slices.DeleteFunc(all, func(o templates.Choice) bool { return !hasWords(o, query) })
	return all, &templates.Filter{
		Query:  query,
		Hidden: []templates.Hidden{{Name: "redirect", Value: path}},
		AllURL: kept.Path(ChooserPath),
	}
}

// hasWords reports whether every word of the query is in the name or the slug of an
// organization, in upper or lower case.
func hasWords(o templates.Choice, query string) bool {
	text := strings.ToLower(o.Name + " " + o.Slug)
	for word := range strings.FieldsSeq(strings.ToLower(query)) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}
