package account

import (
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"orglogin/handlers/web"
	"orglogin/redirect"
	"orglogin/redirect/access"
	"orglogin/store"
)

// why is GET /auth/why/{receipt}: the stored decision, for the person whose
// login it was; 404 for others.
func (s *Handler) why(c echo.Context) error {
	ctx := c.Request().Context()
	live, err := s.Sessions.Limited(c, s.Sessions.OnLoginHost)
	if err != nil {
		return err
	}
	if live == nil {
		return s.unauthorized(c, access.NoSession)
	}
	id := c.Param("receipt")
	if !store.ValidReceiptID(id) {
		return web.Failure(http.StatusNotFound, "", nil)
	}
	receipt, err := s.Store.Receipt(ctx, live.UserID, id)
	if err != nil {
		return web.Lookup(err, http.StatusNotFound, "")
	}
	if !access.HasOperator(live) {
		if err := s.ownReceipt(c, live, receipt); err != nil {
			return err
		}
	}
	return c.JSONBlob(http.StatusOK, receipt.Decision)
}

// ownReceipt is a 404 unless the decision landed in an organization that the session
// opens: one without an operator connection learns of no other.
func (s *Handler) ownReceipt(c echo.Context, live *store.Session, receipt store.Receipt) error {
	unknown := web.Failure(http.StatusNotFound, "", nil)
	var d redirect.Decision
	if err := json.Unmarshal(receipt.Decision, &d); err != nil {
		return unknown
	}
	landed, err := url.Parse(d.URL)
	if err != nil {
		return unknown
	}
	slug, ok := s.Site.SlugOfHost(landed.Hostname())
	if !ok {
		return unknown
	}
	org, err := s.Store.OrganizationBySlug(c.Request().Context(), slug)
	if err != nil {
		return web.Lookup(err, http.StatusNotFound, "")
	}
	if !access.Opens(live, org) {
		return unknown
	}
	return nil
}
