package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"orglogin/cmd/internal/app"
)

// environment is what a command works with beside its flags.
type environment struct {
	ctx            context.Context
	stdin          io.Reader
	stdout, stderr io.Writer
	check          *app.Check // what was wrong already when the variables were read
}

// logger is for what a command must tell beside its result.
func (e *environment) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(e.stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// operator opens the database as its owner, unless there was a mistake in the
// configuration so far. Reserved is for imports.
func (e *environment) operator(database app.DatabaseSettings, reserved []string) (*app.Operator, error) {
	d := database.Check(e.check)
	if err := e.check.Err(); err != nil {
		return nil, err
	}
	operator, err := app.OpenOperator(e.ctx, d, reserved, e.logger())
	return operator, withCommand(err)
}

// withCommand names the command that mends a database that is behind.
func withCommand(err error) error {
	if errors.Is(err, app.ErrBehind) {
		return fmt.Errorf("%w: run orglogin migrate", err)
	}
	return err
}
