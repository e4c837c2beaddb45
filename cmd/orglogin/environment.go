package main

import (
	"context"
	"io"
	"log/slog"
	"os"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/operate"
)

// environment is what a command works with beside its flags.
type environment struct {
	ctx            context.Context
	stdin          io.Reader
	stdout, stderr io.Writer
	reload         <-chan os.Signal // asks serve to read its signing keys again
	check          *config.Check    // what was wrong already when the variables were read
}

// logger is for what a command must tell beside its result.
func (e *environment) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(e.stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// operator opens the database as its owner, unless there was a mistake in the
// configuration so far. Reserved is for imports.
func (e *environment) operator(database config.DatabaseSettings, reserved []string) (*operate.Operator, error) {
	d := database.Check(e.check)
	if err := e.check.Err(); err != nil {
		return nil, err
	}
	return operate.Open(e.ctx, d, reserved, e.logger())
}
