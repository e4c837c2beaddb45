package postgres

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"orglogin/store"
)

// URL is what a connection URL says, before anything is dialled.
type URL struct {
	User   string // empty where the URL names none
	Pooler bool   // the query mode is that for a transaction pooler, where LISTEN does not work
}

// ParseURL parses the URL of [Config] and of [Migrate]. Its errors hold no part of text, which has a password.
func ParseURL(text string) (URL, error) {
	config, err := parseURL(text)
	if err != nil {
		return URL{}, err
	}
	u, err := store.ParseAddress(text)
	if err != nil {
		return URL{}, err
	}
	user := u.User.Username()
	if other := u.Query().Get("user"); other != "" { // libpq reads it from the query too
		user = other
	}
	return URL{User: user, Pooler: config.ConnConfig.DefaultQueryExecMode == pgx.QueryExecModeExec}, nil
}

func parseURL(text string) (*pgxpool.Config, error) {
	u, err := store.ParseAddress(text)
	if err != nil {
		return nil, fmt.Errorf("it %w", err)
	}
	if u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return nil, errors.New("its scheme is not postgres")
	}
	config, err := pgxpool.ParseConfig(text)
	if wrong, ok := errors.AsType[*pgconn.ParseConfigError](err); ok {
		wrong.ConnString = "the URL" // the text of the error repeats it
	}
	if err != nil {
		return nil, err
	}
	if config.ConnConfig.DefaultQueryExecMode == pgx.QueryExecModeSimpleProtocol {
		return nil, errors.New("default_query_exec_mode=simple_protocol puts values into the text of a statement; behind a pooler use exec")
	}
	return config, nil
}
