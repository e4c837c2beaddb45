// Package config is the configuration: the settings, as an operator writes them in flags,
// variables and files, and [Config], the checked values that the commands run on. A [Check]
// collects every mistake, so that all of them are reported at once.
package config
