package operate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/database"
	"orglogin/store"
	"orglogin/store/cache"
	"orglogin/store/manage"
)

// Operator is what the commands do past every person's claims, as the owner of
// the database. The service never holds one.
type Operator struct {
	db      database.Owner
	now     func() time.Time
	publish config.Publish
	logger  *slog.Logger
}

// Open opens the database as its owner. Reserved are the labels that
// an import must not take, see [config.Reserved]. The error is [store.ErrBehind], and
// names the command, where migrate must run first.
func Open(ctx context.Context, d config.Database, reserved []string, logger *slog.Logger) (*Operator, error) {
	db, err := database.OpenOwner(ctx, d, database.Options{Reserved: reserved, Now: time.Now, Logger: logger})
	if err != nil {
		return nil, err
	}
	return &Operator{db: db, now: time.Now, logger: logger}, nil
}

// Manage returns the operations on the database as its owner. What they change is published as
// [Operator.PublishChanges] says. The database and Publish of c are the operator's.
func (o *Operator) Manage(c ManagerConfig) (*manage.Manager, error) {
	c.Database, c.Now, c.Publish = o.db.Manage(), o.now, o.publishChanges
	return NewManager(c)
}

// PublishChanges publishes in Redis what is changed from now on.
func (o *Operator) PublishChanges(p config.Publish) { o.publish = p }

// Close lets go of the database.
func (o *Operator) Close() error { return o.db.Close() }

// Import brings the file in, all or nothing, idempotent.
func (o *Operator) Import(ctx context.Context, file store.ImportFile) error {
	if err := o.db.Import(ctx, file, o.now()); err != nil {
		return err
	}
	o.publishChanges(ctx, cache.Change{}) // its rows are many
	return nil
}

// ImportFrom is Import of the JSON that r holds, read strictly and as a whole
// before anything changes. It returns what was brought in. The error is [store.ImportMistakes], with their lines,
// where the file is refused.
func (o *Operator) ImportFrom(ctx context.Context, r io.Reader) (store.ImportFile, error) {
	file, text, err := store.ParseImport(r)
	if err != nil {
		return store.ImportFile{}, err
	}
	err = o.Import(ctx, file)
	var mistakes store.ImportMistakes
	if errors.As(err, &mistakes) {
		store.LocateImport(text, mistakes)
		return file, mistakes
	}
	return file, err
}

// ErrNoProfile: no profile has the address.
var ErrNoProfile = errors.New("no profile has this address")

// PersonSessions are the sessions of one profile.
type PersonSessions struct {
	Profile  store.Profile
	Sessions []store.Session // newest first, ended ones of the last 30 days included
}

// Sessions lists the sessions of every profile of an address, oldest profile first.
func (o *Operator) Sessions(ctx context.Context, email string) ([]PersonSessions, error) {
	profiles, err := o.Profiles(ctx, email)
	if err != nil {
		return nil, err
	}
	var all []PersonSessions
	for _, p := range profiles {
		sessions, err := o.db.SessionsOf(ctx, p.ID)
		if err != nil {
			return nil, fmt.Errorf("list the sessions of profile %s: %w", p.ID, err)
		}
		all = append(all, PersonSessions{p, sessions})
	}
	return all, nil
}

// EndSessions ends the live sessions of every profile of an address, and returns
// how many they were, also beside an error.
func (o *Operator) EndSessions(ctx context.Context, email string) (int, error) {
	profiles, err := o.Profiles(ctx, email)
	if err != nil {
		return 0, err
	}
	m, err := NewManager(ManagerConfig{Database: o.db.Manage(), Now: o.now})
	if err != nil {
		return 0, err
	}
	total := 0
	// Also where none is live: the command is run again when an instance was not reached.
	var changes []cache.Change
	defer func() { o.publishChanges(ctx, changes...) }()
	for _, p := range profiles {
		changes = append(changes, cache.SessionsOf(p.ID)) // an error does not say that nothing ended
		n, err := m.EndSessions(ctx, manage.Caller{Name: manage.Command}, p.ID)
		total += n
		if err != nil {
			return total, fmt.Errorf("end the sessions of profile %s: %w", p.ID, err)
		}
	}
	return total, nil
}

// Profiles are those of an address, oldest first, at least one. The error is [ErrNoProfile]
// where there is none, and a [config.BadParameter] where the text is no address.
func (o *Operator) Profiles(ctx context.Context, email string) ([]store.Profile, error) {
	email, err := parseEmail(email)
	if err != nil {
		return nil, err
	}
	profiles, err := o.db.Profiles(ctx, email)
	switch {
	case err != nil:
		return nil, fmt.Errorf("find the profiles: %w", err)
	case len(profiles) == 0:
		return nil, ErrNoProfile
	}
	return profiles, nil
}

// parseEmail returns the address as it is stored.
func parseEmail(text string) (string, error) {
	email, ok := store.NormalizeEmail(text)
	if !ok {
		return "", config.BadParameter{Name: "email", Problem: fmt.Sprintf("%s is not one plain address, such as ann@example.com", config.Show(text))}
	}
	return email, nil
}
