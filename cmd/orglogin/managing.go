package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/operate"
	"orglogin/redirect"
	"orglogin/store/manage"
)

// commandCaller is who every command is to the operations.
var commandCaller = manage.Caller{Name: manage.Command}

// wiring is what a command gives for the operations that it asks for.
type wiring struct {
	database config.Database
	publish  config.Publish
	manager  operate.ManagerConfig
}

// manage runs do with the operations on the database as its owner, unless there was a mistake in the configuration so far.
func (e *environment) manage(w wiring, do func(m *manage.Manager) error) error {
	return e.asOwner(w.database, nil, func(operator *operate.Operator) error {
		operator.PublishChanges(w.publish)
		m, err := operator.Manage(w.manager)
		if err != nil {
			return err
		}
		return do(m)
	})
}

// plainSettings are the flags of a command that lists or shows, or changes something that the running instances do not
// cache.
type plainSettings struct {
	JSON bool `name:"json" help:"Print JSON: what is listed, or the thing after the change, or that was deleted."`

	Database config.Database `embed:"" group:"configuration"`
}

func (s *plainSettings) run(env *environment, do func(m *manage.Manager) error) error {
	return env.manage(wiring{database: s.Database}, do)
}

// changeSettings are the flags of a command that changes something that the running instances cache.
type changeSettings struct {
	JSON bool `name:"json" help:"Print JSON: the thing after the change, or that was deleted."`

	Database config.Database `embed:"" group:"configuration"`
	Domain   config.Domain   `embed:"" group:"configuration"`
	Publish  config.Publish  `embed:"" group:"configuration"`
}

func (s *changeSettings) wiring(env *environment) wiring {
	env.check.Use(&s.Domain)
	s.Publish.Check(env.check, s.Domain.BaseDomain)
	return wiring{
		database: s.Database,
		publish:  s.Publish,
		manager:  operate.ManagerConfig{Site: redirect.Site{BaseDomain: s.Domain.BaseDomain}},
	}
}

func (s *changeSettings) run(env *environment, do func(m *manage.Manager) error) error {
	return env.manage(s.wiring(env), do)
}

// siteSettings are the flags of a command whose change depends on the names of the site.
type siteSettings struct {
	JSON bool `name:"json" help:"Print JSON: the thing after the change."`

	Site     config.Site     `embed:"" group:"configuration"`
	Database config.Database `embed:"" group:"configuration"`
	Publish  config.Publish  `embed:"" group:"configuration"`
}

func (s *siteSettings) wiring(env *environment) wiring {
	env.check.Use(&s.Site)
	s.Publish.Check(env.check, s.Site.BaseDomain)
	return wiring{
		database: s.Database,
		publish:  s.Publish,
		manager:  operate.ManagerConfig{Site: s.Site.Redirect()},
	}
}

func (s *siteSettings) run(env *environment, do func(m *manage.Manager) error) error {
	return env.manage(s.wiring(env), do)
}

// parseExpires takes a duration from now, also in days such as 90d, or a time of RFC 3339. Empty is the zero time.
func parseExpires(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.ParseUint(days, 10, 16); err == nil {
			return time.Now().AddDate(0, 0, int(n)), nil
		}
	}
	if d, err := time.ParseDuration(text); err == nil {
		return time.Now().Add(d), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, config.Misuse(fmt.Sprintf("--expires %s is neither a duration, such as 168h or 30d, nor a time, such as 2030-01-31T12:00:00Z", config.Show(text)))
	}
	return at, nil
}

// given is nil for an empty flag.
func given[T ~string](flag string) *T {
	if flag == "" {
		return nil
	}
	value := T(flag)
	return &value
}

// errNothingToChange is the mistake of an update without a flag that says what to set.
func errNothingToChange(flags string) error {
	return config.Misuse("there is nothing to change: write " + flags)
}
