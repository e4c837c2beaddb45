package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"orglogin/store"
)

const (
	maxProvidersFile = 1 << 20
	maxSecretFile    = 64 << 10
)

// readProviders reads the entries of a file, with their defaults. The error is the rest of a
// sentence that begins with the file.
func readProviders(file string) ([]Provider, error) {
	content, err := ReadFile(file, maxProvidersFile)
	if err != nil {
		return nil, err
	}
	var raw []json.RawMessage
	if err := json.Unmarshal(content, &raw); err != nil {
		return nil, fmt.Errorf("is not a JSON array: %w", err)
	}
	all := make([]Provider, len(raw))
	for i, text := range raw {
		all[i] = Provider{EmailVerified: store.EmailVerifiedClaim, UserInfo: UserInfoAuto}
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
func (p *Provider) readSecret(secret string) error {
	if p.ClientSecretFile == "" {
		return nil
	}
	if p.ClientSecret != "" {
		return fmt.Errorf("and %s are both set, and only one can count", secret)
	}
	content, err := ReadFile(p.ClientSecretFile, maxSecretFile)
	if err != nil {
		return err
	}
	p.ClientSecret = string(bytes.TrimSpace(content))
	if p.ClientSecret == "" {
		return errors.New("is empty")
	}
	return nil
}
