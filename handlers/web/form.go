package web

import (
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
)

// OwnForm lets a POST pass only from our own pages. Sibling organization hosts
// are same-site, so SameSite cookies are no defence here: Sec-Fetch-Site must
// say same-origin (or none: the person opened it); without that header Origin
// must be PUBLIC_URL; without both it is no browser.
func (s *Responder) OwnForm(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Request().Header
		ok := true
		if site := h.Values("Sec-Fetch-Site"); len(site) > 0 {
			ok = len(site) == 1 && (site[0] == "same-origin" || site[0] == "none")
		} else if origin := h.Values("Origin"); len(origin) > 0 {
			ok = len(origin) == 1 && origin[0] == s.Site.Public.String()
		}
		if !ok {
			return Failure(http.StatusForbidden, "", nil)
		}
		return next(c)
	}
}

// FromOtherOrigin reports whether a page of another origin sent the browser here.
func FromOtherOrigin(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "cross-site", "same-site":
		return true
	}
	return false
}

// FromOwnPage reports whether a page of PUBLIC_URL led here. Browsers without
// Sec-Fetch-Site send only a Referer, which no other origin can set to ours.
func (s *Responder) FromOwnPage(r *http.Request) bool {
	if site := r.Header.Values("Sec-Fetch-Site"); len(site) > 0 {
		return len(site) == 1 && site[0] == "same-origin"
	}
	referer := r.Header.Values("Referer")
	return len(referer) == 1 && strings.HasPrefix(referer[0], s.Site.Public.String()+"/")
}

// FormValues reads the body of a small form; nothing comes from the query.
func FormValues(c echo.Context, names ...string) (map[string]string, error) {
	r := c.Request()
	r.Body = http.MaxBytesReader(c.Response(), r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		status := http.StatusBadRequest
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			status = http.StatusRequestEntityTooLarge
		}
		return nil, Failure(status, "", err)
	}
	values := map[string]string{}
	for _, name := range names {
		values[name] = r.PostForm.Get(name)
	}
	return values, nil
}

const maxForm = 16 << 10
