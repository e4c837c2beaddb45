// Package clustertest runs the service as an operator of several instances does: real
// processes of the real binary, one PostgreSQL, one Redis, a provider, nginx
// that hands requests round without stickiness, and browsers.
//
// Its tests hold what several instances promise together, and what holds
// whatever fails beneath them: the list is invariants in invariants_test.go,
// the faults are in faults_test.go, and what browsers were answered is compared
// with the database at the end.
//
// Everything is on loopback, on free ports, in a directory of its own, and ends
// with the process that started it, however that ends. Nothing here knows
// what a test wants: methods return errors.
package clustertest
