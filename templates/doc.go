// Package templates holds the pages: one typed struct, one sample and one
// golden file each.
//
// A page is data in, HTML out. It decides nothing: every address arrives as a
// string that the caller has already judged, and every word that does not come
// from that data is a constant in texts.go, from which the caller also takes
// the title and detail of its problem+json ([Refusal]).
//
// The pages need no script, no inline style and nothing from another host;
// they work under [ContentSecurityPolicy].
package templates
