package config

import (
	"fmt"
	"slices"
	"strings"

	"orglogin/store"
)

// Prefix is what every variable of the configuration begins with.
const Prefix = "ORGLOGIN_"

// Check collects the mistakes of a configuration, so that all of them are reported
// at once. The zero value is ready.
type Check struct {
	Mistakes Mistakes
	unread   Mistakes // in texts of settings that no command has used so far
}

// Mistakes is a configuration that cannot be used.
type Mistakes []Mistake

// Mistake is one variable that cannot be used. No field holds a secret.
type Mistake struct {
	Variable string // without [Prefix]; of OpenTelemetry's the whole name
	Value    string // as shown, cut where it is a secret; empty when nothing was set
	Problem  string // what is wrong, the rest of a sentence that begins with the variable
	Fix      string // what to write, a sentence
}

// Misuse is a request that makes no sense, as against one that failed.
// Its text names the flag and the fix.
type Misuse string

func (m Misuse) Error() string { return string(m) }

// BadParameter is a value in a request that cannot be used. It is a [Misuse].
type BadParameter struct {
	Name    string // as in the API; that of the flag, without its dashes
	Problem string // the rest of a sentence that begins with the name: with the value, what is wrong, and the fix
}

func (p BadParameter) Error() string { return "--" + p.Name + " " + p.Problem }

// Unwrap returns the [Misuse], for whoever asks for no name.
func (p BadParameter) Unwrap() error { return Misuse(p.Error()) }

// Err returns the mistakes as one error, nil when there are none.
func (c *Check) Err() error {
	if len(c.Mistakes) == 0 {
		return nil
	}
	return c.Mistakes
}

// Add notes that variable has a value that cannot be used. The value is shown:
// for secrets there is [Check.AddSecret].
func (c *Check) Add(variable, value, problem, fix string) {
	c.Mistakes = append(c.Mistakes, Mistake{Variable: variable, Value: Show(value), Problem: problem, Fix: fix})
}

// AddSecret is [Check.Add] with all but the first two characters of value cut.
func (c *Check) AddSecret(variable, value, problem, fix string) {
	c.Mistakes = append(c.Mistakes, Mistake{Variable: variable, Value: cut(value, 2), Problem: problem, Fix: fix})
}

// addAddress is [Check.Add] of a setting that should be a URL and may hold a password where it is not.
func (c *Check) addAddress(variable, value, problem, fix string) {
	if strings.Contains(value, "://") || strings.HasPrefix(value, "sqlite:") {
		c.Add(variable, value, problem, fix)
		return
	}
	c.AddSecret(variable, value, problem, fix)
}

// missing notes that a required variable is not set, unless its file is what
// is wrong.
func (c *Check) missing(variable, fix string) {
	if c.has(variable + "_FILE") {
		return
	}
	c.Mistakes = append(c.Mistakes, Mistake{Variable: variable, Problem: "is required and not set", Fix: fix})
}

// has reports whether there is a mistake of variable.
func (c *Check) has(variable string) bool {
	return slices.ContainsFunc(c.Mistakes, func(m Mistake) bool { return m.Variable == variable })
}

// Error lists the mistakes, one a line.
func (m Mistakes) Error() string {
	var b strings.Builder
	if len(m) == 1 {
		b.WriteString("the configuration has 1 mistake:")
	} else {
		fmt.Fprintf(&b, "the configuration has %d mistakes:", len(m))
	}
	for _, mistake := range m {
		b.WriteString("\n  " + mistake.String())
	}
	return b.String()
}

// String is one line: the variable, its value, what is wrong, the fix.
func (m Mistake) String() string {
	if m.Value == "" {
		return fmt.Sprintf("%s %s. %s", m.Name(), m.Problem, m.Fix)
	}
	return fmt.Sprintf("%s=%s %s. %s", m.Name(), m.Value, m.Problem, m.Fix)
}

// Name is the whole name of the variable.
func (m Mistake) Name() string {
	if strings.HasPrefix(m.Variable, "OTEL_") {
		return m.Variable
	}
	return Prefix + m.Variable
}

const longestShown = 120

// Show quotes a value for a message: on one line and at most 120 bytes of it. Of a URL it shows
// scheme, user and host, because a password may be anywhere else.
func Show(value string) string {
	if strings.Contains(value, "://") {
		return cut(showURL(value), longestShown)
	}
	return cut(value, longestShown)
}

// showURL shows the scheme alone where the URL is not valid: nothing says then where the password ends.
// A user without a password is cut too, because it may be a password.
func showURL(text string) string {
	u, err := store.ParseAddress(text)
	if err != nil {
		scheme, _, _ := strings.Cut(text, "://")
		if strings.Trim(scheme, "abcdefghijklmnopqrstuvwxyz") != "" {
			scheme = "..."
		}
		return scheme + "://..."
	}
	host := u.Hostname()
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if _, ok := u.User.Password(); ok {
		host = u.User.Username() + ":...@" + host
	} else if u.User != nil {
		host = "...@" + host
	}
	if u.Path != "" || u.RawQuery != "" {
		host += "/..."
	}
	return u.Scheme + "://" + host
}

// cut quotes the first n bytes of value and marks that there was more.
func cut(value string, n int) string {
	if len(value) <= n {
		return fmt.Sprintf("%+q", value)
	}
	quoted := fmt.Sprintf("%+q", value[:n])
	return quoted[:len(quoted)-1] + `…"`
}
