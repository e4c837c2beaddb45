package templates

import (
	"html/template"
	"strconv"
	"strings"
	"time"
)

// Language is one language of the pages. It is never changed once its [Set] is made.
type Language struct {
	Tag         string // BCP 47, such as "de"
	RightToLeft bool
	texts
}

// Direction is the value of the attribute dir.
func (l *Language) Direction() string {
	if l.RightToLeft {
		return "rtl"
	}
	return "ltr"
}

// HTML is m with its placeholders filled, for the text of a page. Pairs are names and values: a name that
// a person or an organization chose is isolated from the text around it and stands out.
func (l *Language) HTML(m message, pairs ...any) template.HTML {
	return l.fill(m, `<bdi class="strong">`, pairs)
}

// Heading is [Language.HTML] where nothing needs to stand out: in a heading or a button.
func (l *Language) Heading(m message, pairs ...any) template.HTML { return l.fill(m, "<bdi>", pairs) }

func (l *Language) fill(m message, open string, pairs []any) template.HTML {
	var b strings.Builder
	l.each(m, pairs, func(text string) {
		template.HTMLEscape(&b, []byte(text))
	}, func(value any) {
		if own, ok := value.(message); ok {
			template.HTMLEscape(&b, []byte(own))
			return
		}
		b.WriteString(open)
		template.HTMLEscape(&b, []byte(value.(string)))
		b.WriteString("</bdi>")
	})
	return template.HTML(b.String())
}

// plain is m with its placeholders filled, without markup: for <title>, and for programs.
func (l *Language) plain(m message, pairs ...any) string {
	var b strings.Builder
	l.each(m, pairs, func(text string) { b.WriteString(text) }, func(value any) {
		switch v := value.(type) {
		case message:
			b.WriteString(string(v))
		case string:
			b.WriteString(v)
		}
	})
	return b.String()
}

// each calls text for the text between the placeholders of m, and value for what each placeholder stands for.
// One without a value is written as it is.
func (l *Language) each(m message, pairs []any, text func(string), value func(any)) {
	rest := string(m)
	for {
		before, after, found := strings.Cut(rest, "{")
		name, end, closed := strings.Cut(after, "}")
		text(before)
		if !found || !closed {
			return
		}
		rest = end
		for i := 0; i+1 < len(pairs); i += 2 {
			if pairs[i] == name {
				value(l.shown(name, pairs[i+1]))
			}
		}
	}
}

// shown is a value fit to be read in a text: bounded, on one line, and without characters that hide or
// reorder what is around them.
func (l *Language) shown(name string, value any) any {
	text, ok := value.(string)
	switch {
	case !ok:
		return value
	case name == "organization":
		return l.Organization(text)
	case name == "problem":
		return shownSentence(text)
	}
	return shownName(text)
}

// Organization is the name of an organization as a page shows it.
func (l *Language) Organization(name string) string {
	if shown := shownName(name); shown != "" {
		return shown
	}
	return string(l.Common.ThisOrganization)
}

// Role is the word for a role.
func (l *Language) Role(role string) string {
	switch role {
	case "owner":
		return string(l.Roles.Owner)
	case "admin":
		return string(l.Roles.Admin)
	case "member":
		return string(l.Roles.Member)
	}
	return shownName(role)
}

// As is "as an administrator", for the text of an invitation.
func (l *Language) As(role string) message {
	switch role {
	case "owner":
		return l.Roles.AsOwner
	case "admin":
		return l.Roles.AsAdmin
	case "member", "":
		return l.Roles.AsMember
	}
	return message(l.plain(l.Roles.AsOther, "role", role))
}

// Date is a day in UTC, in words.
func (l *Language) Date(t time.Time) string {
	t = t.UTC()
	day := strconv.Itoa(t.Day())
	if t.Day() == 1 {
		day = l.plain(l.Dates.FirstDay, "day", day)
	}
	return l.plain(l.Dates.Date, "day", day, "month", l.Dates.Months[t.Month()-1], "year", strconv.Itoa(t.Year()))
}

// Until is "until 2 January 2030".
func (l *Language) Until(t time.Time) string { return l.plain(l.Chooser.Until, "date", l.Date(t)) }

// waitingTime is d in words, in whole seconds: "1 minute 5 seconds".
func (l *Language) waitingTime(d time.Duration) message {
	left := max(int(d.Round(time.Second)/time.Second), 1)
	var words []string
	for _, unit := range []struct {
		seconds  int
		one, all message
	}{{3600, l.Dates.Hour, l.Dates.Hours}, {60, l.Dates.Minute, l.Dates.Minutes}, {1, l.Dates.Second, l.Dates.Seconds}} {
		n := left / unit.seconds
		left %= unit.seconds
		switch {
		case n == 1:
			words = append(words, string(unit.one))
		case n > 1:
			words = append(words, l.plain(unit.all, "n", strconv.Itoa(n)))
		}
	}
	return message(strings.Join(words, " "))
}
