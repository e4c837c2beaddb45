// Package handlers turns HTTP into questions and answers into HTTP. It wires the
// flows together: handlers/login signs in and lands, handlers/verify answers
// proxies, handlers/account answers a signed-in person about their session. What they
// share is below them, in handlers/web and handlers/flow; none of them knows another.
package handlers
