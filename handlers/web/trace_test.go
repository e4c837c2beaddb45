package web

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"

	"orglogin/store"
)

func TestARequestWithoutASpanCostsNothing(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/login", nil)
	s := &Responder{}
	c := echo.New().NewContext(r, httptest.NewRecorder())
	c.Response().Writer = s.Begin(httptest.NewRecorder(), r, Kind{})
	if n := testing.AllocsPerRun(1000, func() {
		if spanOf(r.Context()) != nil {
			t.Error("there is a span")
		}
		describeSpan(requestOf(c).span, r.Method, c.Path(), "ok")
		TraceDecision(c, "decide login", "landed", "fallback", store.OK)
		DescribeSpan(r.Context(), r.Method, "/v1/audit", "ok")
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
