package main

import (
	"fmt"
	"strings"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/database"
)

type migrateCommand struct {
	config.DatabaseSettings    `group:"configuration"`
	config.APIDatabaseSettings `group:"configuration"`
}

// Run migrates, as the owner of the database.
func (m *migrateCommand) Run(env *environment) error {
	url := m.CheckMigrate(env.check)
	m.APIDatabaseSettings.Check(env.check, &url)
	if err := env.check.Err(); err != nil {
		return err
	}
	replaced, err := database.Migrate(env.ctx, url)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if len(replaced) > 0 {
		fmt.Fprintln(env.stdout, "left as the operator replaced them: "+strings.Join(replaced, ", "))
	}
	fmt.Fprintln(env.stdout, "the database is at this version")
	return nil
}
