//go:build scale

package postgres_test

// The sizes that the product is meant for; minutes to fill.
const (
	scaleOrganizations = 1_000_000
	scalePeople        = 5_000_000
	scaleMemberships   = 5_000_000
)
