package deploy_test

import (
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Envoy comes in no distribution either, so its file is read here: the lists that must be complete, the settings that
// must stay, and where its routes lead. What is read is also read with each of these taken out or turned round: that
// must be noticed.
func TestEnvoy(t *testing.T) {
	var file any
	readYAML(t, "envoy.yaml", &file)
	for _, fault := range envoyFaults(file) {
		t.Error(fault)
	}
	noticed := func(what string, path string, value any) {
		t.Helper()
		changed := envoyChanged(file, strings.Split(path, "/"), value)
		if before, after := fmt.Sprint(file), fmt.Sprint(changed); before == after {
			t.Errorf("there is no %s to change", path)
		} else if len(envoyFaults(changed)) == 0 {
			t.Errorf("%s is not noticed: %s", what, path)
		}
	}
	t.Run("no name can be taken out of a list", func(t *testing.T) {
		for _, list := range []string{envoyRemoved, envoyAsks, envoyToApp, envoyCompressed, envoyManager + "/http_filters", envoyManager + "/access_log", "static_resources/clusters"} {
			names, _ := envoyAt(file, list).([]any)
			if len(names) == 0 {
				t.Errorf("%s is empty", list)
			}
			for i := range names {
				noticed("one name less", list+"/"+strconv.Itoa(i), nil)
			}
		}
	})
	t.Run("no setting can be taken away or turned round", func(t *testing.T) {
		for path := range envoySettings {
			noticed("taken away", path, nil)
			noticed("turned round", path, "something else")
		}
	})
	t.Run("no route can be taken away, opened or closed", func(t *testing.T) {
		hosts, _ := envoyAt(file, envoyHosts).([]any)
		for i := range hosts {
			host := envoyHosts + "/" + strconv.Itoa(i)
			noticed("a host less", host, nil)
			routes, _ := envoyAt(file, host+"/routes").([]any)
			for j := range routes {
				route := host + "/routes/" + strconv.Itoa(j)
				noticed("a route less", route, nil)
				if envoyAt(file, route+"/typed_per_filter_config") != nil {
					noticed("closed", route+"/typed_per_filter_config", nil)
				}
				for _, name := range []string{"ext_authz", "lua"} {
					key := "envoy.filters.http." + name
					disabled := envoyAt(file, route+"/typed_per_filter_config/"+key+"/disabled") == true ||
						envoyAt(file, host+"/typed_per_filter_config/"+key+"/disabled") == true
					noticed("the other way", route+"/typed_per_filter_config", map[string]any{key: map[string]any{"disabled": !disabled}})
				}
			}
		}
		unasked := envoyAt(file, envoyHosts+"/0/typed_per_filter_config")
		noticed("the app opened", envoyHosts+"/1/routes/4/typed_per_filter_config", unasked)
		noticed("all organizations opened", envoyHosts+"/1/typed_per_filter_config", unasked)
		noticed("an upgrade for all", envoyManager+"/upgrade_configs", []any{map[string]any{"upgrade_type": "websocket"}})
	})
	t.Run("nothing may be added that lets a browser say more", func(t *testing.T) {
		for _, name := range slices.Concat(identityHeaders, urlHeaders) {
			noticed("asked with", envoyAsks+"/0", map[string]any{"exact": strings.ToLower(name)})
		}
		noticed("asked with many", envoyAsks+"/0", map[string]any{"prefix": "x-"})
		noticed("the app gets more headers", envoyToApp+"/0", map[string]any{"prefix": ""})
		for _, name := range identityHeaders {
			noticed("passed to the browser", envoyToBrowser+"/0", map[string]any{"exact": strings.ToLower(name)})
		}
		noticed("an open admin listener", "admin", map[string]any{})
	})
}

// TestEnvoyWithTheService asks the real service as the file makes Envoy ask: what comes back must be in its lists, and
// nothing else than what they hold.
func TestEnvoyWithTheService(t *testing.T) {
	t.Parallel()
	var file any
	readYAML(t, "envoy.yaml", &file)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o := newOrglogin(t, freeAddr(t), listener.Addr().String())
	front := &httptest.Server{Listener: listener, Config: &http.Server{Handler: &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: o.addr})
		r.Out.Host = r.In.Host
		r.Out.Header.Set("X-Forwarded-Proto", "https")
	}}}}
	front.StartTLS() // for the login alone
	t.Cleanup(front.Close)
	ann := newBrowser(t, listener.Addr().String(), "ann")
	ann.signIn(ann.url("login", "/login?redirect="+url.QueryEscape(ann.url("acme", "/login"))))

	asks, reported := envoyNames(envoyAt(file, envoyAsks)), envoyNames(envoyAt(file, envoyToBrowser))
	prefix, _ := envoyAt(file, envoyGuard+"/http_service/path_prefix").(string)
	const page, script = "navigate", "cors"
	heard := map[string]bool{}
	for name, ask := range map[string]struct {
		method, label, mode string
		signedIn            bool
		want                int
	}{
		"a person without a session":     {"GET", "acme", page, false, http.StatusFound},
		"a form without a session":       {"POST", "acme", page, false, http.StatusSeeOther},
		"a script without a session":     {"GET", "acme", script, false, http.StatusUnauthorized},
		"a host without an organization": {"GET", "unknown", page, false, http.StatusNotFound},
		"a person at the app's host":     {"GET", "app", page, false, http.StatusFound},
		"a person who is not a member":   {"GET", "beta", page, true, http.StatusForbidden},
		"a script that is not a member":  {"GET", "beta", script, true, http.StatusForbidden},
		"a member":                       {"GET", "acme", page, true, http.StatusOK},
		"a member who sends something":   {"DELETE", "acme", script, true, http.StatusOK},
	} {
		req, err := http.NewRequestWithContext(t.Context(), ask.method, "http://"+o.addr+prefix+"/reports?a=1&b=%2F", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = ask.label + ann.origin
		given := http.Header{"Accept": {"text/html"}, "Sec-Fetch-Mode": {ask.mode}, "X-Forwarded-Uri": {"/lie"}, "X-Forwarded-Host": {"beta" + ann.origin}, "Remote-User": {"mallory"}}
		if ask.signedIn {
			_, cookie, _ := strings.Cut(ann.cookies(ann.url("acme", "/")), ": ")
			given.Set("Cookie", cookie)
		}
		for name, values := range given {
			if slices.Contains(asks, strings.ToLower(name)) {
				req.Header[name] = values
			}
		}
		req.Header.Set("X-Forwarded-Proto", "https") // as headers_to_add says
		resp, err := (&http.Client{
			Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}).Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != ask.want {
			t.Errorf("%s: %s, want %d", name, resp.Status, ask.want)
			continue
		}
		if to := resp.Header.Get("Location"); to != "" && !strings.HasSuffix(to, "?redirect="+url.QueryEscape(ann.url(ask.label, "/reports?a=1&b=%2F"))) {
			t.Errorf("%s is sent to %s", name, redacted(to))
		}
		for header := range resp.Header {
			if ask.want != http.StatusOK {
				heard[strings.ToLower(header)] = true
			}
			switch {
			case slices.Contains([]string{"Date", "Content-Length", "Location", "Connection"}, header): // Envoy's own, or by itself
			case ask.want == http.StatusOK && !slices.Contains(identityHeaders, header) && header != "Cache-Control" && header != "X-Request-Id":
				t.Errorf("%s: the app should get %s too", name, header)
			case ask.want != http.StatusOK && !slices.Contains(reported, strings.ToLower(header)):
				t.Errorf("%s: the browser should get %s too", name, header)
			}
		}
		for _, header := range identityHeaders {
			if _, said := resp.Header[header]; said != (ask.want == http.StatusOK) {
				t.Errorf("%s: %s is said: %v", name, header, said)
			}
		}
	}
	for _, name := range reported {
		if !heard[name] {
			t.Errorf("the service never says %s to a browser", name)
		}
	}
}

// envoyAt is what stands at a path of the file, nil where there is nothing.
func envoyAt(node any, path string) any {
	for _, step := range strings.Split(path, "/") {
		switch n := node.(type) {
		case map[string]any:
			node = n[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(n) {
				return nil
			}
			node = n[i]
		default:
			return nil
		}
	}
	return node
}

// envoyChanged is a copy of the file with another value at a path, or with nothing there.
func envoyChanged(node any, path []string, value any) any {
	switch n := node.(type) {
	case map[string]any:
		n = maps.Clone(n)
		if len(path) > 1 {
			n[path[0]] = envoyChanged(n[path[0]], path[1:], value)
		} else if delete(n, path[0]); value != nil {
			n[path[0]] = value
		}
		return n
	case []any:
		i, err := strconv.Atoi(path[0])
		if err != nil || i >= len(n) {
			return n
		}
		n = slices.Clone(n)
		switch {
		case len(path) > 1:
			n[i] = envoyChanged(n[i], path[1:], value)
		case value == nil:
			return slices.Delete(n, i, i+1)
		default:
			n[i] = value
		}
		return n
	}
	return node
}

// envoyNames are the names of a list of patterns; one that is no whole name stands in it as it is written.
func envoyNames(patterns any) (names []string) {
	list, _ := patterns.([]any)
	for _, p := range list {
		if name, ok := envoyAt(p, "exact").(string); ok {
			names = append(names, name)
		} else {
			names = append(names, fmt.Sprint(p))
		}
	}
	return names
}
