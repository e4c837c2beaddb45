package web

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"orglogin/store"
	"orglogin/templates"
)

// isFile reports whether a path is that of a file which is the same for everyone.
func isFile(path string) bool {
	return strings.HasPrefix(path, templates.StaticPath) || strings.HasPrefix(path, templates.StylePath) || strings.HasPrefix(path, store.LogoPath)
}

// Static answers the files of the pages.
func (s *Responder) Static(c echo.Context) error {
	file, ok := s.Pages.Asset(c.Request().URL.Path)
	if !ok {
		return Failure(http.StatusNotFound, "", nil)
	}
	return sendFile(c, file, "public, max-age=31536000, immutable")
}

// Logo answers the logo of an organization.
func (s *Responder) Logo(c echo.Context) error {
	hash, ok := store.ParseLogoURL(c.Request().URL.Path)
	if !ok {
		return Failure(http.StatusNotFound, "", nil)
	}
	png, err := s.Brands.Logo(c.Request().Context(), hash)
	if err != nil {
		return Lookup(err, http.StatusNotFound, "")
	}
	return sendFile(c, templates.Asset{Content: png, ContentType: "image/png"}, "public, max-age=31536000, immutable")
}

// Icon answers what browsers ask for by themselves.
func (s *Responder) Icon(c echo.Context) error {
	return sendFile(c, s.Pages.Icon(), "public, max-age=86400")
}

// Robots keeps crawlers out: nothing here is for them (RFC 9309).
func (*Responder) Robots(c echo.Context) error {
	c.Response().Header().Set("Cache-Control", "public, max-age=86400")
	return c.String(http.StatusOK, "User-agent: *\nDisallow: /\n")
}

func sendFile(c echo.Context, file templates.Asset, caching string) error {
	h, content := c.Response().Header(), file.Content
	h.Set("Cache-Control", caching)
	if strings.HasPrefix(file.ContentType, "image/") {
		h.Set("Content-Security-Policy", templates.PicturePolicy)
	}
	if file.Gzip != nil {
		h.Add("Vary", "Accept-Encoding")
		if acceptsGzip(c.Request().Header.Values("Accept-Encoding")) {
			h.Set("Content-Encoding", "gzip")
			content = file.Gzip
		}
	}
	return c.Blob(http.StatusOK, file.ContentType, content)
}

// acceptsGzip reads Accept-Encoding (RFC 9110 section 12.5.3): a coding with a weight of zero is refused.
func acceptsGzip(fields []string) bool {
	for _, field := range fields {
		for item := range strings.SplitSeq(field, ",") {
			coding, weight, _ := strings.Cut(strings.ReplaceAll(item, " ", ""), ";q=")
			if strings.EqualFold(coding, "gzip") {
				return strings.Trim(weight, "0.") != "" || weight == ""
			}
		}
	}
	return false
}
