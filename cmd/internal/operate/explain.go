package operate

import (
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

// Explainer answers where a login would land, by the very [redirect.Resolver]
// that serves requests. It changes nothing.
type Explainer struct {
	site     redirect.Site
	operator *Operator
	service  store.Store // reads snapshots as the service does, under the person's claims
	signup   store.Signup
}

// Login is a login to explain. Fields but Email may be empty.
type Login struct {
	Email      string
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

// Close lets go of the database.
func (e *Explainer) Close() error {
	if e.service == store.Store(e.operator.db) {
		return e.operator.Close()
	}
	return errors.Join(e.service.Close(), e.operator.Close())
}

// Explain decides for every profile of the address, oldest first. An error is
// a lookup that failed; the decisions then say so too. It is a [Misuse] where
// the question makes no sense.
func (e *Explainer) Explain(ctx context.Context, ask Login) ([]Explained, error) {
	label, err := e.labelOf(ask.Host)
	if err != nil {
		return nil, err
	}
	profiles, err := e.operator.Profiles(ctx, ask.Email)
	if err != nil && !errors.Is(err, ErrNoProfile) {
		return nil, err
	}
	req := redirect.Request{Invitation: ask.Invitation, Organization: label}
	if ask.Redirect != "" {
		req.Redirect = []string{ask.Redirect}
	}
	if label != "" {
		// The host of nobody answers 404 before it looks at anything else.
		if _, err := e.service.OrganizationBySlug(ctx, label); errors.Is(err, store.ErrNotFound) {
			req = redirect.Request{Organization: label}
		}
	}
	if len(profiles) == 0 {
		email, err := parseEmail(ask.Email)
		if err != nil {
			return nil, err
		}
		d, err := e.firstLogin(ctx, email, req)
		return []Explained{{About: "Nobody has this address: a first login", Decision: d}}, err
	}
	var all []Explained
	var failed error
	for _, p := range profiles {
		req.UserID = p.ID
		d, err := e.resolver(arriving{e.service}).Resolve(ctx, req)
		failed = errors.Join(failed, err)
		all = append(all, Explained{About: "Profile " + p.ID + " " + config.Show(p.Name), Decision: d})
	}
	return all, failed
}

func (e *Explainer) resolver(source redirect.Source) redirect.Resolver {
	return redirect.Resolver{Site: e.site, Source: source, Now: e.operator.now}
}

// labelOf returns what stands before the base domain: the organization that a
// login begun on this host means. The login host and the app's mean none.
func (e *Explainer) labelOf(host string) (string, error) {
	kind, label := e.site.HostOf(redirect.HostName(host))
	if kind == redirect.ForeignHost && host != "" && redirect.HostName(host) != e.site.App.Host {
		return "", config.Misuse(fmt.Sprintf("--host %s is no host of this service, which answers 421 there: write one under %s", config.Show(host), e.site.BaseDomain))
	}
	return label, nil
}

// arriving is the snapshot of a person who has just logged in, so with an address
// that the provider calls verified: any other is refused before there is
// anything to decide. What is stored of an imported person does not say so yet.
type arriving struct{ redirect.Source }

func (a arriving) AccessSnapshot(ctx context.Context, q store.AccessQuery) (store.AccessSnapshot, error) {
	snapshot, err := a.Source.AccessSnapshot(ctx, q)
	snapshot.Profile.EmailVerified = true
	return snapshot, err
}

// firstLogin is the decision for a verified address that nobody has, as
// CompleteLogin would leave things: an invitation that holds makes a profile in
// its organization; one that does not makes a profile at most; without one it
// is as the signup policy says.
func (e *Explainer) firstLogin(ctx context.Context, email string, req redirect.Request) (redirect.Decision, error) {
	arrival := newcomer{db: e.service, email: email, owner: e.signup == store.SignupOrganization && req.Invitation == ""}
	d, err := e.resolver(arrival).Resolve(ctx, req)
	if err == nil && e.signup == store.SignupClosed && !d.AcceptPending {
		return signupClosed(), nil
	}
	return d, err
}

// signupClosed is the refusal before any step is taken, written as that of a
// disabled account is.
func signupClosed() redirect.Decision {
	const detail = "nobody has this address, and new people come by invitation alone: no step is taken"
	d := redirect.Decision{Outcome: redirect.Page, Status: http.StatusForbidden, Step: redirect.Explicit, Reason: store.SignupIsClosed}
	d.Trace = []redirect.Entry{{Step: redirect.Explicit, Verdict: redirect.Refused, Reason: store.SignupIsClosed, Detail: detail}}
	for _, step := range []redirect.Step{redirect.Invitation, redirect.Organization, redirect.Fallback} {
		d.Trace = append(d.Trace, redirect.Entry{
			Step: step, Verdict: redirect.NotReached, Reason: store.NotGiven, Detail: "decided before",
		})
	}
	return d
}

// newcomer is the snapshot of a person whose first login this would be. The
// rest of the question is looked up as ever.
type newcomer struct {
	db    store.Store
	email string
	owner bool // the login makes an organization
}

func (n newcomer) AccessSnapshot(ctx context.Context, q store.AccessQuery) (store.AccessSnapshot, error) {
	snapshot := store.AccessSnapshot{
		Profile:       store.Profile{Email: n.email, EmailVerified: true},
		Organizations: map[string]store.Organization{},
		Source:        store.FromDatabase,
	}
	if n.owner {
		snapshot.Memberships = []store.Membership{{
			Organization: store.Organization{Name: "(the new one)", Slug: "org-new", Status: store.Pending}, Role: "owner",
		}}
	}
	for _, slug := range q.Slugs {
		org, err := n.db.OrganizationBySlug(ctx, slug)
		switch {
		case err == nil:
			snapshot.Organizations[slug] = org
		case !errors.Is(err, store.ErrNotFound):
			return store.AccessSnapshot{}, err
		}
	}
	if q.Invitation != nil {
		invitation, err := n.db.Invitation(ctx, q.Invitation)
		switch {
		case err == nil:
			snapshot.Invitation = &invitation
		case !errors.Is(err, store.ErrNotFound):
			return store.AccessSnapshot{}, err
		}
	}
	return snapshot, nil
}
