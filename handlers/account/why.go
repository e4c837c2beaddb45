package account

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"orglogin/handlers/web"
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
		return s.unauthorized(c)
	}
	id := c.Param("receipt")
	if !store.ValidReceiptID(id) {
		return web.Failure(http.StatusNotFound, "", nil)
	}
	receipt, err := s.Store.Receipt(ctx, live.UserID, id)
	if err != nil {
		return web.Lookup(err, http.StatusNotFound, "")
	}
	return c.JSONBlob(http.StatusOK, receipt.Decision)
}
