package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"text/tabwriter"

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

// asOwner runs do with the database open as its owner, and closes it, unless there was a mistake in the
// configuration so far. Reserved is for imports.
func (e *environment) asOwner(database config.DatabaseSettings, reserved []string, do func(*operate.Operator) error) error {
	d := database.Check(e.check)
	if err := e.check.Err(); err != nil {
		return err
	}
	operator, err := operate.Open(e.ctx, d, reserved, e.logger())
	if err != nil {
		return err
	}
	return errors.Join(do(operator), operator.Close())
}

// printList prints a list: as a JSON array, or as a table with a header and a row for each, or the sentence none
// where there is nothing. Columns are separated by tabs.
func printList[T, J any](w io.Writer, all []T, asJSON bool, toJSON func(T) J, none, header string, row func(T) string) error {
	if asJSON {
		list := make([]J, 0, len(all))
		for _, item := range all {
			list = append(list, toJSON(item))
		}
		return operate.WriteJSON(w, list)
	}
	if len(all) == 0 {
		fmt.Fprintln(w, none)
		return nil
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, header)
	for _, item := range all {
		fmt.Fprintln(table, row(item))
	}
	return table.Flush()
}
