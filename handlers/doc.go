// Package handlers turns HTTP into questions and answers into HTTP. It is the
// only package that knows echo.
//
// # The way of one login
//
// GET /login shows the page, or, with a live session, decides. The sign-in
// link leads to GET /auth/start, which makes one flow: an id, a PKCE verifier
// and a nonce, sealed into a cookie of this browser, and the intent (redirect,
// invitation, organization), sealed into state. The provider sends the browser
// back to GET /auth/callback with both: the cookie says that it is the same
// browser, the state says what it came for. The flow is taken once, the code is
// redeemed once, the account chain is made in one transaction, and the
// decision of package redirect answers.
//
// # States of a flow
//
//	begun     the cookie exists, nothing is stored
//	taken     its id is stored; nobody else can finish it
//	finished  session cookies set, flow cookie removed
//
// An answer whose flow is unknown, expired or taken is never redeemed. It
// heals instead: with a live session the browser lands as /login would, on the
// intent that state still tells; without one it gets a page that says what was
// measured, with one link that starts again. Nothing leads back to the
// provider by itself.
//
// # Errors
//
// A handler returns an error; one function answers it ([Server.fail]). A
// refusal is a *problem with a reason and a page of its own; everything else is
// a failure, whose cause goes to the log and never to the browser.
package handlers
