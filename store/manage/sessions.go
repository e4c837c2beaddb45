package manage

import (
	"context"
	"time"

	"orglogin/store"
)

// Session is a session of a person.
type Session struct {
	ID          string     `json:"id"`
	CreatedAt   time.Time  `json:"created_at"`
	LastSeenAt  time.Time  `json:"last_seen_at"`
	ExpiresAt   time.Time  `json:"expires_at"`
	EndedAt     *time.Time `json:"ended_at"`
	Connections []string   `json:"connections"`
}

// Sessions lists the sessions of a person, the newest first, ended ones too as long as they are kept.
func (m *Manager) Sessions(ctx context.Context, by Caller, profileID string, l List) (Page[Session], error) {
	return read(ctx, m, by, func(o *operation) (Page[Session], error) {
		p, err := l.check(new(time.Time), new(rowID))
		if err == nil {
			err = o.personExists(profileID)
		}
		if err != nil {
			return Page[Session]{}, err
		}
		found, err := list(o, p, listing[Session]{
			from: selectSession, where: "s.profile_id = $1", args: []any{profileID}, key: "s.created_at, s.id", newestFirst: true,
			scan: scanSession, keyOf: func(n Session) []any { return []any{n.CreatedAt, n.ID} },
		})
		if err != nil {
			return found, err
		}
		return found, o.addConnections(profileID, found.Items)
	})
}

// personExists is for what orglogin keeps itself of people who may be in a table of the operator's own.
func (o *operation) personExists(id string) error {
	if o.by.Bound() {
		return forbidden("a token that is bound to an organization cannot ask about people of others")
	}
	if !store.ValidID(id) {
		return notFound("person", id)
	}
	var email, name string
	err := o.row(`SELECT p.email, p.name FROM (SELECT 1 AS one) AS x `+o.JoinProfile("$1"), []any{id}, &email, &name)
	return nameMissing(err, "person", id)
}

const selectSession = `SELECT s.id, s.created_at, s.last_seen_at, s.expires_at, s.ended_at FROM orglogin.sessions AS s`

func scanSession(scan func(...any) error) (n Session, err error) {
	var ended time.Time
	err = scan(&n.ID, &n.CreatedAt, &n.LastSeenAt, &n.ExpiresAt, &ended)
	n.EndedAt, n.Connections = timeOrNull(ended), []string{}
	return n, err
}

// addConnections adds to each session of a person the connections that it was made by.
func (o *operation) addConnections(profileID string, all []Session) error {
	index := map[string]int{}
	for i := range all {
		index[all[i].ID] = i
	}
	return o.Query(`
SELECT c.session_id, c.connection_id
FROM orglogin.session_connections AS c
JOIN orglogin.sessions AS s ON s.id = c.session_id
WHERE s.profile_id = $1
ORDER BY c.at, c.connection_id`, []any{profileID}, func(scan func(...any) error) error {
		var session, connection string
		err := scan(&session, &connection)
		if i, ok := index[session]; ok {
			all[i].Connections = append(all[i].Connections, connection)
		}
		return err
	})
}

// EndSessions ends the live sessions of a person and returns how many there were.
func (m *Manager) EndSessions(ctx context.Context, by Caller, profileID string) (int, error) {
	return write(ctx, m, by, func(o *operation) (int, error) {
		if err := o.personExists(profileID); err != nil {
			return 0, err
		}
		n, err := o.Exec(`UPDATE orglogin.sessions SET ended_at = $2 WHERE profile_id = $1 AND ended_at IS NULL AND expires_at > $2`, profileID, o.now)
		if err != nil || n == 0 {
			return 0, err
		}
		o.changed(Change{Kind: "session", UserID: profileID})
		return int(n), o.audit(audited{action: "sessions.end", target: profileID, profileID: profileID, after: map[string]int64{"ended": n}})
	})
}

// EndSession ends one session of a person. One that has ended already changes nothing.
func (m *Manager) EndSession(ctx context.Context, by Caller, profileID, id string) (bool, error) {
	return write(ctx, m, by, func(o *operation) (bool, error) {
		if err := o.personExists(profileID); err != nil {
			return false, err
		}
		if !store.ValidID(id) {
			return false, notFound("session", id)
		}
		var ended time.Time
		err := o.row(`SELECT ended_at FROM orglogin.sessions WHERE id = $1 AND profile_id = $2 FOR UPDATE`, []any{id, profileID}, &ended)
		if err != nil || !ended.IsZero() {
			return false, nameMissing(err, "session", id)
		}
		if err := o.exec(`UPDATE orglogin.sessions SET ended_at = $2 WHERE id = $1`, id, o.now); err != nil {
			return false, err
		}
		o.changed(Change{Kind: "session", ID: id, UserID: profileID})
		return true, o.audit(audited{action: "sessions.end", target: id, profileID: profileID, after: map[string]int{"ended": 1}})
	})
}
