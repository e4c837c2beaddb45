package main

import (
	"net/http"

	"orglogin/templates"
)

// catalogue is where the start page's host serves every page of the product, in the brand of one that does not exist,
// and plainCatalogue the same in orglogin's own look.
const (
	catalogue      = "/pages/"
	plainCatalogue = "/plain/"
)

// newStart is the host that lists what to try.
func newStart(h hosts, p *pages, branded, plain *templates.Set) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) {
		p.render(w, http.StatusOK, "start.html", guide(h))
	})
	for prefix, set := range map[string]*templates.Set{catalogue: branded, plainCatalogue: plain} {
		all := set.Catalogue(prefix)
		mux.HandleFunc(prefix, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Security-Policy", templates.ContentSecurityPolicy+"; form-action 'none'")
			w.Header().Set("X-Content-Type-Options", "nosniff")
			all.ServeHTTP(w, r)
		})
	}
	mux.HandleFunc("/auth/", func(w http.ResponseWriter, r *http.Request) { // what the samples load
		file, ok := templates.SampleAsset(r.URL.Path, branded, plain)
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", file.ContentType)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		_, _ = w.Write(file.Content) // a browser that left
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !p.static(w, r) && onlyRead(w, r) {
			mux.ServeHTTP(w, r)
		}
	})
}

// trial is one thing to try: a link, who to be, and what should happen.
type trial struct{ Label, URL, Then string }

type chapter struct {
	ID, Title, Lead string
	Trials          []trial
}

// guide is the start page, chapter by chapter.
func guide(h hosts) []chapter {
	acme, globex := h.organization("acme"), h.organization("globex")
	return []chapter{
		{"people", "Sign in as a demo person", "Each link opens the login page; at the provider, choose the person of that name.", signIns(h)},
		{"places", "Ask for a place", "Signed in you go straight there; otherwise the login comes first, and then the place.", []trial{
			{"A page of Acme", acme + "/reports?a=1&b=2", "Its members land on exactly this page."},
			{"A page of Globex", globex + "/dashboard", "Ben is a member. Ann reads that she is not, and gets a list of her own places."},
			{"The login page of Acme", acme + "/login", "It names the organization, and that is where the login leads."},
			{"A path alone", h.login("redirect", "/reports"), "Opens on the host of the person’s own organization."},
			{"A place that is not ours", h.login("redirect", "https://evil.example/"), "Refused: the next step decides, and the answer says X-Redirect-Refused."},
			{"An organization that does not exist", h.organization("unknown") + "/", "A page that says so."},
			{"The app outside any organization", h.app().String() + "/clients", "Open to everybody who is signed in."},
		}},
		{"invitations", "Open an invitation", "An invitation needs its link and the address that it was sent to, together.", []trial{
			{"Ivy’s invitation to Acme", h.invitation(tokenForIvy), "Ivy joins, and lands on Acme’s dashboard. Anybody else reads whose it is."},
			{"Ann’s invitation to Globex", h.invitation(tokenForAnn), "Open it while Ann is signed in: a page asks first, because a link alone changes nothing."},
			{"An invitation that has expired", h.invitation(tokenExpired), "A page that says so, with the way on."},
			{"An invitation that was revoked", h.invitation(tokenRevoked), "The same."},
			{"An unknown invitation", h.invitation("an-unknown-invitation-token"), "The same, as not found."},
		}},
		{"sso", "Sign in with a provider of the organization’s own", "A customer of the SaaS who brings its own provider.", []trial{
			{"Umbrella, which requires its own", h.organization("umbrella") + "/dashboard", "As Uma: the only way in is Umbrella’s provider, and it opens nothing else. Ada is no member, and is refused."},
			{"Hooli, which offers its own", h.organization("hooli") + "/login", "As Hal with Hooli’s provider; the demo’s provider is offered below it."},
			{"Umbrella, signed in by the demo’s provider", h.login("organization", "umbrella"), "A page that says which provider Umbrella asks for."},
		}},
		{"domains", "Belong by the address", "Organizations that have verified the domain of their addresses.", []trial{
			{"A work email", h.login(), "Type hal@hooli.test as the work email: the login page offers Hooli’s provider. Every address in the domain does."},
			{"Hooli, whose domain lets people in", h.organization("hooli") + "/dashboard", "As Hugo, with the demo’s provider: the first login makes him a member. So it is with Hedy and Hooli’s own."},
			{"Vandelay, which is asked first", h.login(), "As Art: the page to choose an organization offers to ask. The operator decides with orglogin requests."},
		}},
		{"account", "Move on", "", []trial{
			{"Choose an organization", h.public().String() + "/organizations", "Every place of the person signed in, and the invitations that wait."},
			{"Use another account", h.login("prompt", "select_account"), "The login page, although you are signed in."},
			{"Sign out", h.public().String() + "/logout", "A page that asks; here, or everywhere."},
		}},
		{"behind", "Look behind", "", []trial{
			{"Every page, with sample data", h.start() + catalogue, "What can go wrong included."},
			{"Every page without a brand", h.start() + plainCatalogue, "orglogin’s own look, which --plain gives the whole demo."},
			{"Who is signed in, as JSON", h.public().String() + "/auth/session", "What apps ask."},
			{"The key set", h.public().String() + "/.well-known/jwks.json", "What verifies the tokens that apps get."},
			{"The provider’s metadata", h.issuer() + "/.well-known/openid-configuration", "It lives in this process too."},
		}},
	}
}

// outcomes say where a login of each person ends, by subject.
var outcomes = map[string]string{
	"ann":  "Lands on Acme’s dashboard.",
	"ben":  "Chooses between Acme and Globex the first time; then lands where Ben was last.",
	"pia":  "Lands on the app outside any organization: Initech’s subdomain is pending.",
	"ivy":  "Without the invitation’s link a person like any other: gets an organization of her own.",
	"hugo": "Joins Hooli by the domain of his address, and lands on its dashboard.",
	"art":  "Has no organization yet: may ask to join Vandelay.",
	"una":  "Gets an organization of her own, whose subdomain is pending, and lands outside.",
	"ned":  "Refused: his address is not verified.",
	"dan":  "Comes back without consent, to a page that offers to try again.",
	"dora": "Refused: the account is disabled.",
}

func signIns(h hosts) []trial {
	var trials []trial
	for _, p := range people() {
		// The page is shown whoever is signed in, and the provider lists this person first.
		url := h.login("prompt", "select_account", "login_hint", p.Email)
		trials = append(trials, trial{p.Name + ", " + p.Note, url, outcomes[p.Subject]})
	}
	return trials
}
