// Package flow keeps a login in progress: what the browser asked for (the intent,
// sealed into state), and what must stay in this browser (a cookie for each login).
package flow
