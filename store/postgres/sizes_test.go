//go:build !scale

package postgres_test

// Enough that the planner has no reason to prefer a sequential scan.
const (
	scaleOrganizations = 20_000
	scalePeople        = 20_000
	scaleMemberships   = 100_000
)
