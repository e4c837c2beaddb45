package templates

import (
	"time"

	"orglogin/store"
)

// Page is what [Set.Render] renders. Only this package has pages.
type Page interface {
	// StatusCode is the status that the page is answered with.
	StatusCode() int
	// HasForm says that the page posts. It must then be answered with
	// Referrer-Policy: same-origin, because from a no-referrer page Chromium
	// sends Origin: null.
	HasForm() bool

	template() string
	// title is the text of <title> and of the one heading.
	title(l *Language) string
	actions(l *Language) []action
	requestID() string
}

// Refusal is a page that says no. A program that prefers JSON gets the same words in English, which do not
// depend on the data of the page (RFC 9457 section 3.1: title, detail).
type Refusal interface {
	Page
	// Words are what the page says.
	Words(l *Language) sentences
}

// Account is the person signed in, as pages show it.
type Account struct {
	Name  string // may be empty
	Email string
}

// Choice is one of the person's organizations.
type Choice struct {
	ID       string
	Name     string
	Brand    store.OrganizationBrand
	Slug     string
	Role     string
	URL      string // empty: shown, not linked
	LastUsed bool
	// Pending: its web address is still being set up. It is shown and not linked.
	Pending bool
}

// Filter is the form that finds one among many organizations. It asks for the chooser
// again, with what was typed as q.
type Filter struct {
	Query  string   // as typed, empty where all are shown
	Hidden []Hidden // what the chooser keeps
	AllURL string   // the chooser without a query
}

// Join is an organization that the person may ask to join, by a form that posts its slug
// to /organizations/requests.
type Join struct {
	Organization string
	Slug         string
	Waiting      bool // asked, and not decided
}

// PendingInvitation is an invitation that waits for the person. Nothing here
// accepts it; only the link in the mail does.
type PendingInvitation struct {
	Organization string
	Brand        store.OrganizationBrand
	Role         string
	Inviter      string // empty where it is not known
	Expires      time.Time
}

// InvitationOffer is what a browser that is not signed in may know of an
// invitation: not the address.
type InvitationOffer struct {
	Organization string
	Role         string
	Inviter      string // empty where it is not known
	Expires      time.Time
}

// action is a link under the text of a page. One without an address is not
// shown, so that no page has a dead link.
type action struct {
	Label   message
	URL     string
	Primary bool
	Top     bool // it opens in the whole window, from within a frame too
}
