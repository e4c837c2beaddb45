// Package web is what every handler needs to read a request and to answer it: what
// is known about the request, pages and errors, forms, limits, sessions, and the
// middlewares that come before the routes.
//
// A handler returns an error; one function answers it ([Responder.Fail]). A
// refusal is a [*Problem] with a reason and a page of its own; everything else is
// a failure, whose cause goes to the log and never to the browser.
package web
