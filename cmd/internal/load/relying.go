package main

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/redis/go-redis/v9"
)

// relying is what a relying party without a product keeps: one Redis command takes
// the flow once, one PostgreSQL statement stores person and session and looks up
// where the person belongs. It keeps no intent, decides no place and seals nothing.
type relying struct {
	provider *http.Client // one pool of connections, as ours has
	pool     *pgxpool.Pool
	redis    *redis.Client

	mu       sync.RWMutex
	sessions map[string]string // person by session
}

// relyingSchema is what its one statement needs.
const relyingSchema = `
CREATE TABLE people (subject text PRIMARY KEY, email text NOT NULL, name text NOT NULL);
CREATE TABLE organizations (id int PRIMARY KEY, slug text NOT NULL, status text NOT NULL);
CREATE TABLE members (subject text NOT NULL, organization int NOT NULL, role text NOT NULL, PRIMARY KEY (subject, organization));
CREATE TABLE sessions (id text PRIMARY KEY, subject text NOT NULL REFERENCES people, expires_at timestamptz NOT NULL);
INSERT INTO organizations VALUES (1, 'acme', 'verified');
INSERT INTO members SELECT 'person' || n, 1, 'member' FROM generate_series(0, 499) AS n;
GRANT SELECT, INSERT, UPDATE ON people, organizations, members, sessions TO runtime`

const relyingStatement = `
WITH person AS (
	INSERT INTO people (subject, email, name) VALUES ($1, $2, $3)
	ON CONFLICT (subject) DO UPDATE SET email = excluded.email, name = excluded.name
	RETURNING subject
), session AS (
	INSERT INTO sessions (id, subject, expires_at) SELECT $4, subject, $5 FROM person
)
SELECT o.slug, o.status, m.role
FROM person AS p
JOIN members AS m ON m.subject = p.subject
JOIN organizations AS o ON o.id = m.organization`

func openRelying(ctx context.Context, s settings) (*relying, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 256
	r := &relying{provider: &http.Client{Transport: transport, Timeout: 10 * time.Second}, sessions: map[string]string{}}
	options, err := redis.ParseURL(s.Redis)
	if err != nil {
		return nil, err
	}
	if r.pool, err = pgxpool.New(ctx, s.Database); err != nil {
		return nil, err
	}
	r.redis = redis.NewClient(options)
	return r, nil
}

func (r *relying) close() {
	r.pool.Close()
	_ = r.redis.Close() // nothing is left to be sent
}

var errTwice = errors.New("the flow was taken before")

func (r *relying) takeFlow(ctx context.Context, id string) error {
	first, err := r.redis.SetNX(ctx, "flow:"+id, 1, 15*time.Minute).Result()
	if err == nil && !first {
		err = errTwice
	}
	return err
}

// tokenClaims are what the ID token says of the person.
type tokenClaims struct {
	Email    string `json:"email"`
	Verified bool   `json:"email_verified"`
	Name     string `json:"name"`
}

// logIn returns a new session.
func (r *relying) logIn(ctx context.Context, subject string, claims tokenClaims) (string, error) {
	session := rand.Text()
	var slug, status, role string
	err := r.pool.QueryRow(ctx, relyingStatement, subject, claims.Email, claims.Name, session, time.Now().Add(12*time.Hour)).Scan(&slug, &status, &role)
	if err != nil {
		return "", err
	}
	r.mu.Lock()
	r.sessions[session] = subject
	r.mu.Unlock()
	return session, nil
}

func (r *relying) isLive(session string) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.sessions[session] != ""
}

// redirectURI is where the provider sends the browser back.
const redirectURI = "https://" + loginHost + "/callback"

const flowName = "__Host-flow"

// loginFlow is what a browser keeps between start and callback.
type loginFlow struct{ state, nonce, verifier string }

func (f loginFlow) cookie() *http.Cookie {
	return &http.Cookie{
		Name: flowName, Value: f.state + "." + f.nonce + "." + f.verifier,
		Path: "/", MaxAge: 900, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}

// readFlow returns the flow of a callback with this state.
func readFlow(r *http.Request, state string) (loginFlow, error) {
	cookie, err := r.Cookie(flowName)
	if err != nil {
		return loginFlow{}, err
	}
	parts := strings.Split(cookie.Value, ".")
	if len(parts) != 3 || subtle.ConstantTimeCompare([]byte(parts[0]), []byte(state)) != 1 {
		return loginFlow{}, errors.New("another state")
	}
	return loginFlow{parts[0], parts[1], parts[2]}, nil
}

func sessionCookies(session string) [2]*http.Cookie {
	return [2]*http.Cookie{
		{Name: flowName, Path: "/", MaxAge: -1, Secure: true},
		{
			Name: "__Secure-session", Value: session, Domain: baseDomain, Path: "/", MaxAge: 12 * 3600,
			Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		},
	}
}

// serveUntil serves until the context ends.
func serveUntil(ctx context.Context, addr string, handler http.Handler, ready func()) error {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	ready()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
