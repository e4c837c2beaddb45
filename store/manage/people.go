package manage

import (
	"context"
	"time"

	"orglogin/store"
)

// Person is a profile.
type Person struct {
	ID            string    `json:"id"`
	Email         string    `json:"email"`
	EmailVerified bool      `json:"email_verified"`
	Name          string    `json:"name"`
	Picture       string    `json:"picture"`
	Disabled      bool      `json:"disabled"`
	CreatedAt     time.Time `json:"created_at"`
}

const selectPerson = `SELECT p.id, p.email, p.email_verified, p.name, p.picture, p.disabled, p.created_at FROM orglogin.profiles AS p `

func (n *Person) into() []any {
	return []any{&n.ID, &n.Email, &n.EmailVerified, &n.Name, &n.Picture, &n.Disabled, &n.CreatedAt}
}

// People lists profiles by address. Email, if it is not empty, is the address that they have.
func (m *Manager) People(ctx context.Context, by Caller, email string, l List) (Page[Person], error) {
	return read(ctx, m, by, func(o *operation) (Page[Person], error) {
		p, err := l.check(new(string), new(time.Time), new(rowID))
		if err != nil {
			return Page[Person]{}, err
		}
		q := listing[Person]{
			from: selectPerson, key: "p.email, p.created_at, p.id",
			scan:  func(scan func(...any) error) (n Person, err error) { return n, scan(n.into()...) },
			keyOf: func(n Person) []any { return []any{n.Email, n.CreatedAt, n.ID} },
		}
		var bad fields
		if email != "" {
			q.where, q.args = "p.email = $1", []any{checkEmail(&bad, email)}
		}
		if err := bad.err(); err != nil {
			return Page[Person]{}, err
		}
		if err := o.refuseBound(); err != nil {
			return Page[Person]{}, err
		}
		return list(o, p, q)
	})
}

// refuseBound refuses what a caller of one organization may not know, and what is in a table of the operator's own.
func (o *operation) refuseBound() error {
	if o.by.Bound() {
		return forbidden("a token that is bound to an organization cannot ask about people of others")
	}
	return o.refuseOwnTables(ofProfiles)
}

func (o *operation) person(id string) (n Person, err error) {
	if err := o.refuseBound(); err != nil {
		return n, err
	}
	if !store.ValidID(id) {
		return n, notFound("person", id)
	}
	err = o.row(selectPerson+`WHERE p.id = $1`, []any{id}, n.into()...)
	return n, nameMissing(err, "person", id)
}

// SetDisabled says whether a person may sign in. Disabling ends every session.
func (m *Manager) SetDisabled(ctx context.Context, by Caller, id string, disabled bool) (Changed[Person], error) {
	return write(ctx, m, by, func(o *operation) (done Changed[Person], err error) {
		if done.Before, err = o.lockPerson(id); err != nil {
			return done, err
		}
		if err := o.checkIfMatch(done.Before); err != nil {
			return done, err
		}
		done.After = done.Before
		done.After.Disabled = disabled
		if done.After == done.Before {
			return done, nil
		}
		if err := o.exec(`UPDATE orglogin.profiles SET disabled = $2 WHERE id = $1`, id, disabled); err != nil {
			return done, err
		}
		o.changedPerson(id)
		action := map[bool]string{true: "person.disable", false: "person.enable"}[disabled]
		return done, o.audit(audited{action: action, target: id, profileID: id, before: done.Before, after: done.After})
	})
}

func (o *operation) lockPerson(id string) (Person, error) {
	if err := o.refuseBound(); err != nil {
		return Person{}, err
	}
	if !store.ValidID(id) {
		return Person{}, notFound("person", id)
	}
	if err := o.row(`SELECT id FROM orglogin.profiles WHERE id = $1 FOR UPDATE`, []any{id}, &id); err != nil {
		return Person{}, nameMissing(err, "person", id)
	}
	return o.person(id)
}

func (o *operation) changedPerson(id string) {
	o.changed(Change{Kind: "profile", ID: id, UserID: id})
	o.changed(Change{Kind: "session", UserID: id})
}
