// Package config is the configuration: [Config], whose fields are documented, read from flags and variables, and
// checked. A [Check] collects every mistake, so that all of them are reported at once.
package config
