// Package domains says which DNS domains an organization may claim, and checks the TXT record by
// which it proves that it owns one (contract section 11).
package domains
