package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// providerEntry is one provider as it is written: in PROVIDERS_FILE, in OIDC_*, or as flags.
type providerEntry struct {
	ID               string   `json:"id"`
	Name             string   `json:"name"`
	Issuer           string   `json:"issuer"`
	ClientID         string   `json:"client_id"`
	ClientSecret     string   `json:"client_secret"`
	ClientSecretFile string   `json:"client_secret_file"`
	HostedDomains    []string `json:"hosted_domains"`
	TrustEmail       bool     `json:"trust_email"`
	EmailVerified    string   `json:"email_verified"`
	UserInfo         string   `json:"userinfo"`
	Tenants          []string `json:"tenants"`
}

const (
	maxProvidersFile = 1 << 20
	maxSecretFile    = 64 << 10
)

// readProviders reads the entries of a file, with their defaults. The error is the rest of a
// sentence that begins with the file.
func readProviders(file string) ([]providerEntry, error) {
	content, err := ReadFile(file, maxProvidersFile)
	if err != nil {
		return nil, err
	}
	var raw []json.RawMessage
	if err := json.Unmarshal(content, &raw); err != nil {
		return nil, fmt.Errorf("is not a JSON array: %w", err)
	}
	all := make([]providerEntry, len(raw))
	for i, text := range raw {
		all[i] = providerEntry{EmailVerified: "claim", UserInfo: "auto"}
		in := json.NewDecoder(bytes.NewReader(text))
		in.DisallowUnknownFields()
		if err := in.Decode(&all[i]); err != nil {
			return nil, fmt.Errorf("entry %d: %w", i+1, err)
		}
	}
	return all, nil
}

// readSecret reads the client secret from its file, where one is named. secret is where it can be
// written itself. The error is the rest of a sentence that begins with the file.
func (e *providerEntry) readSecret(secret string) error {
	if e.ClientSecretFile == "" {
		return nil
	}
	if e.ClientSecret != "" {
		return fmt.Errorf("and %s are both set, and only one can count", secret)
	}
	content, err := ReadFile(e.ClientSecretFile, maxSecretFile)
	if err != nil {
		return err
	}
	e.ClientSecret = string(bytes.TrimSpace(content))
	if e.ClientSecret == "" {
		return errors.New("is empty")
	}
	return nil
}
