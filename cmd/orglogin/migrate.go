package main

import (
	"fmt"

	"orglogin/cmd/internal/app"
)

type migrateCommand struct {
	app.DatabaseSettings `group:"configuration"`
}

// Run migrates, as the owner of the database.
func (m *migrateCommand) Run(env *environment) error {
	database := m.CheckMigrate(env.check)
	if err := env.check.Err(); err != nil {
		return err
	}
	if err := app.Migrate(env.ctx, database); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	fmt.Fprintln(env.stdout, "the database is at this version")
	return nil
}
