// Package redirect decides where a signed-in person lands, and why.
//
// [Decide] takes four steps, and the first that can answer decides:
//
//  1. explicit: the redirect parameter. A path is taken on the host of the
//     organization that the login began at, or that the invitation or step 3
//     gives. An absolute URL is taken when it has the scheme and port of
//     PUBLIC_URL and its host is that of APP_URL, is allowed by configuration,
//     or belongs to a verified organization in which the person is an active
//     member. What is refused goes on to the next step, with its reason; only
//     a URL of an organization in which the person is no member ends in a
//     page, so that no person is sent to another tenant without a word.
//  2. invitation: the dashboard of the inviting organization. An invitation
//     that does not hold ends in the page that says so, whatever redirect
//     comes with it.
//  3. organization: the dashboard of the organization that the login began at,
//     else of the one last used, else of the only one. Several and none used
//     is the chooser's to ask.
//  4. fallback: the app outside any organization, for people who have no place
//     yet. It is never an answer to an outage: when the lookup fails,
//     [Resolve] says lookup_failed and the browser is sent nowhere.
//
// Every caller gets the same trace: four entries, each with verdict and reason.
//
// [Site.Parse] is the only check of a redirect. It reads raw bytes against an
// allow-list before it looks for parts, because every way out of a site that
// was ever found went through two readers who took the same bytes apart
// differently: it lets pass only what all readers read alike, however often
// they decode. What leaves is built anew from the parts.
package redirect
