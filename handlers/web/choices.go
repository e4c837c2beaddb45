package web

import (
	"slices"

	"orglogin/handlers/flow"
	"orglogin/store"
	"orglogin/templates"
)

// fewChoices is how many organizations a page shows that is not the chooser.
const fewChoices = 5

// Choices are links that decide like any login on that organization's host, the one last
// used first. Path is kept as the redirect.
func Choices(snapshot store.AccessSnapshot, path string) []templates.Choice {
	return choices("", snapshot, path)
}

// FewChoices are the first of [Choices], for a page that leads to the chooser too. Origin
// is that of the login host where the page is shown on another host, else empty.
func FewChoices(origin string, snapshot store.AccessSnapshot) []templates.Choice {
	all := choices(origin, snapshot, "")
	return all[:min(len(all), fewChoices)]
}

func choices(origin string, snapshot store.AccessSnapshot, path string) []templates.Choice {
	all := make([]templates.Choice, 0, len(snapshot.Memberships))
	for _, m := range snapshot.Memberships {
		in := flow.Intent{Organization: m.Organization.Slug}
		if path != "" {
			in.Redirect = []string{path}
		}
		choice := templates.Choice{
			ID: m.Organization.ID, Name: m.Organization.Name, Slug: m.Organization.Slug, Role: m.Role,
			Pending: m.Organization.Status != store.Verified,
		}
		if !choice.Pending { // the decision would refuse it
			choice.URL = origin + in.Path("/login")
		}
		choice.LastUsed = m.Organization.ID == snapshot.LastUsed && len(snapshot.Memberships) > 1
		if choice.LastUsed {
			all = slices.Insert(all, 0, choice)
		} else {
			all = append(all, choice)
		}
	}
	return all
}
