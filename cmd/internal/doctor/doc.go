// Package doctor checks the site, and the account chain of people, and says how to fix what
// failed. It changes nothing.
package doctor
