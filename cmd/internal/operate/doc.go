// Package operate is what the commands do as the owner of the database: import, invite, list and
// end sessions, make and rotate keys, and explain where a login would land.
package operate
