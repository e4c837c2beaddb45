package deploy_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Where things are in the file.
const (
	envoyManager    = "static_resources/listeners/1/filter_chains/0/filters/0/typed_config"
	envoyHosts      = envoyManager + "/route_config/virtual_hosts"
	envoyApp        = envoyHosts + "/1/routes/4/route"
	envoyRemoved    = envoyManager + "/early_header_mutation_extensions/0/typed_config/mutations"
	envoyGuard      = envoyManager + "/http_filters/0/typed_config"
	envoyAsks       = envoyGuard + "/allowed_headers/patterns"
	envoyToApp      = envoyGuard + "/http_service/authorization_response/allowed_upstream_headers/patterns"
	envoyToBrowser  = envoyGuard + "/http_service/authorization_response/allowed_client_headers/patterns"
	envoyScript     = envoyManager + "/http_filters/1/typed_config/default_source_code/inline_string"
	envoyCompressor = envoyManager + "/http_filters/2/typed_config"
	envoyCompressed = envoyCompressor + "/response_direction_config/common_config/content_type"
	envoyLog        = envoyManager + "/access_log/0/typed_config/log_format"
	envoyReply      = envoyManager + "/local_reply_config/mappers/0"
	envoyReuse      = "/typed_extension_protocol_options/envoy.extensions.upstreams.http.v3.HttpProtocolOptions/common_http_protocol_options/idle_timeout"
)

// envoySettings are what must be said, and how.
var envoySettings = map[string]any{
	envoyManager + "/use_remote_address":                                           true,
	envoyManager + "/xff_num_trusted_hops":                                         0.0,
	envoyManager + "/common_http_protocol_options/headers_with_underscores_action": "REJECT_REQUEST",
	envoyManager + "/normalize_path":                                               true,
	envoyManager + "/merge_slashes":                                                true,
	envoyManager + "/path_with_escaped_slashes_action":                             "KEEP_UNCHANGED",
	envoyManager + "/request_headers_timeout":                                      "10s",
	envoyManager + "/route_config/ignore_port_in_host_matching":                    true,
	envoyManager + "/route_config/request_headers_to_add/0/header/key":             "x-forwarded-for",
	envoyManager + "/route_config/request_headers_to_add/0/header/value":           "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
	envoyManager + "/route_config/request_headers_to_add/0/append_action":          "OVERWRITE_IF_EXISTS_OR_ADD",
	envoyManager + "/early_header_mutation_extensions/0/name":                      "envoy.http.early_header_mutation.header_mutation",
	envoyManager + "/http_filters/0/name":                                          "envoy.filters.http.ext_authz",
	envoyManager + "/http_filters/1/name":                                          "envoy.filters.http.lua",
	envoyManager + "/http_filters/2/name":                                          "envoy.filters.http.compressor",
	envoyManager + "/http_filters/3/name":                                          "envoy.filters.http.router",
	envoyCompressor + "/compressor_library/typed_config/@type":                     "type.googleapis.com/envoy.extensions.compression.gzip.compressor.v3.Gzip",
	envoyGuard + "/failure_mode_allow":                                             false,
	envoyGuard + "/status_on_error/code":                                           "ServiceUnavailable",
	envoyGuard + "/encode_raw_headers":                                             true,
	envoyGuard + "/http_service/server_uri/cluster":                                "orglogin",
	envoyGuard + "/http_service/server_uri/timeout":                                "5s",
	envoyGuard + "/http_service/path_prefix":                                       "/auth/forward",
	envoyGuard + "/http_service/authorization_request/headers_to_add/0/key":        "x-forwarded-proto",
	envoyGuard + "/http_service/authorization_request/headers_to_add/0/value":      "https",
	envoyGuard + "/http_service/authorization_request/headers_to_add/1/key":        "x-forwarded-for",
	envoyGuard + "/http_service/authorization_request/headers_to_add/1/value":      "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
	envoyApp + "/timeout":                                                          "0s",
	envoyApp + "/idle_timeout":                                                     "3600s",
	envoyApp + "/upgrade_configs/0/upgrade_type":                                   "websocket",
	envoyReply + "/filter/status_code_filter/comparison/op":                        "GE",
	envoyReply + "/filter/status_code_filter/comparison/value/default_value":       500.0,
	envoyReply + "/status_code":                                                    503.0,
	envoyReply + "/headers_to_add/0/header/key":                                    "cache-control",
	envoyReply + "/headers_to_add/0/header/value":                                  "no-store",
	envoyReply + "/headers_to_add/1/header/key":                                    "retry-after",
	envoyReply + "/headers_to_add/1/header/value":                                  "5",
	envoyLog + "/formatters/0/name":                                                "envoy.formatter.req_without_query",
	"static_resources/listeners/0/filter_chains/0/filters/0/typed_config/route_config/virtual_hosts/0/routes/0/redirect/https_redirect": true,
	"static_resources/clusters/0/name":         "orglogin",
	"static_resources/clusters/1/name":         "app",
	"static_resources/clusters/0" + envoyReuse: "60s", // the service's is 90
	"static_resources/clusters/1" + envoyReuse: "60s",
}

// envoyLeads is where a request goes, and whether the service is asked about it first.
var envoyLeads = map[string]string{
	"login.example.com/":                         "orglogin, unasked",
	"login.example.com/login":                    "orglogin, unasked",
	"login.example.com:443/auth/callback":        "orglogin, unasked",
	"login.example.com/.well-known/jwks.json":    "orglogin, unasked",
	"login.example.com/auth/verify":              "404, unasked",
	"login.example.com/auth/verify/":             "404, unasked",
	"login.example.com/auth/forward":             "404, unasked",
	"login.example.com/auth/forward/reports":     "404, unasked",
	"acme.example.com/login":                     "orglogin, unasked",
	"acme.example.com:8443/logout":               "orglogin, unasked",
	"app.example.com/organizations":              "orglogin, unasked",
	"acme.example.com/auth/session":              "orglogin, unasked",
	"acme.example.com/auth/static/style.css":     "orglogin, unasked",
	"acme.example.com/auth/verify":               "404, unasked",
	"acme.example.com/auth/forward":              "404, unasked",
	"app.example.com/auth/forward/a/b":           "404, unasked",
	"login.example.com/auth/forward/..%2fx":      "404, unasked",
	"login.example.com/x/..%2fauth/forward":      "404, unasked",
	"login.example.com/auth%2Fverify":            "404, unasked",
	"login.example.com/auth/%66orward":           "404, unasked",
	"acme.example.com/auth/forward/..%2fx":       "404, unasked",
	"acme.example.com/auth/x/..%2fforward":       "404, unasked",
	"acme.example.com/auth/session%2f..%2fx":     "404, unasked",
	"acme.example.com/auth/":                     "404, unasked",
	"acme.example.com/auth/why/k3v5x2mq7a4tbn6w": "orglogin, unasked",
	"acme.example.com/":                          "app, asked",
	"ACME.example.com/reports":                   "app, asked",
	"app.example.com:8443/reports":               "app, asked",
	"acme.example.com/login/x":                   "app, asked",
	"acme.example.com/loginx":                    "app, asked",
	"acme.example.com/x/login":                   "app, asked",
	"acme.example.com/organizations/":            "app, asked",
	"acme.example.com/auth":                      "app, asked",
	"acme.example.com/auth%2Fverify":             "app, asked",
	"acme.example.com/.well-known/security.txt":  "app, asked",
	"a.acme.example.com/":                        "421, unasked",
	"a.acme.example.com/login":                   "421, unasked",
	"login.acme.example.com/":                    "421, unasked",
	"acme.example.com.evil.test/":                "421, unasked",
	"acme_example.example.com/":                  "421, unasked",
	"example.com/":                               "421, unasked",
	"evilexample.com/":                           "421, unasked",
	"192.0.2.1/":                                 "421, unasked",
}

// envoyFaults is what is wrong with the file.
func envoyFaults(file any) (faults []string) {
	fault := func(format string, a ...any) { faults = append(faults, fmt.Sprintf(format, a...)) }
	for path, want := range envoySettings {
		if got := envoyAt(file, path); got != want {
			fault("%s is %v, not %v", path, got, want)
		}
	}
	for request, want := range envoyLeads {
		host, path, _ := strings.Cut(request, "/")
		if got := envoyLeadsTo(file, host, "/"+path); got != want {
			fault("%s leads to %s, not %s", request, got, want)
		}
	}
	var removed []string
	list, _ := envoyAt(file, envoyRemoved).([]any)
	for i := range list {
		name, _ := envoyAt(list, strconv.Itoa(i)+"/remove").(string)
		removed = append(removed, name)
	}
	toApp, toBrowser := envoyNames(envoyAt(file, envoyToApp)), envoyNames(envoyAt(file, envoyToBrowser))
	for _, name := range identityHeaders { // with hyphens: Envoy refuses the other spellings
		name = strings.ToLower(name)
		if !slices.Contains(removed, name) {
			fault("%s passes", name)
		}
		if !slices.Contains(toApp, name) {
			fault("%s is not replaced by ours", name)
		}
		if slices.Contains(toBrowser, name) {
			fault("%s is passed to the browser", name)
		}
	}
	if len(toApp) != len(identityHeaders) {
		fault("the app gets %q", toApp)
	}
	for _, name := range urlHeaders {
		if name = strings.ToLower(name); !slices.Contains(removed, name) && name != "x-forwarded-proto" { // which Envoy overwrites
			fault("%s passes", name)
		}
	}
	// Neither a name of a person nor of a URL is among these.
	if asks := envoyNames(envoyAt(file, envoyAsks)); !slices.Equal(asks, []string{"accept", "accept-language", "cookie", "origin", "sec-fetch-dest", "sec-fetch-mode", "sec-fetch-site"}) {
		fault("the service is asked with %q", asks)
	}
	if types := fmt.Sprint(envoyAt(file, envoyCompressed)); types != "[text/html text/css image/svg+xml]" { // no JSON, in which a token may be
		fault("it compresses %s", types)
	}
	// The script is not run here: it takes all cookies off, and puts back those that are not the session.
	script, _ := envoyAt(file, envoyScript).(string)
	for _, line := range []string{`headers:remove("cookie")`, `if cookie:sub(1, ` + strconv.Itoa(len("__Secure-session")) + `) ~= "__Secure-session" then`} {
		if strings.Count(script, line+"\n") != 1 {
			fault("the script does not say %s", line)
		}
	}
	format, _ := envoyAt(file, envoyLog+"/text_format_source/inline_string").(string)
	if said := regexp.MustCompile(`%REQ[^%]*%`).FindAllString(format, -1); !slices.Equal(said, []string{"%REQ(:METHOD)%", "%REQ(:AUTHORITY)%", "%REQ_WITHOUT_QUERY(:PATH)%"}) {
		fault("of a request the log says %q", said)
	}
	if envoyAt(file, envoyManager+"/upgrade_configs") != nil || envoyAt(file, envoyApp+"/upgrade_configs/1") != nil {
		fault("more is upgraded than the app's WebSockets")
	}
	if envoyAt(file, "admin") != nil {
		fault("Envoy's own admin listener is open")
	}
	return faults
}

// envoyLeadsTo follows the routes as Envoy does: the exact host before the longest suffix before all, then the first
// route that matches; regular expressions match whole, and a route says of a filter more than its host does.
func envoyLeadsTo(file any, authority, path string) string {
	type filters map[string]struct{ Disabled bool }
	type matcher struct {
		SafeRegex struct{ Regex string } `json:"safe_regex"`
	}
	type header struct {
		Name        string
		StringMatch matcher `json:"string_match"`
		InvertMatch bool    `json:"invert_match"`
	}
	var hosts []struct {
		Domains []string
		Filters filters `json:"typed_per_filter_config"`
		Routes  []struct {
			Match struct {
				matcher
				Prefix  string
				Headers []header
			}
			Route          struct{ Cluster string }
			DirectResponse struct{ Status int } `json:"direct_response"`
			Filters        filters              `json:"typed_per_filter_config"`
		}
	}
	text, err := json.Marshal(envoyAt(file, envoyHosts))
	if err == nil {
		err = json.Unmarshal(text, &hosts)
	}
	if err != nil {
		return err.Error()
	}
	whole := func(e, s string) bool { return regexp.MustCompile(`^(?:` + e + `)$`).MatchString(s) }
	name, _, _ := strings.Cut(strings.ToLower(authority), ":")
	host, longest := -1, -1
	for i := range hosts {
		for _, domain := range hosts[i].Domains {
			suffix, wild := strings.CutPrefix(domain, "*")
			switch {
			case domain == name:
				host, longest = i, len(name)+1
			case wild && strings.HasSuffix(name, suffix) && len(name) > len(suffix) && len(suffix) > longest:
				host, longest = i, len(suffix)
			}
		}
	}
	if host < 0 {
		return "nowhere"
	}
	for _, r := range hosts[host].Routes {
		switch e := r.Match.SafeRegex.Regex; {
		case e != "" && !whole(e, path), e == "" && (r.Match.Prefix == "" || !strings.HasPrefix(path, r.Match.Prefix)):
			continue
		case slices.ContainsFunc(r.Match.Headers, func(h header) bool {
			return h.Name != ":authority" || whole(h.StringMatch.SafeRegex.Regex, authority) == h.InvertMatch
		}):
			continue
		}
		said := maps.Clone(hosts[host].Filters)
		if said == nil {
			said = filters{}
		}
		maps.Copy(said, r.Filters)
		to := r.Route.Cluster
		if to == "" {
			to = strconv.Itoa(r.DirectResponse.Status)
		}
		switch unasked := said["envoy.filters.http.ext_authz"].Disabled; {
		case to == "orglogin" && said["envoy.filters.http.compressor"].Disabled:
			return to + ", not compressed"
		case to == "app" && !said["envoy.filters.http.compressor"].Disabled:
			return to + ", compressed"
		case unasked != said["envoy.filters.http.lua"].Disabled:
			return to + ", with half of the filters"
		case unasked:
			return to + ", unasked"
		}
		return to + ", asked"
	}
	return "nowhere"
}
