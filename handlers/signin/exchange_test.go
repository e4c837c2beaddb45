package signin

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"orglogin/store"
)

// good is what the honest provider answers to the token request r.
func (o *op) good(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	o.Provider.ServeHTTP(w, r)
	return w
}

func TestTokenAnswersThatDoNotCount(t *testing.T) {
	o := newOP(t)
	p := o.client(t, nil)
	mustLogin(t, o, p)
	// rewrite sends the good answer's body, changed, as status and type say.
	rewrite := func(status int, media string, change func(body string) string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			body := change(o.good(r).Body.String())
			w.Header().Set("Content-Type", media)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	same := func(body string) string { return body }
	insert := func(member string) func(string) string {
		return func(body string) string { return "{" + member + "," + strings.TrimPrefix(body, "{") }
	}
	constant := func(body string) func(string) string { return func(string) string { return body } }
	const media = "application/json"
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	_, _ = z.Write(bytes.Repeat([]byte(" "), 8*maxBody))
	_ = z.Close()
	for _, test := range []struct {
		name   string
		answer http.HandlerFunc
		reason store.Reason
		status int
	}{
		{"C4 500 with good tokens", rewrite(500, media, same), store.ProviderAnswer, 502},
		{"C4 201 with good tokens", rewrite(201, media, same), store.ProviderAnswer, 502},
		{"C4 400 with good tokens", rewrite(400, media, same), store.ProviderAnswer, 502},
		{"C4 HTML", rewrite(200, "text/html", constant("<html>")), store.ProviderAnswer, 502},
		{"C4 good tokens as text/html", rewrite(200, "text/html", same), store.ProviderAnswer, 502},
		{"C4 form-encoded tokens", rewrite(200, "application/x-www-form-urlencoded", constant("access_token=a&token_type=Bearer&id_token=x")), store.ProviderAnswer, 502},
		{"C4 empty", rewrite(200, media, constant("")), store.ProviderAnswer, 502},
		{"C4 null", rewrite(200, media, constant("null")), store.ProviderAnswer, 502},
		{"C4 an array", rewrite(200, media, func(s string) string { return "[" + s + "]" }), store.ProviderAnswer, 502},
		{"C4 truncation", rewrite(200, media, func(s string) string { return s[:len(s)-3] }), store.ProviderAnswer, 502},
		{"C4 trailing junk", rewrite(200, media, func(s string) string { return s + "{}" }), store.ProviderAnswer, 502},
		{"C4 not UTF-8", rewrite(200, media, insert("\"x\":\"\xff\"")), store.ProviderAnswer, 502},
		{"C5 error in a 200 answer", rewrite(200, media, insert(`"error":"invalid_request"`)), store.ProviderAnswer, 502},
		{"C5 an empty error in a 200 answer", rewrite(200, media, insert(`"error":""`)), store.ProviderAnswer, 502},
		{"C5 error of another type", rewrite(200, media, insert(`"error":null`)), store.ProviderAnswer, 502},
		{"C8 id_token twice", rewrite(200, media, insert(`"id_token":"x"`)), store.ProviderAnswer, 502},
		{"C8 ID_TOKEN beside id_token", rewrite(200, media, insert(`"ID_TOKEN":"x"`)), store.ProviderAnswer, 502},
		{"C8 id_token escaped beside id_token", rewrite(200, media, insert(`"\u0069d_token":"x"`)), store.ProviderAnswer, 502},
		{"C8 a name that Unicode folds to access_token", rewrite(200, media, insert(`"acceſſ_toKen":"x"`)), store.ProviderAnswer, 502},
		{"C8 a name twice further in", rewrite(200, media, insert(`"x":{"a":1,"a":2}`)), store.ProviderAnswer, 502},
		{"C9 another token type", rewrite(200, media, func(s string) string { return strings.Replace(s, "Bearer", "DPoP", 1) }), store.ProviderAnswer, 502},
		{"no ID token", rewrite(200, media, func(s string) string { return strings.Replace(s, "id_token", "id_taken", 1) }), store.ProviderAnswer, 502},
		{"C9 no access token", rewrite(200, media, func(s string) string { return strings.Replace(s, "access_token", "access_taken", 1) }), store.ProviderAnswer, 502},
		{"C3 an answer over a megabyte", rewrite(200, media, func(s string) string { return s + strings.Repeat(" ", maxBody) }), store.ProviderAnswer, 502},
		{"C3 a gzip bomb", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", media)
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb.Bytes())
		}, store.ProviderAnswer, 502},
		{"C3 headers over 64 KiB", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X", strings.Repeat("a", maxHeader+8<<10))
			o.Provider.ServeHTTP(w, r)
		}, store.ProviderAway, 502},
		{"D16 a hundred thousand brackets", rewrite(200, media, constant(strings.Repeat("[", 100_000))), store.ProviderAnswer, 502},
		{"the provider's error text is not repeated", rewrite(400, media, constant(`{"error":"secret-text","error_description":"secret-text"}`)), store.ProviderAnswer, 502},
		{"C6 a connection reset after the request", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, store.ProviderAway, 502},
	} {
		t.Run(test.name, func(t *testing.T) {
			o.replace("/token", test.answer)
			before := o.count("/token")
			_, err := o.login(t, p)
			wantError(t, err, test.reason, test.status)
			if n := o.count("/token") - before; n != 1 {
				t.Errorf("C6 the code was sent %d times", n)
			}
		})
	}
	o.replace("/token", nil)
	mustLogin(t, o, p)
	for name, answer := range map[string]http.HandlerFunc{
		"C9 token_type in another case": rewrite(200, media, func(s string) string { return strings.Replace(s, "Bearer", "bEARER", 1) }),
		"blanks round everything":       rewrite(200, media+"; charset=utf-8", func(s string) string { return " \r\n\t" + s + " \n" }),
		"other members":                 rewrite(200, media, insert(`"x":[{"a":[1,-2.5e3,true,null,"\"}]"]},{}]`)),
		"gzip": func(w http.ResponseWriter, r *http.Request) {
			good := o.good(r)
			maps.Copy(w.Header(), good.Header())
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			_, _ = z.Write(good.Body.Bytes())
			_ = z.Close()
		},
	} {
		t.Run("accepted: "+name, func(t *testing.T) {
			o.replace("/token", answer)
			mustLogin(t, o, p)
		})
	}
}

func TestC1TheBackChannelFollowsNoRedirect(t *testing.T) {
	var leaked atomic.Int64
	thief := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { leaked.Add(1) }))
	t.Cleanup(thief.Close)
	for _, path := range []string{"/token", "/jwks", "/.well-known/openid-configuration"} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			o := newOPWithKey(t)
			o.replace(path, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, thief.URL, status) })
			p := o.client(t, nil)
			err := p.Warm(t.Context())
			if path == "/token" {
				_, err = o.login(t, p)
			}
			wantError(t, err, store.ProviderAnswer, 502)
		}
	}
	if n := leaked.Load(); n != 0 {
		t.Errorf("followed %d times", n)
	}
}

func TestC2AHungProviderHoldsNobodyPastTheDeadline(t *testing.T) {
	for name, hang := range map[string]func(http.ResponseWriter){
		"before the headers": func(http.ResponseWriter) {},
		"in the body": func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"access_token":`)
			_ = http.NewResponseController(w).Flush()
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOP(t)
			p := o.client(t, nil)
			f, a := o.begin(t, p, "")
			released := make(chan struct{})
			o.replace("/token", func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				hang(w)
				<-r.Context().Done() // the client let go
				close(released)
			})
			_, err := p.Finish(short(t), f, a)
			wantError(t, err, store.ProviderSlow, 504)
			<-released
			o.replace("/token", nil)
			mustLogin(t, o, p)
		})
	}
	t.Run("the deadline is ten seconds at most where the caller has none", func(t *testing.T) {
		o := newOP(t)
		var left time.Duration
		p := o.client(t, func(c *Config) {
			c.HTTP = &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				if end, ok := r.Context().Deadline(); ok && r.URL.Path == "/token" {
					left = time.Until(end)
				}
				return http.DefaultTransport.RoundTrip(r)
			})}
		})
		mustLogin(t, o, p)
		if left <= 0 || left > 10*time.Second {
			t.Errorf("the token request had %v", left)
		}
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A kept connection that the provider closes just as the code is sent is where
// net/http would repeat a request by itself.
func TestC6TheCodeIsNotRepeatedOnAnotherConnection(t *testing.T) {
	o := newOP(t)
	var bodies atomic.Int64
	p := o.client(t, func(c *Config) {
		c.HTTP = &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			if r.URL.Path == "/token" && r.GetBody != nil {
				bodies.Add(1)
			}
			return http.DefaultTransport.RoundTrip(r)
		})}
	})
	mustLogin(t, o, p)
	if bodies.Load() != 0 {
		t.Error("the token request can be sent again")
	}
}

// The request is put together here; x/oauth2 must not have sent another.
func TestTheTokenRequestIsThatOfOAuth2(t *testing.T) {
	for name, style := range map[string]oauth2.AuthStyle{
		"the client in the header": oauth2.AuthStyleInHeader, "the client in the body": oauth2.AuthStyleInParams,
	} {
		t.Run(name, func(t *testing.T) {
			c := oauth2.Config{
				ClientID: clientID, ClientSecret: clientSecret, RedirectURL: redirectURL + "?a=b&c=d",
				Endpoint: oauth2.Endpoint{TokenURL: "https://op.test/token?tenant=1", AuthStyle: style},
			}
			const code, verifier = "a code+of/all&kinds=%41", "~verifier-._"
			type sent struct{ method, url, client, form, media string }
			read := func(r *http.Request) sent {
				body, err := io.ReadAll(r.Body)
				if err != nil || int64(len(body)) != r.ContentLength {
					t.Errorf("%d bytes of %d, %v", len(body), r.ContentLength, err)
				}
				form, err := url.ParseQuery(string(body))
				if err != nil {
					t.Error(err)
				}
				return sent{r.Method, r.URL.String(), r.Header.Get("Authorization"), form.Encode(), r.Header.Get("Content-Type")}
			}
			var theirs sent
			ctx := context.WithValue(t.Context(), oauth2.HTTPClient, &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				theirs = read(r)
				return nil, io.EOF
			})})
			_, _ = c.Exchange(ctx, code, oauth2.VerifierOption(verifier)) // an error, as nothing answered
			request, err := newTokenRequest(c)
			if err != nil {
				t.Fatal(err)
			}
			if ours := read(metadata{token: request}.redeem(t.Context(), code, verifier)); ours != theirs {
				t.Errorf("sent\n%+v, x/oauth2 would have sent\n%+v", ours, theirs)
			}
		})
	}
}

func TestAProviderThatIsNotThere(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	where := "http://" + l.Addr().String()
	_ = l.Close()
	p, err := New(Config{Issuer: where, ClientID: "c", ClientSecret: "s", RedirectURL: redirectURL})
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.AuthURL(t.Context(), p.NewFlow(), Request{State: "s"})
	wantError(t, err, store.ProviderAway, 502)
}

func TestAWrongCertificateIsRefused(t *testing.T) {
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	p, err := New(Config{Issuer: s.URL, ClientID: "c", ClientSecret: "s", RedirectURL: redirectURL})
	if err != nil {
		t.Fatal(err)
	}
	wantError(t, p.Warm(t.Context()), store.ProviderAway, 502)
}
