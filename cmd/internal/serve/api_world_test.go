package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/database"
	"orglogin/cmd/internal/operate"
	"orglogin/cmd/internal/servetest"
	"orglogin/store"
	"orglogin/store/manage"
	"orglogin/store/postgres/pgtest"
)

// apiWorld is a service with an API at a socket, over a database with organizations.
type apiWorld struct {
	*testing.T
	cfg    config.Config
	owner  database.Owner
	manage *manage.Manager // as a command
	client *http.Client
	token  string // of every scope and organization
	doc    document
}

// command is a caller at a command line.
var command = manage.Caller{Name: manage.Command}

// onEachAPI runs a test on both databases.
func onEachAPI(t *testing.T, test func(t *testing.T, w *apiWorld)) {
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		test(t, startAPI(t, servetest.Config(t)))
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		test(t, startAPI(t, onPostgres(t)))
	})
}

func onPostgres(t *testing.T) config.Config {
	db := pgtest.New(t)
	cfg := servetest.Config(t)
	cfg.Database = config.Database{URL: db.Runtime, AdminURL: db.Owner, APIURL: db.API}
	return cfg
}

func startAPI(t *testing.T, cfg config.Config) *apiWorld {
	t.Helper()
	dir, err := os.MkdirTemp("", "api") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	cfg.API = config.API{ListenAddr: "unix:" + filepath.Join(dir, "api.sock")}
	cfg.DNSResolver = "127.0.0.1:1" // answers nothing
	start(t, cfg, Options{})
	w := &apiWorld{T: t, cfg: cfg}
	w.client = &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", filepath.Join(dir, "api.sock"))
		},
		MaxIdleConnsPerHost: 100,
	}}
	t.Cleanup(w.client.CloseIdleConnections)
	w.open()
	w.token = w.newToken("", manage.Scopes...)
	w.doc = w.document()
	return w
}

// open opens the database as the commands do.
func (w *apiWorld) open() {
	w.Helper()
	var err error
	w.owner, err = database.OpenOwner(w.Context(), w.cfg.Database, database.Options{Now: time.Now})
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { _ = w.owner.Close() })
	w.manage, err = operate.NewManager(operate.ManagerConfig{
		Database: w.owner.Manage(), Now: time.Now, Site: w.cfg.Site.Redirect(), Keys: w.cfg.Keys.Secret, DNSResolver: w.cfg.DNSResolver,
	})
	if err != nil {
		w.Fatal(err)
	}
}

// newToken makes a token of an organization, or of none.
func (w *apiWorld) newToken(organization string, scopes ...string) string {
	w.Helper()
	made, err := w.manage.CreateToken(w.Context(), command, manage.NewToken{Name: "test", Scopes: scopes, Organization: organization})
	if err != nil {
		w.Fatal(err)
	}
	return made.Secret
}

// answer is what the API answered.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) problem() (p struct {
	Reason, Detail string
	Errors         []manage.Field
},
) {
	_ = json.Unmarshal(a.body, &p) // empty where it is none
	return p
}

// field is one member of the body, as text.
func (a answer) field(name string) string {
	var all map[string]any
	_ = json.Unmarshal(a.body, &all) // nothing where it is no object
	text, _ := all[name].(string)
	return text
}

// ask sends a request with the token of everything. Headers are "Name: value".
func (w *apiWorld) ask(method, path, body string, headers ...string) answer {
	w.Helper()
	return w.askAs(w.token, method, path, body, headers...)
}

func (w *apiWorld) askAs(token, method, path, body string, headers ...string) answer {
	w.Helper()
	a, err := w.try(token, method, path, body, headers...)
	if err != nil {
		w.Fatal(err)
	}
	return a
}

// try is askAs for several goroutines at once.
func (w *apiWorld) try(token, method, path, body string, headers ...string) (answer, error) {
	r, err := http.NewRequestWithContext(w.Context(), method, "http://api"+path, bytes.NewReader([]byte(body)))
	if err != nil {
		return answer{}, err
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	got, err := w.client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	return answer{got.StatusCode, got.Header, text}, err
}

// want is ask, and fails the test where the status or the reason is another one.
func (w *apiWorld) want(method, path, body string, status int, reason string, headers ...string) answer {
	w.Helper()
	a := w.ask(method, path, body, headers...)
	if a.status != status || a.problem().Reason != reason {
		w.Fatalf("%s %s %s: got %d %s, want %d %s", method, path, body, a.status, a.body, status, reason)
	}
	return a
}

// things are one organization with one of everything, by the name of the parameter that an id is.
type things struct {
	slug, organization, user, invitation, domain, connection, request, session string
}

// fill makes an organization with everything, as the owner of the database.
func (w *apiWorld) fill(slug string) (n things) {
	w.Helper()
	ctx := w.Context()
	org, err := w.manage.CreateOrganization(ctx, command, manage.NewOrganization{Slug: slug, Name: slug, Status: store.Verified})
	if err != nil {
		w.Fatal(err)
	}
	n = things{slug: slug, organization: org.ID, domain: slug + ".test", request: store.NewID(), session: store.NewID()}
	email := "owner@" + n.domain
	err = w.owner.Import(ctx, store.ImportFile{
		Users:       []store.ImportUser{{Email: email, Name: email}},
		Memberships: []store.ImportMembership{{Organization: slug, Email: email, Role: "owner"}},
	}, time.Now())
	if err != nil {
		w.Fatal(err)
	}
	members, err := w.manage.Members(ctx, command, slug, "", manage.List{})
	if err != nil {
		w.Fatal(err)
	}
	n.user = members.Items[0].ProfileID
	invitation, err := w.manage.CreateInvitation(ctx, command, slug, manage.NewInvitation{Email: "guest@" + n.domain})
	if err != nil {
		w.Fatal(err)
	}
	n.invitation = invitation.ID
	if _, err := w.manage.AddDomain(ctx, command, slug, n.domain); err != nil {
		w.Fatal(err)
	}
	connection, err := w.manage.AddConnection(ctx, command, slug, manage.NewConnection{Name: "Okta", Issuer: "https://" + n.domain, ClientID: "1", ClientSecret: "s"})
	if err != nil {
		w.Fatal(err)
	}
	n.connection = connection.ID
	w.insert(n, email)
	return n
}

// insert makes what only a login makes.
func (w *apiWorld) insert(n things, email string) {
	w.Helper()
	now := time.Now()
	err := w.owner.Manage().Write(w.Context(), func(tx manage.Tx) error {
		_, err := tx.Exec(`INSERT INTO orglogin.join_requests (id, organization_id, profile_id, email, created_at) VALUES ($1, $2, $3, $4, $5)`,
			n.request, n.organization, n.user, email, now)
		if err != nil {
			return err
		}
		_, err = tx.Exec(`
INSERT INTO orglogin.sessions (id, profile_id, secret_hash, browser_hash, created_at, last_seen_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $5, $6)`,
			n.session, n.user, store.HashToken(n.session), store.HashToken("b"+n.session), now, now.Add(time.Hour))
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
}

// addOwners imports owners, and returns the ids of all members.
func (w *apiWorld) addOwners(slug string, n int) (ids []string) {
	w.Helper()
	var file store.ImportFile
	for i := range n {
		email := fmt.Sprintf("owner%d@%s.test", i, slug)
		file.Users = append(file.Users, store.ImportUser{Email: email, Name: email})
		file.Memberships = append(file.Memberships, store.ImportMembership{Organization: slug, Email: email, Role: "owner"})
	}
	if err := w.owner.Import(w.Context(), file, time.Now()); err != nil {
		w.Fatal(err)
	}
	all, err := w.manage.Members(w.Context(), command, slug, "", manage.List{Limit: manage.MaxLimit})
	if err != nil {
		w.Fatal(err)
	}
	for _, m := range all.Items {
		ids = append(ids, m.ProfileID)
	}
	return ids
}
