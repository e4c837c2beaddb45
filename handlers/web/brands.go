package web

import (
	"log/slog"

	"github.com/labstack/echo/v4"

	"orglogin/store"
	"orglogin/templates"
)

// BrandOf is the look of an organization on a page. One whose name is not shown, because its first member chose it,
// has none: a logo says the same as a name.
func (s *Responder) BrandOf(c echo.Context, o store.Organization) store.OrganizationBrand {
	if o.Name == "" {
		return store.OrganizationBrand{}
	}
	return s.brandsOf(c, []string{o.ID})[o.ID]
}

// Branded gives the choices of a page the looks of their organizations, which their members see in any case.
func (s *Responder) Branded(c echo.Context, choices []templates.Choice) []templates.Choice {
	ids := make([]string, len(choices))
	for i := range choices {
		ids[i] = choices[i].ID
	}
	brands := s.brandsOf(c, ids)
	for i := range choices {
		choices[i].Brand = brands[choices[i].ID]
	}
	return choices
}

// brandsOf finds the looks of organizations. A page is complete without them, so that an error is no error of the page.
func (s *Responder) brandsOf(c echo.Context, ids []string) map[string]store.OrganizationBrand {
	all, err := s.Brands.OrganizationBrands(c.Request().Context(), ids)
	if err != nil {
		s.Warn(c, "the brands of organizations were not read", slog.Any("error", err))
	}
	return all
}
