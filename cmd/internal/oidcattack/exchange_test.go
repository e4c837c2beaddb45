package oidcattack_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"orglogin/store"
)

// TestATokenAnswerThatIsNoneIsRefused is section C of the list.
func TestATokenAnswerThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	as := func(status int, media string, body func(honest string) string) attack {
		return attack{reply: func(w http.ResponseWriter, honest string, _ *http.Request) {
			w.Header().Set("Content-Type", media)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body(honest))
		}}
	}
	json := func(body string) attack {
		return as(200, "application/json", func(string) string { return body })
	}
	good := func(s string) string { return s }
	member := func(f func(map[string]any)) attack { return attack{members: f} }
	changed := func(f func(string) string) attack { return as(200, "application/json", f) }

	rows := []row{
		untrusted("C4 good tokens with status 500", as(500, "application/json", good)),
		untrusted("C4 good tokens with status 503", as(503, "application/json", good)),
		untrusted("C4 good tokens with status 400", as(400, "application/json", good)),
		untrusted("C4 good tokens with status 201", as(201, "application/json", good)),
		untrusted("C4 good tokens with status 202", as(202, "application/json", good)),
		untrusted("C4 good tokens with status 206", as(206, "application/json", good)),
		untrusted("C4 nothing with status 204", as(204, "application/json", func(string) string { return "" })),
		untrusted("C4 good tokens called HTML", as(200, "text/html", good)),
		untrusted("C4 good tokens called text", as(200, "text/plain", good)),
		untrusted("C4 good tokens called nothing", as(200, "", good)),
		untrusted("C4 good tokens called a JWT", as(200, "application/jwt", good)),
		untrusted("C4 a page", as(200, "text/html", func(string) string { return "<!doctype html><title>Sign in</title>" })),
		untrusted("C4 a page called JSON", json("<!doctype html><title>Sign in</title>")),
		untrusted("C4 an empty answer", json("")),
		untrusted("C4 null", json("null")),
		untrusted("C4 an empty object", json("{}")),
		untrusted("C4 a list", changed(func(s string) string { return "[" + s + "]" })),
		untrusted("C4 good tokens in a string", changed(func(s string) string { return asJSON(s) })),
		untrusted("C4 good tokens cut off", changed(func(s string) string { return s[:len(s)-1] })),
		untrusted("C4 good tokens with something behind them", changed(func(s string) string { return s + "x" })),
		untrusted("C4 good tokens twice", changed(func(s string) string { return s + s })),
		untrusted("C4 a mark of the byte order before good tokens", changed(func(s string) string { return "\ufeff" + s })),
		untrusted("C4 good tokens in UTF-16", changed(func(s string) string { return strings.Join(strings.Split(s, ""), "\x00") })),
		untrusted("C4 good tokens as a form", as(200, "application/x-www-form-urlencoded", func(string) string { return "access_token=a&token_type=Bearer&id_token=b" })),
		untrusted("C4 ten thousand brackets", json(`{"a":`+strings.Repeat("[", 10_000))),
		untrusted("C5 an error beside good tokens", member(func(a map[string]any) { a["error"] = "invalid_request" })),
		untrusted("C5 an empty error beside good tokens", member(func(a map[string]any) { a["error"] = "" })),
		untrusted("C5 an error that is null beside good tokens", member(func(a map[string]any) { a["error"] = nil })),
		untrusted("C5 an error that is an object", member(func(a map[string]any) { a["error"] = map[string]any{"code": 1} })),
		untrusted("C8 a second ID token before the first", changed(func(s string) string { return `{"id_token":"x.y.z",` + s[1:] })),
		untrusted("C8 a second ID token behind the first", changed(func(s string) string { return s[:len(s)-1] + `,"id_token":"x.y.z"}` })),
		untrusted("C8 an ID token in capitals beside the first", changed(func(s string) string { return s[:len(s)-1] + `,"ID_TOKEN":"x.y.z"}` })),
		untrusted("C8 an ID token in capitals alone", changed(func(s string) string { return strings.Replace(s, "id_token", "ID_TOKEN", 1) })),
		untrusted("C8 an error in capitals", member(func(a map[string]any) { a["Error"] = "invalid_grant" })),
		untrusted("C9 tokens that need a proof", member(func(a map[string]any) { a["token_type"] = "DPoP" })),
		untrusted("C9 no type of token", member(func(a map[string]any) { delete(a, "token_type") })),
		untrusted("C9 no access token", member(func(a map[string]any) { delete(a, "access_token") })),
		untrusted("C9 an empty access token", member(func(a map[string]any) { a["access_token"] = "" })),
		untrusted("C9 an access token that is a number", member(func(a map[string]any) { a["access_token"] = 7 })),
		untrusted("D13 no ID token", member(func(a map[string]any) { delete(a, "id_token") })),
		untrusted("D13 an ID token that is null", member(func(a map[string]any) { a["id_token"] = nil })),
		untrusted("D13 an ID token that is an object", member(func(a map[string]any) { a["id_token"] = map[string]any{"sub": "ann-1"} })),
		{"C6 the connection is reset", attack{reply: hangUp("")}, http.StatusBadGateway, store.ProviderAway, 1},
		{"C6 the connection ends within the head", attack{reply: hangUp("HTTP/1.1 200 OK\r\nContent-Ty")}, http.StatusBadGateway, store.ProviderAway, 1},
		{"C6 the connection ends within the body", attack{reply: hangUp("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4000\r\n\r\n{\"access_")}, http.StatusBadGateway, store.ProviderAway, 1},
		{"C6 an answer that is not HTTP", attack{reply: hangUp("SSH-2.0-hello\r\n\r\n")}, http.StatusBadGateway, store.ProviderAway, 1},
	}
	for _, code := range []string{"invalid_client", "server_error", "access_denied", "<script>alert(1)</script>"} {
		rows = append(rows, untrusted("C4 the error "+code, as(400, "application/json", func(string) string { return asJSON(map[string]string{"error": code}) })))
	}
	taken := foreign("C4 a code that the provider does not know", as(400, "application/json", func(string) string { return `{"error":"invalid_grant"}` }))
	taken.redeemed = 1
	w.try(t, append(rows, taken))
}

// hangUp sends this, whatever it is, and closes the connection.
func hangUp(text string) func(http.ResponseWriter, string, *http.Request) {
	return func(w http.ResponseWriter, _ string, _ *http.Request) {
		conn, buffered, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		_, _ = buffered.WriteString(text)
		_ = buffered.Flush()
		_ = conn.Close()
	}
}

// TestATokenAnswerThatLeadsAwayIsNotFollowed checks that code and secret go to
// no other party (C1, RFC 9700 4.12).
func TestATokenAnswerThatLeadsAwayIsNotFollowed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	var asked atomic.Int64
	thief := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	t.Cleanup(thief.Close)
	var rows []row
	for _, status := range []int{300, 301, 302, 303, 307, 308} {
		rows = append(rows, untrusted("C1 status "+strconv.Itoa(status), attack{reply: func(w http.ResponseWriter, honest string, _ *http.Request) {
			w.Header().Set("Location", thief.URL+"/token")
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, honest) // good tokens, to whom they lead astray
		}}))
	}
	w.try(t, rows)
	if n := asked.Load(); n != 0 {
		t.Errorf("the other party was asked %d times", n)
	}
}

// TestATokenAnswerThatIsTooMuchIsCutOff checks that one login costs a bounded
// amount of memory, whatever is sent (C3).
func TestATokenAnswerThatIsTooMuchIsCutOff(t *testing.T) {
	w := newWorld(t, nil)
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	for range 64 { // 64 MiB in 64 KiB
		_, err := z.Write(make([]byte, 1<<20))
		must(t, err)
	}
	must(t, z.Close())
	chunk := bytes.Repeat([]byte(" "), 1<<16)
	sent := func(limit int) attack {
		return attack{reply: func(w http.ResponseWriter, honest string, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, honest)
			for range limit >> 16 {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
			if limit == endless {
				t.Error("an endless answer was read to its end")
			}
		}}
	}
	rows := []row{
		untrusted("C3 good tokens with twenty megabytes of blanks behind them", sent(20<<20)),
		untrusted("C3 good tokens with blanks that do not end", sent(endless)),
		untrusted("C3 a bomb", attack{reply: func(w http.ResponseWriter, _ string, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb.Bytes())
		}}),
		{"C3 a head of a megabyte", attack{reply: func(w http.ResponseWriter, honest string, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("X-Long", strings.Repeat("a", 1<<20))
			_, _ = io.WriteString(w, honest)
		}}, http.StatusBadGateway, store.ProviderAway, 1},
	}
	for i := range rows {
		reply := rows[i].reply
		rows[i].reply = func(rw http.ResponseWriter, honest string, r *http.Request) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			reply(rw, honest, r)
			runtime.ReadMemStats(&after)
			if grown := after.TotalAlloc - before.TotalAlloc; grown > 32<<20 {
				t.Errorf("%s: %d bytes were allocated", rows[i].name, grown)
			}
		}
	}
	w.try(t, rows)
}

const endless = 1 << 40

// TestAProviderThatIsAwayAndComesBack is C12: no restart.
func TestAProviderThatIsAwayAndComesBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.login(t)
	c := w.browser(t)
	target := w.bringBack(t, c, nil)
	before := w.rows(t)
	gone := func(rw http.ResponseWriter, r *http.Request) { hangUp("")(rw, "", r) }
	for _, path := range []string{"/token", "/jwks", "/.well-known/openid-configuration"} {
		w.provider.replace(path, gone)
	}
	w.refused(t, c, get(t, c, target), http.StatusBadGateway, store.ProviderAway)
	w.unchanged(t, before)
	for _, path := range []string{"/token", "/jwks", "/.well-known/openid-configuration"} {
		w.provider.replace(path, nil)
	}
	w.login(t)
}
