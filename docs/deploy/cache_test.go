package deploy_test

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// cacheConf is a cache before everything: of the service's own routes it keeps every answer that does not forbid it,
// of the rest every one that is not the app's.
const cacheConf = `
pid DIR/cache-pid;
error_log stderr crit;
events {}
http {
    client_body_temp_path DIR/a; proxy_temp_path DIR/b; fastcgi_temp_path DIR/c; uwsgi_temp_path DIR/d; scgi_temp_path DIR/e;
    proxy_cache_path DIR/cache keys_zone=kept:1m;
    log_format plain '$remote_addr $request_method $host$uri $status $upstream_cache_status';
    access_log /dev/stdout plain;
    server {
        listen ADDR ssl;
        ssl_certificate CERTIFICATE;
        ssl_certificate_key KEY;
        proxy_http_version 1.1;
        proxy_set_header Host $http_host;
        proxy_set_header Connection '';
        proxy_buffer_size 16k;
        proxy_buffers 8 16k;
        proxy_cache kept;
        proxy_cache_key $scheme$http_host$request_uri;
        add_header X-Cache $upstream_cache_status always;
        location / {
            proxy_pass https://BEHIND;
            proxy_cache_valid 301 302 303 307 308 400 401 403 404 405 410 421 500 502 503 504 1h;
        }
        location ~ ^/(login|logout|organizations|auth/|\.well-known/) {
            proxy_pass https://BEHIND;
            proxy_cache_valid any 1h;
        }
    }
}
`

// TestACacheBeforeNginxKeepsNothingOfAnybody has a real cache between browsers and the shipped file: whatever ann asked
// for, the next one who asks for it gets an answer of their own, and the other way round.
func TestACacheBeforeNginxKeepsNothingOfAnybody(t *testing.T) {
	t.Parallel()
	app, addr, dir := newApp(t), freeAddr(t), nginxDir(t)
	_, port, _ := net.SplitHostPort(addr)
	behind := "127.0.0.2:" + port // the port is in the names that the service builds
	o := newOrglogin(t, freeAddr(t), addr)
	startNginx(t, dir, behind, append(withTLS(t, dir, behind), "127.0.0.1:8080", o.addr, "127.0.0.1:3000", strings.TrimPrefix(app.URL, "http://"))...)
	conf := filepath.Join(dir, "cache.conf")
	text := strings.NewReplacer("DIR", dir, "ADDR", addr, "BEHIND", behind,
		"CERTIFICATE", filepath.Join(dir, "example.com.pem"), "KEY", filepath.Join(dir, "example.com.key")).Replace(cacheConf)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, exec.Command(program(t, "nginx"), "-e", "stderr", "-p", dir, "-c", conf, "-g", "daemon off;"), func() error {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			err = conn.Close()
		}
		return err
	})
	w := &endToEnd{service: o, addr: addr}

	t.Run("it does keep what may be kept", func(t *testing.T) {
		b := newBrowser(t, addr, "ann")
		for range 2 {
			b.open(b.url("login", "/.well-known/jwks.json"))
		}
		if resp, _ := b.open(b.url("login", "/.well-known/jwks.json")); resp.Header.Get("X-Cache") != "HIT" {
			t.Errorf("the key set: %v", resp.Header)
		}
		_, page := b.open(b.url("login", "/login"))
		style := regexp.MustCompile(`/auth/static/[^"]+`).FindString(page)
		b.open(b.url("login", style))
		if resp, _ := b.open(b.url("login", style)); resp.Header.Get("X-Cache") != "HIT" || style == "" {
			t.Errorf("%s: %v", style, resp.Header)
		}
	})

	pages := [][2]string{
		{"login", "/login"},
		{"login", "/login?redirect=%2Freports"},
		{"login", "/login?organization=beta"},
		{"login", "/login?prompt=select_account"},
		{"login", "/organizations"},
		{"login", "/logout"},
		{"login", "/auth/session"},
		{"login", "/auth/callback?code=a&state=b"},
		{"login", "/nothing"},
		{"acme", "/login"},
		{"acme", "/organizations"},
		{"acme", "/auth/session"},
		{"acme", "/auth/token"},
		{"beta", "/reports"},
		{"beta", "/auth/session"},
		{"acme", "/reports?first"},
		{"unknown", "/reports"},
		{"app", "/clients?first"},
	}
	ask := func(b *browser, label, path string) (*http.Response, string) {
		return b.send("GET", b.url(label, path), nil, "Accept: text/html", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document", "Sec-Fetch-Site: none")
	}
	t.Run("what ann asked for first", func(t *testing.T) {
		ann, anonymous := w.signedIn(t, "ann"), newBrowser(t, addr, "bea")
		for _, p := range pages {
			if p[0] == "acme" && strings.HasPrefix(p[1], "/reports") || p[0] == "app" {
				continue // the app's own, which say themselves who may keep them
			}
			ask(ann, p[0], p[1])
			resp, text := ask(anonymous, p[0], p[1])
			reported := text + fmt.Sprint(resp.Header)
			for _, secret := range []string{"ann@", "Ann", "access_token", "__Secure-session"} {
				if strings.Contains(reported, secret) {
					t.Errorf("%s%s shows %q to a browser without a session (%s)", p[0], p[1], secret, resp.Header.Get("X-Cache"))
				}
			}
			if cache := resp.Header.Get("X-Cache"); cache == "HIT" || resp.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s%s: %s, kept as %q, X-Cache %q", p[0], p[1], resp.Status, resp.Header.Get("Cache-Control"), cache)
			}
		}
	})
	t.Run("what a browser without a session asked for first", func(t *testing.T) {
		anonymous, ann := newBrowser(t, addr, "bea"), w.signedIn(t, "ann")
		for _, p := range pages {
			ask(anonymous, p[0], p[1])
			if resp, _ := ask(ann, p[0], p[1]); resp.Header.Get("X-Cache") == "HIT" {
				t.Errorf("%s%s comes out of the cache: %s", p[0], p[1], resp.Status)
			}
		}
		resp, text := ask(ann, "acme", "/reports?first")
		reached(t, resp, text)
	})
}

// unkeyedHeaders are those that services have built answers from, and caches do not know of.
var unkeyedHeaders = []string{
	"X-Forwarded-Host: away.test", "X-Forwarded-Host: beta.example.com", "X-Host: away.test", "X-Forwarded-Server: away.test", "X-HTTP-Host-Override: away.test",
	"Forwarded: host=away.test;proto=http", "X-Forwarded-Scheme: http", "X-Forwarded-Proto: http", "X-Forwarded-Proto: away", "X-Forwarded-Port: 666", "X-Forwarded-Prefix: /away.test",
	"X-Forwarded-Path: /away.test", "X-Original-URL: /logout", "X-Rewrite-URL: /logout", "X-Original-Host: away.test", "X-Original-URI: https://away.test/", "X-Forwarded-Uri: /away.test",
	"X-HTTP-Method-Override: POST", "X-Method-Override: POST", "X-HTTP-Method: DELETE", "X-Forwarded-Method: POST", "X-Forwarded-For: away.test", "X-Real-Ip: 192.0.2.1", "True-Client-IP: 192.0.2.1",
	"Origin: https://away.test", "Referer: https://away.test/", "X-Wap-Profile: http://away.test/", "Front-End-Https: off", "X-URL-Scheme: http", "X-Forwarded-SSL: off", "Base-Url: https://away.test",
	"Content-Location: https://away.test", "X-Request-Id: away.test", "X-Correlation-Id: away.test", "Accept-Language: away", "User-Agent: <script>away.test</script>", "Via: 1.1 away.test", "Max-Forwards: 0",
}

// fresh is what differs in two answers to one request.
var fresh = regexp.MustCompile(`[a-z2-7]{16}`)

func (w *endToEnd) unkeyed(t *testing.T) {
	b := newBrowser(t, w.addr, "ann")
	for _, p := range [][2]string{
		{"login", "/login?redirect=%2Freports"},
		{"acme", "/login"},
		{"login", "/organizations"},
		{"acme", "/logout"},
		{"acme", "/reports?a=1"},
		{"login", "/.well-known/openid-configuration"},
		{"login", "/.well-known/jwks.json"},
		{"login", "/nothing"},
	} {
		ask := func(lines ...string) string {
			resp, text := b.send("GET", b.url(p[0], p[1]), nil, append(lines, "Accept: text/html", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document")...)
			if resp.Header.Get("Set-Cookie") != "" {
				t.Errorf("%s%s sets %q", p[0], p[1], resp.Header["Set-Cookie"])
			}
			resp.Header.Del("Date")
			return fresh.ReplaceAllString(fmt.Sprint(resp.Status, resp.Header, text), "ID")
		}
		plain := ask()
		for _, line := range unkeyedHeaders {
			if got := ask(line); got != plain {
				t.Errorf("%s%s with %s:\n%s\nand without:\n%s", p[0], p[1], line, got, plain)
			}
		}
		if got := ask(unkeyedHeaders[1:]...); got != plain {
			t.Errorf("%s%s with all of them:\n%s\nand without:\n%s", p[0], p[1], got, plain)
		}
	}
}

func (w *endToEnd) split(t *testing.T) {
	anonymous, ann := newBrowser(t, w.addr, "ann"), w.signedIn(t, "ann")
	for _, b := range []*browser{anonymous, ann} {
		for _, broken := range []string{"%0d%0aX-Split:%20yes", "%0aX-Split:%20yes", "%0dX-Split:%20yes", "%E5%98%8D%E5%98%8AX-Split:%20yes", "%250d%250aX-Split:%20yes", "%00X-Split:%20yes", "%c0%8aX-Split:%20yes"} {
			for _, p := range [][2]string{
				{"login", "/login?redirect=%2F" + broken},
				{"login", "/login?redirect=" + broken},
				{"login", "/login?organization=" + broken},
				{"login", "/login?invitation=" + broken},
				{"login", "/auth/start?redirect=%2F" + broken},
				{"login", "/auth/start?login_hint=" + broken},
				{"login", "/organizations?redirect=%2F" + broken},
				{"login", "/" + broken},
				{"acme", "/login?redirect=%2F" + broken},
				{"acme", "/" + broken},
				{"acme", "/a?b=" + broken},
				{"acme", "/login/" + broken},
				{"beta", "/" + broken},
				{"acme", "/auth/" + broken},
			} {
				for _, mode := range []string{"navigate", "cors"} {
					resp, text := b.send("GET", b.url(p[0], p[1]), nil, "Accept: text/html", "Sec-Fetch-Mode: "+mode, "Sec-Fetch-Site: none")
					if resp.Header.Get("X-Split") != "" || strings.ContainsAny(resp.Header.Get("Location"), "\r\n\x00") {
						t.Errorf("%s%s: %v", p[0], p[1], resp.Header)
					}
					if resp.Header.Get("X-App-Saw") != "" {
						if got := reached(t, resp, text); got.Header.Get("X-Split") != "" || got.URI != p[1] && !(w.isTraefik && strings.EqualFold(got.URI, p[1])) {
							t.Errorf("%s%s reached the app as %s %v", p[0], p[1], got.URI, got.Header)
						}
					}
				}
			}
		}
	}
}
