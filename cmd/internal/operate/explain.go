package operate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/database"
	"orglogin/redirect"
	"orglogin/store"
)

// Explainer answers where a login would land, by the function that
// serves requests, [redirect.Decide]. It changes nothing.
type Explainer struct {
	site     redirect.Site
	operator *Operator
	service  store.Store // reads snapshots as the service does, under the person's claims
	signup   store.Signup
}

// Login is a login to explain, by a connection that may speak for the address. Fields but Email may be empty.
type Login struct {
	Email      string
	Connection string // its id; empty is [store.DefaultConnection]
	Redirect   string
	Invitation string // the token
	Host       string // that the login began on, with or without port
}

// OpenExplainer opens the database twice where the service is another role
// than the owner. The error is as that of [Open].
func OpenExplainer(ctx context.Context, d config.Database, site redirect.Site, signup store.Signup, logger *slog.Logger) (*Explainer, error) {
	operator, err := Open(ctx, d, config.Reserved(site), logger)
	if err != nil {
		return nil, err
	}
	e := &Explainer{site: site, operator: operator, service: operator.db, signup: signup}
	if d.AdminURL != d.URL {
		e.service, err = database.Open(ctx, d, database.Options{Reserved: config.Reserved(site), Now: time.Now, Logger: logger})
		if err != nil {
			return nil, database.JoinClose(err, operator)
		}
	}
	return e, nil
}

// NewExplainer explains by a database that its caller has opened, and closes, for its operations and as the service
// reads it.
func NewExplainer(db database.Owner, service store.Store, site redirect.Site, signup store.Signup, now func() time.Time) *Explainer {
	return &Explainer{site: site, operator: &Operator{db: db, now: now}, service: service, signup: signup}
}

// Close lets go of the database.
func (e *Explainer) Close() error {
	if e.service == store.Store(e.operator.db) {
		return e.operator.Close()
	}
	return errors.Join(e.service.Close(), e.operator.Close())
}

// Explain decides for every profile of the address, oldest first. An error is
// a lookup that failed; the decisions then say so too. It is a [config.BadParameter]
// where the question makes no sense.
func (e *Explainer) Explain(ctx context.Context, login Login) ([]Explained, error) {
	label, err := e.labelOf(login.Host)
	if err != nil {
		return nil, err
	}
	by, err := e.connection(ctx, login.Connection)
	if err != nil {
		return nil, err
	}
	profiles, err := e.operator.Profiles(ctx, login.Email)
	if err != nil && !errors.Is(err, ErrNoProfile) {
		return nil, err
	}
	req := redirect.Request{Invitation: login.Invitation, Organization: label}
	if login.Redirect != "" {
		req.Redirect = []string{login.Redirect}
	}
	if label != "" {
		// The host of no organization answers 404 before it looks at anything else.
		if _, err := e.service.OrganizationBySlug(ctx, label); errors.Is(err, store.ErrNotFound) {
			req = redirect.Request{Organization: label}
		}
	}
	if len(profiles) == 0 {
		email, err := parseEmail(login.Email)
		if err != nil {
			return nil, err
		}
		d, err := e.firstLogin(ctx, email, by, req)
		return []Explained{{About: "No profile has this address: a first login", Decision: d}}, err
	}
	var all []Explained
	var failed error
	for _, p := range profiles {
		req.Session = signedIn(p.ID, by)
		snapshot, err := e.returning(ctx, req)
		if err == nil {
			_, err = e.join(ctx, by, p, &req, &snapshot)
		}
		d, err := e.decide(req, snapshot, err)
		failed = errors.Join(failed, err)
		all = append(all, Explained{UserID: p.ID, About: "Profile " + p.ID + " " + config.Show(p.Name), Decision: d})
	}
	return all, failed
}

// labelOf returns the label in front of the base domain: the organization that a
// login begun on this host means. The login host and the app's mean none.
func (e *Explainer) labelOf(host string) (string, error) {
	kind, label := e.site.HostOf(redirect.HostName(host))
	if kind == redirect.ForeignHost && host != "" && redirect.HostName(host) != e.site.App.Host {
		return "", config.BadParameter{Name: "host", Problem: fmt.Sprintf("%s is no host of this service, which answers 421 there: write one under %s", config.Show(host), e.site.BaseDomain)}
	}
	return label, nil
}

// connection is the one that a login is by. Of an operator's only the form of the id is checked: explain does not read
// the settings of providers.
func (e *Explainer) connection(ctx context.Context, id string) (store.SessionConnection, error) {
	if !store.IsOrganizationConnection(id) {
		return store.SessionConnection{ConnectionID: cmp.Or(id, store.DefaultConnection)}, nil
	}
	c, err := e.service.Connection(ctx, id)
	switch {
	case errors.Is(err, store.ErrNotFound) || err == nil && c.State != store.ConnectionActive:
		return store.SessionConnection{}, config.BadParameter{Name: "connection", Problem: fmt.Sprintf("%s is no active connection: orglogin connections list prints them", config.Show(id))}
	case err != nil:
		return store.SessionConnection{}, fmt.Errorf("explain: %w", err)
	}
	return store.SessionConnection{ConnectionID: id, OrganizationID: c.OrganizationID}, nil
}

// signedIn is the session that a login by a connection would make.
func signedIn(userID string, by store.SessionConnection) *store.Session {
	return &store.Session{UserID: userID, Connections: []store.SessionConnection{by}}
}

// join adds the organization that the login would join by the verified domain of its address, and returns the
// mode of that domain.
func (e *Explainer) join(ctx context.Context, by store.SessionConnection, p store.Profile, req *redirect.Request, snapshot *store.AccessSnapshot) (store.JoinMode, error) {
	d, may, err := e.operator.db.LoginDomain(ctx, store.Identity{
		Connection: by.ConnectionID, Email: p.Email, EmailVerified: true, Authoritative: true,
	}, p.ID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return store.JoinOff, nil
	case err != nil || !may || d.Join != store.JoinAuto:
		return d.Join, err
	}
	req.Joined = d.Organization.ID
	snapshot.Memberships = append(snapshot.Memberships, store.Membership{Organization: d.Organization, Role: "member"})
	return d.Join, nil
}

// decide decides by what was read, or says that it could not be read.
func (e *Explainer) decide(req redirect.Request, snapshot store.AccessSnapshot, err error) (redirect.Decision, error) {
	if err != nil {
		return redirect.LookupFailed(e.site, req), fmt.Errorf("explain: %w", err)
	}
	return redirect.Decide(e.site, req, snapshot, e.operator.now()), nil
}

// returning is the snapshot of a person with a profile who has just logged in, so
// with an address that the provider calls verified: any other login is refused
// before there is anything to decide. What is stored of an imported person does not
// say so yet.
func (e *Explainer) returning(ctx context.Context, req redirect.Request) (store.AccessSnapshot, error) {
	snapshot, err := e.service.AccessSnapshot(ctx, e.site.AccessQuery(req))
	snapshot.Profile.EmailVerified = true
	return snapshot, err
}

// firstLogin is the decision for a verified address that no profile has, as
// CompleteLogin would leave things: an invitation that holds makes a profile in
// its organization; one that does not makes a profile at most; a verified domain lets the
// person join or ask; without one it is as the signup policy says. An organization's connection
// makes none.
func (e *Explainer) firstLogin(ctx context.Context, email string, by store.SessionConnection, req redirect.Request) (redirect.Decision, error) {
	req.Session = signedIn("", by)
	snapshot, err := e.newPerson(ctx, email, req)
	var mode store.JoinMode
	if err == nil {
		mode, err = e.join(ctx, by, snapshot.Profile, &req, &snapshot)
	}
	if own := e.signup == store.SignupOrganization && req.Invitation == "" && by.OrganizationID == ""; err == nil && own && mode == store.JoinOff {
		snapshot.Memberships = []store.Membership{{
			Organization: store.Organization{Name: "(the new one)", Slug: "org-new", Status: store.Pending}, Role: "owner",
		}}
	}
	d, err := e.decide(req, snapshot, err)
	switch {
	case err != nil || d.AcceptPending || req.Joined != "":
	case by.OrganizationID != "" && (mode != store.JoinByRequest || e.signup == store.SignupClosed):
		return refusedBefore(store.NotInvited, "no profile has this address, no invitation is for it, and no verified domain admits it: no step is taken"), nil
	case e.signup == store.SignupClosed:
		return refusedBefore(store.SignupIsClosed, "no profile has this address, and new people come by invitation alone: no step is taken"), nil
	}
	return d, err
}

// refusedBefore is the refusal before any step is taken, written as that of a
// disabled account is.
func refusedBefore(reason store.Reason, detail string) redirect.Decision {
	d := redirect.Decision{Outcome: redirect.Page, Status: http.StatusForbidden, Step: redirect.Explicit, Reason: reason}
	d.Trace = []redirect.Entry{{Step: redirect.Explicit, Verdict: redirect.Refused, Reason: reason, Detail: detail}}
	for _, step := range []redirect.Step{redirect.Invitation, redirect.Organization, redirect.Fallback} {
		d.Trace = append(d.Trace, redirect.Entry{
			Step: step, Verdict: redirect.NotReached, Reason: store.NotGiven, Detail: "decided before",
		})
	}
	return d
}

// newPerson is the snapshot of a person whose first login this would be. The
// organizations and the invitation of the request are read from the store.
func (e *Explainer) newPerson(ctx context.Context, email string, req redirect.Request) (store.AccessSnapshot, error) {
	q := e.site.AccessQuery(req)
	snapshot := store.AccessSnapshot{
		Profile:       store.Profile{Email: email, EmailVerified: true},
		Organizations: map[string]store.Organization{},
		Source:        store.FromDatabase,
	}
	for _, slug := range q.Slugs {
		org, err := e.service.OrganizationBySlug(ctx, slug)
		switch {
		case err == nil:
			snapshot.Organizations[slug] = org
		case !errors.Is(err, store.ErrNotFound):
			return store.AccessSnapshot{}, err
		}
	}
	if q.Invitation != nil {
		invitation, err := e.service.Invitation(ctx, q.Invitation)
		switch {
		case err == nil:
			snapshot.Invitation = &invitation
		case !errors.Is(err, store.ErrNotFound):
			return store.AccessSnapshot{}, err
		}
	}
	return snapshot, nil
}
