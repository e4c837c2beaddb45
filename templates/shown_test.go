package templates

import (
	"strings"
	"testing"
)

func TestShown(t *testing.T) {
	long := strings.Repeat("a", maxName)
	for name, c := range map[string]struct{ in, want string }{
		"a plain name stays":                         {"Ann Smith", "Ann Smith"},
		"other scripts stay":                         {"شركة النور 株式会社", "شركة النور 株式会社"},
		"accents stay, composed or not":              {"Zoé Zoe\u0301", "Zoé Zoe\u0301"},
		"the joiner of a Persian name stays":         {"می\u200cخواهم", "می\u200cخواهم"},
		"a joiner with nothing before it goes":       {"\u200d\u200cAnn", "Ann"},
		"line breaks and runs of blanks are one":     {" Ann \r\n\t\u2028 Smith ", "Ann Smith"},
		"controls of direction go":                   {"\u202eAnn\u2066\u200f", "Ann"},
		"zero-width blanks and byte order marks go":  {"A\u200bn\ufeffn", "Ann"},
		"controls go":                                {"A\x00n\x1bn\u0085", "Ann"},
		"a bad byte is replaced":                     {"A\xffn", "A\ufffdn"},
		"the longest name stays whole":               {long, long},
		"a longer one is cut":                        {long + "b", long + "…"},
		"a blank is not the last thing before a cut": {long + " b", long + "…"},
		"a blank never makes it longer than allowed": {long[1:] + " b", long[1:] + "…"},
		"marks do not pile up":                       {"e" + strings.Repeat("\u0301", 9), "e" + strings.Repeat("\u0301", maxMarks)},
		"what is hidden without end is not read":     {"Ann" + strings.Repeat("\u200b", maxBytes*maxName), "Ann…"},
		"nothing to be seen is nothing":              {"\u200b\u202e \x00", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := shownName(c.in); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestTheLongestAddressIsShownWhole(t *testing.T) {
	address := strings.Repeat("a", maxEmail-len("@acme.test")) + "@acme.test"
	if got := shownEmail(address); got != address {
		t.Errorf("got %q", got)
	}
}

func TestInitial(t *testing.T) {
	for name, c := range map[string]struct {
		in   []string
		want string
	}{
		"the first letter":                     {[]string{"ann"}, "A"},
		"past what is no letter":               {[]string{"“2nd home”"}, "2"},
		"of the address when there is no name": {[]string{"", "bob@acme.test"}, "B"},
		"a dot when there is none":             {[]string{"", "…"}, "·"},
		"of another script":                    {[]string{"株式会社"}, "株"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := initial(c.in...); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
