package deploy_test

import (
	"fmt"
	"net/http"
	"strings"
)

// asWritten makes a request ask for exactly these bytes.
func asWritten(req *http.Request, path string) {
	if req.URL.Opaque = path; strings.HasPrefix(path, "//") || path == "" { // net/http would put the scheme before it
		req.URL.Opaque, req.URL.Path = "", path
	}
}

// outsideSpellings are paths by which a browser may try to reach verify and forward through a proxy that decodes a path
// and takes dot segments out before it decides, and passes it on as it came. The first plainSpellings are sent with
// every method to every host.
func outsideSpellings() []string {
	paths := []string{
		"/auth/verify", "/auth/verify/", "/auth/verify?x=1", "/auth/verify;x", "/auth/forward", "/auth/forward/", "/auth/forward/a/b", "/auth/forward;x",
		"/auth/./verify", "/auth/x/../forward", "//auth/verify", "/auth//forward", "/auth%2Fverify", "/AUTH/verify", "/auth/forwar%64/",
		"/_verify", "/auth/verify%00", "/auth/verify%20", "/auth/forward/..%2fx", "/auth/forward/../x", "/auth/forward/%2e%2e/x",
	}
	for _, slash := range []string{"/", "//", "%2f", "%252F", `\`, "%5c"} {
		for _, dots := range []string{".", "..", "%2e%2E", ".%2e", "%252e%252e", "%%32e%%32e", "..;x", "..%3bx"} {
			for _, name := range []string{"/auth/verify", "/auth/forward"} {
				paths = append(paths,
					name+slash+dots, name+slash+dots+slash+"x", name+slash+dots+slash+"session", name+slash+dots+slash+"static/orglogin.css",
					name+slash+dots+slash+dots+slash+"login", name+slash+dots+slash+dots+slash+"organizations?x", name+slash+dots+slash+dots+slash+"reports",
					"/x"+slash+dots+name, "/login"+slash+dots+name, "/auth"+slash+dots+name, "/auth/session"+slash+dots+strings.Replace(name, "/auth/", slash, 1),
				)
			}
		}
	}
	for _, name := range []string{"/auth/verify", "/auth/forward"} {
		for i := range name {
			for _, escape := range []string{"%%%02x", "%%%02X", "%%25%02x"} {
				paths = append(paths, name[:i]+fmt.Sprintf(escape, name[i])+name[i+1:], name[:i]+fmt.Sprintf(escape, name[i])+name[i+1:]+"/..%2fsession")
			}
		}
	}
	return paths
}

const plainSpellings = 21
