package web

import (
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"
)

// WantsJSON reports whether a program asks, which gets JSON in place of pages.
func WantsJSON(c echo.Context) bool {
	return requestOf(c).kind.Programs || PrefersJSON(c.Request().Header.Get("Accept"))
}

// PrefersJSON reads an Accept header (RFC 9110 12.5.1): true where JSON weighs
// more than HTML. Without a preference the page is answered.
func PrefersJSON(accept string) bool {
	if len(accept) > 1024 {
		return false
	}
	var html, program float64
	for part := range strings.SplitSeq(accept, ",") {
		kind, params, _ := strings.Cut(part, ";")
		q := quality(params)
		switch strings.ToLower(strings.TrimSpace(kind)) {
		case "text/html", "application/xhtml+xml":
			html = max(html, q)
		case "application/json", "application/problem+json":
			program = max(program, q)
		}
	}
	return program > html
}

func quality(params string) float64 {
	for param := range strings.SplitSeq(params, ";") {
		if v, ok := strings.CutPrefix(strings.TrimSpace(param), "q="); ok {
			if q, err := strconv.ParseFloat(v, 64); err == nil && q >= 0 && q <= 1 {
				return q
			}
			return 0
		}
	}
	return 1
}
