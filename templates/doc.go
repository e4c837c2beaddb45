// Package templates holds the pages: one typed struct and one sample each, and a golden file in English.
//
// A page is data in, HTML out. It decides nothing: every address arrives as a
// string that the caller has already judged, and every word that does not come
// from that data is a field of [texts], one table for each language: english.go, german.go and so on.
// A page asks its [Language] for a text, and puts the data into the placeholders of it:
//
//	{{.L.Login.Choose}}
//	{{.L.HTML .L.Invitation.WasFor "organization" .Page.Organization}}
//
// A new text is a field of a struct in texts.go and a line in each of the tables; the tests find what is missing.
// A template that several pages share gets its value with the language: {{template "account" (.L.With .Page.Account)}}.
//
// The pages need no script, no inline style and nothing from another host;
// they work under [ContentSecurityPolicy].
package templates
