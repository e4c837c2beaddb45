package session_test

import (
	"slices"
	"testing"
	"time"

	"orglogin/handlers/session"
	"orglogin/store"
)

// A session is live while a connection of it counts: for the lifetime of a session
// after its login, and an organization's only where those are on.
func TestWhichConnectionsCount(t *testing.T) {
	for _, c := range []struct {
		name          string
		operatorsOnly bool
		ages          map[string]time.Duration // of the logins, by connection
		want          []string
	}{
		{"all of them", false, map[string]time.Duration{"default": 0, "c-acme": time.Minute}, []string{"c-acme", "default"}},
		{"not one whose login is too long ago", false, map[string]time.Duration{"default": 0, "c-acme": lifetime}, []string{"default"}},
		{"one whose login is nearly too long ago", false, map[string]time.Duration{"default": 0, "c-acme": lifetime - time.Second}, []string{"c-acme", "default"}},
		{"none, and there is no session", false, map[string]time.Duration{"c-acme": lifetime}, nil},
		{"no organization's where those are off", true, map[string]time.Duration{"default": 0, "c-acme": 0}, []string{"default"}},
		{"no organization's alone where those are off", true, map[string]time.Duration{"c-acme": 0}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newService(t, func(k *session.Config) { k.OperatorsOnly = c.operatorsOnly })
			in := s.login(t, ann)
			row := in.row
			row.Connections = nil
			for id, age := range c.ages {
				connection := store.SessionConnection{ConnectionID: id, At: s.clock.Now().Add(-age)}
				if id != store.DefaultConnection {
					connection.OrganizationID = "1"
				}
				row.Connections = append(row.Connections, connection)
			}
			given := slices.Clone(row.Connections)
			s.config.Store = &wrongRow{s.rows, row}
			found, err := session.New(s.config).Read(t.Context(), request("https://acme.example.com/", name+"="+in.cookie(name)), session.Elsewhere)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			if found.Session != nil {
				for _, connection := range found.Session.Connections {
					got = append(got, connection.ConnectionID)
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, c.want) || (found.Session == nil) != (c.want == nil) {
				t.Errorf("%v count, want %v", got, c.want)
			}
			if !slices.Equal(row.Connections, given) {
				t.Error("the row of the store, which others use too, was changed")
			}
		})
	}
}
