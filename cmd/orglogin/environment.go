package main

import (
	"context"
	"errors"
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
	getenv         func(string) string
	check          *config.Check // what was wrong already when the variables were read
}

// logger is for what a command must report beside its result.
func (e *environment) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(e.stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// asOwner runs do with the database open as its owner, and closes it, unless there was a mistake in the
// configuration so far. Reserved is for imports.
func (e *environment) asOwner(database config.Database, reserved []string, do func(*operate.Operator) error) error {
	e.check.Use(&database)
	if err := e.check.Err(); err != nil {
		return err
	}
	operator, err := operate.Open(e.ctx, database, reserved, e.logger())
	if err != nil {
		return err
	}
	return errors.Join(do(operator), operator.Close())
}
