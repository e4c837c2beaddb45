package deploy_test

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestNothingIsSmuggledThroughNginx and its like for Caddy send the shapes in which servers have disagreed about where
// a request ends, or whose it is, by a person who is signed in. What reaches the service and the app is judged on the wire.
func TestNothingIsSmuggledThroughNginx(t *testing.T) {
	t.Parallel()
	app, addr, dir := newApp(t), freeAddr(t), nginxDir(t)
	o := newOrglogin(t, freeAddr(t), addr)
	service, behind := newRecorder(t, o.addr), newRecorder(t, strings.TrimPrefix(app.URL, "http://"))
	startNginx(t, dir, addr, append(withTLS(t, dir, addr), "127.0.0.1:8080", service.addr, "127.0.0.1:3000", behind.addr)...)
	(&endToEnd{service: o, addr: addr}).smuggles(t, service, behind)
}

func TestNothingIsSmuggledThroughCaddy(t *testing.T) {
	t.Parallel()
	app, addr := newApp(t), freeAddr(t)
	o := newOrglogin(t, freeAddr(t), addr)
	service, behind := newRecorder(t, o.addr), newRecorder(t, strings.TrimPrefix(app.URL, "http://"))
	startCaddy(t, addr, service.addr, behind.addr)
	(&endToEnd{service: o, addr: addr}).smuggles(t, service, behind)
}

// inner is the request that would be smuggled: without a session, with the name of a person.
const inner = "GET /smuggled HTTP/1.1\r\nHost: acme.example.com\r\nRemote-User: mallory\r\nX-Org-Id: mallory\r\n\r\n"

// shapes are what follows the request line, Host and Cookie of a POST. Where the line itself is odd the shape is whole,
// with HOST and COOKIE to be filled in.
var shapes = map[string]string{
	"a length and chunks":                       "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + inner,
	"chunks and a length":                       fmt.Sprintf("Transfer-Encoding: chunked\r\nContent-Length: %d\r\n\r\n0\r\n\r\n%s", 5+len(inner), inner),
	"chunks twice":                              "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + inner,
	"chunks and another coding":                 "Transfer-Encoding: chunked\r\nTransfer-Encoding: cow\r\n\r\n0\r\n\r\n" + inner,
	"another coding":                            fmt.Sprintf("Transfer-Encoding: xchunked\r\nContent-Length: %d\r\n\r\n%s", len(inner), inner),
	"chunked in quotes":                         fmt.Sprintf("Transfer-Encoding: \"chunked\"\r\nContent-Length: %d\r\n\r\n%s", len(inner), inner),
	"chunked, identity":                         fmt.Sprintf("Transfer-Encoding: chunked, identity\r\nContent-Length: %d\r\n\r\n%s", len(inner), inner),
	"chunked after a tab":                       fmt.Sprintf("Transfer-Encoding:\tchunked\r\nContent-Length: %d\r\n\r\n%s", len(inner), inner),
	"chunked after a vertical tab":              fmt.Sprintf("Transfer-Encoding: \vchunked\r\nContent-Length: %d\r\n\r\n%s", len(inner), inner),
	"a blank before the colon":                  fmt.Sprintf("Transfer-Encoding : chunked\r\nContent-Length: %d\r\n\r\n%s", len(inner), inner),
	"a blank before the name":                   fmt.Sprintf("X: y\r\n Transfer-Encoding: chunked\r\nContent-Length: %d\r\n\r\n%s", len(inner), inner),
	"an underscore in the name":                 fmt.Sprintf("Transfer_Encoding: chunked\r\nContent-Length: %d\r\n\r\n%s", len(inner), inner),
	"a name after a lone CR":                    fmt.Sprintf("X: y\rTransfer-Encoding: chunked\r\nContent-Length: %d\r\n\r\n%s", len(inner), inner),
	"a name after a lone LF":                    fmt.Sprintf("X: y\nTransfer-Encoding: chunked\r\nContent-Length: %d\r\n\r\n%s", len(inner), inner),
	"two lengths":                               fmt.Sprintf("Content-Length: 0\r\nContent-Length: %d\r\n\r\n%s", len(inner), inner),
	"two lengths in one line":                   fmt.Sprintf("Content-Length: 0, %d\r\n\r\n%s", len(inner), inner),
	"a length with a sign":                      fmt.Sprintf("Content-Length: +%d\r\n\r\n%s", len(inner), inner),
	"a length with a nought":                    fmt.Sprintf("Content-Length: 0%d\r\n\r\n%s", len(inner), inner),
	"a length in hexadecimal":                   fmt.Sprintf("Content-Length: 0x%x\r\n\r\n%s", len(inner), inner),
	"a negative length":                         "Content-Length: -1\r\n\r\n" + inner,
	"a length that nothing holds":               "Content-Length: 18446744073709551617\r\n\r\n" + inner,
	"a length with a blank in it":               fmt.Sprintf("Content-Length: %d 0\r\n\r\n%s", len(inner), inner),
	"a length in a folded line":                 fmt.Sprintf("Content-Length:\r\n %d\r\n\r\n%s", len(inner), inner),
	"a body that is a request":                  fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(inner), inner),
	"a chunk that is a request":                 fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(inner), inner),
	"a chunk size that ends with LF":            fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\n%s\r\n0\r\n\r\n", len(inner), inner),
	"a chunk size with an extension that ends":  fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n1;a\nxx\r\n%x\r\n%s\r\n0\r\n\r\n", len(inner), inner),
	"a chunk size in quotes":                    "Transfer-Encoding: chunked\r\n\r\n\"0\"\r\n\r\n" + inner,
	"a chunk size with 0x":                      "Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n" + inner,
	"a chunk size that nothing holds":           "Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n\r\n" + inner,
	"a chunk that is longer than it says":       "Transfer-Encoding: chunked\r\n\r\n1\r\nxx0\r\n\r\n" + inner,
	"trailers that name a person":               "Transfer-Encoding: chunked\r\nTrailer: Remote-User\r\n\r\n0\r\nRemote-User: mallory\r\nContent-Length: 5\r\n\r\n" + inner,
	"a NUL in a value":                          "X: a\x00b\r\nContent-Length: 0\r\n\r\n" + inner,
	"a NUL in a name":                           "Remote-User\x00: mallory\r\nContent-Length: 0\r\n\r\n" + inner,
	"names with blanks, underscores and quotes": "Remote User: mallory\r\nRemote_User: mallory\r\n\"Remote-User\": mallory\r\nContent-Length: 0\r\n\r\n",
	"a folded line that names a person":         "X: y\r\n\tRemote-User: mallory\r\nContent-Length: 0\r\n\r\n",
	"a line without a colon":                    "Remote-User\r\nContent-Length: 0\r\n\r\n",
	"Connection takes the length away":          fmt.Sprintf("Connection: Content-Length\r\nContent-Length: %d\r\n\r\n%s", len(inner), inner),
	"Connection takes the coding away":          fmt.Sprintf("Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(inner), inner),
	"a body that waits for its leave":           fmt.Sprintf("Expect: 100-continue\r\nContent-Length: %d\r\n\r\n%s", len(inner), inner),
	"another expectation":                       fmt.Sprintf("Expect: 100-continue, x\r\nContent-Length: %d\r\n\r\n%s", len(inner), inner),
	"an upgrade to HTTP/2":                      "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\nContent-Length: 0\r\n\r\n",
	"an upgrade to HTTP/2 or a WebSocket":       "Upgrade: h2c, websocket\r\nConnection: Upgrade\r\nContent-Length: 0\r\n\r\n",
	"an upgrade to something":                   "Upgrade: something\r\nConnection: upgrade\r\nContent-Length: 0\r\n\r\n",
	"two upgrades":                              "Upgrade: websocket\r\nUpgrade: h2c\r\nConnection: Upgrade\r\nContent-Length: 0\r\n\r\n",

	"another host in the line":        "WHOLE GET https://beta.example.com/smuggled HTTP/1.1\r\nHOSTCOOKIE\r\n",
	"another host twice":              "WHOLE GET /asked HTTP/1.1\r\nHOSTHost: beta.example.com\r\nCOOKIE\r\n",
	"another host in another case":    "WHOLE GET /asked HTTP/1.1\r\nHOSThost : beta.example.com\r\nCOOKIE\r\n",
	"no host":                         "WHOLE GET /asked HTTP/1.1\r\nCOOKIE\r\n",
	"an old version that stays":       "WHOLE POST /asked HTTP/1.0\r\nHOSTCOOKIEConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + inner,
	"no version":                      "WHOLE GET /smuggled\r\n",
	"a version that there is not":     "WHOLE GET /asked HTTP/1.1 HTTP/1.1\r\nHOSTCOOKIE\r\n",
	"a line break in the path":        "WHOLE GET /asked\nRemote-User: mallory HTTP/1.1\r\nHOSTCOOKIE\r\n",
	"an escaped line break":           "WHOLE GET /asked%20HTTP/1.1%0d%0aRemote-User:%20mallory%0d%0aX: HTTP/1.1\r\nHOSTCOOKIE\r\n",
	"a GET with a body":               fmt.Sprintf("WHOLE GET /asked HTTP/1.1\r\nHOSTCOOKIEContent-Length: %d\r\n\r\n%s", len(inner), inner),
	"a HEAD with a body":              fmt.Sprintf("WHOLE HEAD /asked HTTP/1.1\r\nHOSTCOOKIEContent-Length: %d\r\n\r\n%s", len(inner), inner),
	"a body for a refusal":            fmt.Sprintf("WHOLE POST /asked HTTP/1.1\r\nHOSTContent-Length: %d\r\n\r\n%s", len(inner), inner),
	"a body for the service":          fmt.Sprintf("WHOLE POST /auth/session HTTP/1.1\r\nHOSTCOOKIEContent-Length: %d\r\n\r\n%s", len(inner), inner),
	"a body for what is not there":    fmt.Sprintf("WHOLE POST /auth/verify HTTP/1.1\r\nHOSTCOOKIEContent-Length: %d\r\n\r\n%s", len(inner), inner),
	"one after another, unasked":      "WHOLE GET /asked HTTP/1.1\r\nHOSTCOOKIE\r\n" + inner + inner,
	"a control: nothing is odd in it": "Content-Length: 3\r\n\r\na=b",
}

func (w *endToEnd) smuggles(t *testing.T, service, behind *recorder) {
	ann := w.signedIn(t, "ann")
	resp, text := ann.open(ann.url("acme", "/reports"))
	user := reached(t, resp, text).Header.Get("Remote-User")
	cookie := ann.cookies(ann.url("acme", "/")) + "\r\n"
	host := "Host: acme" + ann.origin + "\r\n"

	var all sync.WaitGroup
	turns := make(chan bool, 6)
	for name, shape := range shapes {
		all.Go(func() {
			turns <- true
			defer func() { <-turns }()
			raw, odd := strings.CutPrefix(shape, "WHOLE ")
			if raw = strings.NewReplacer("HOST", host, "COOKIE", cookie).Replace(raw); !odd {
				raw = "POST /asked HTTP/1.1\r\n" + host + cookie + raw
			}
			mark := "/canary-" + strings.NewReplacer(" ", "-", ",", "", ":", "").Replace(name)
			canary := "GET " + mark + " HTTP/1.1\r\n" + host + cookie + "Connection: close\r\n\r\n"
			control := strings.HasPrefix(name, "a control")
			wait := 3 * time.Second // some proxies wait for the rest of what says to be longer; who is cut off here is judged on the wire
			if control {
				wait = time.Minute
			}
			got, err := w.exchange(raw+canary, wait)
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			for _, answer := range got { // whoever answers, it is one of these two that is answered
				if answer.URI != "" && answer.URI != mark && !strings.HasPrefix(answer.URI, "/asked") {
					t.Errorf("%s: an answer to %s", name, answer.URI)
				}
			}
			if control && (len(got) != 2 || got[0].Body != 3 || got[1].URI != mark) {
				t.Errorf("%s: %+v", name, got)
			}
			resp, text := newBrowser(t, w.addr, "ann").send("GET", ann.url("acme", mark+"-apart"), nil, strings.TrimSpace(cookie))
			if seen := reached(t, resp, text); seen.URI != mark+"-apart" {
				t.Errorf("%s: the request of another person is answered for %s", name, seen.URI)
			}
		})
	}
	all.Wait()

	asked, err := service.requests()
	if err != nil {
		t.Fatalf("the service got %v", err)
	}
	passed, err := behind.requests()
	if err != nil {
		t.Fatalf("the app got %v", err)
	}
	questions := map[string]int{}
	for _, r := range asked {
		questions[r.header.Get("X-Forwarded-Uri")]++
		if name := lied(r.header); name != "" {
			t.Errorf("the service was asked %s %s with %s", r.method, r.uri, name)
		}
	}
	for _, r := range passed {
		if questions[r.uri]--; questions[r.uri] < 0 {
			t.Errorf("the service was not asked about %s %s", r.method, r.uri)
		}
		if got := r.header["Remote-User"]; len(got) != 1 || got[0] != user {
			t.Errorf("%s %s reached the app as %q", r.method, r.uri, got)
		}
		if name := lied(r.header); name != "" || strings.Contains(r.uri, "smuggled") {
			t.Errorf("the app got %s %s with %s", r.method, r.uri, name)
		}
		if up := r.header.Get("Upgrade"); up != "" && up != "websocket" {
			t.Errorf("the app is asked to upgrade to %q", up)
		}
		if !strings.HasPrefix(r.header.Get("Host"), "acme.") {
			t.Errorf("%s %s reached the app for %q", r.method, r.uri, r.header.Get("Host"))
		}
	}
	t.Logf("%d shapes; %d requests reached the service, %d the app", len(shapes), len(asked), len(passed))
	if len(passed) < len(shapes) {
		t.Errorf("only %d requests reached the app", len(passed))
	}
}

// lied is the name of a header that says what only a smuggled one does, empty for none. A folded line may end up in
// the value of the line before: then it names no person.
func lied(h http.Header) string {
	for name, values := range h {
		if value := strings.Join(values, ""); value == "mallory" || strings.Contains(value, "h2c") {
			return name
		}
	}
	return ""
}

// exchange sends bytes on a connection of their own, and returns what the app saw of each request that it answered
// there; an answer that is not the app's is empty. Each may take as long as wait.
func (w *endToEnd) exchange(raw string, wait time.Duration) (answers []seen, err error) {
	conn, err := tls.Dial("tcp", w.addr, &tls.Config{InsecureSkipVerify: true, ServerName: "acme.example.com", NextProtos: []string{"http/1.1"}})
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, raw); err != nil {
		return nil, nil // refused before it was read
	}
	r := bufio.NewReader(conn)
	for {
		_ = conn.SetReadDeadline(time.Now().Add(wait))
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			return answers, nil
		}
		if resp.StatusCode < http.StatusOK {
			continue
		}
		if strings.HasPrefix(raw, "HEAD ") && len(answers) == 0 {
			answers = append(answers, seen{})
			continue
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			return answers, nil
		}
		var answer seen
		if resp.Header.Get("X-App-Saw") != "" {
			if err := json.Unmarshal(body, &answer); err != nil {
				return answers, fmt.Errorf("an answer of the app that is none: %w: %q", err, body)
			}
		}
		answers = append(answers, answer)
	}
}
