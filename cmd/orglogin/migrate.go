package main

import (
	"fmt"
	"strings"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/database"
)

type migrateCommand struct {
	Database config.Database    `embed:"" group:"configuration"`
	API      config.APIDatabase `embed:"" group:"configuration"`
}

// Run migrates, as the owner of the database.
func (m *migrateCommand) Run(env *environment) error {
	m.Database.CheckMigrate(env.check)
	m.API.Check(env.check, &m.Database)
	if err := env.check.Err(); err != nil {
		return err
	}
	replaced, err := database.Migrate(env.ctx, m.Database)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if len(replaced) > 0 {
		fmt.Fprintln(env.stdout, "left as the operator replaced them: "+strings.Join(replaced, ", "))
	}
	fmt.Fprintln(env.stdout, "the database is at this version")
	return nil
}
