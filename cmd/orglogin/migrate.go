package main

import (
	"fmt"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/database"
)

type migrateCommand struct {
	config.DatabaseSettings `group:"configuration"`
}

// Run migrates, as the owner of the database.
func (m *migrateCommand) Run(env *environment) error {
	url := m.CheckMigrate(env.check)
	if err := env.check.Err(); err != nil {
		return err
	}
	if err := database.Migrate(env.ctx, url); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	fmt.Fprintln(env.stdout, "the database is at this version")
	return nil
}
