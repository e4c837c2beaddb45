package archtest_test

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// unwelcome are packages of the standard library that look like what a login
// needs and are not it.
var unwelcome = map[string]string{
	"math/rand":     "what it makes can be guessed; crypto/rand (A1)",
	"math/rand/v2":  "what it makes can be guessed; crypto/rand (A1)",
	"net/mail":      "it reads names, comments and quotes as parts of an address; store.ValidEmail (F4)",
	"encoding/gob":  "it builds values without a schema",
	"text/template": "it escapes nothing; html/template (N7)",
	"crypto/md5":    "broken",
	"crypto/sha1":   "broken",
	"crypto/des":    "broken",
	"crypto/rc4":    "broken",
	"net/http/cgi":  "nothing here is a script",
}

// harmless are the files that may all the same.
var harmless = map[string]string{
	"store/cache/changes.go":  "how long to wait before the next try",
	"store/cache/memo.go":     "how much earlier an answer is read again",
	"store/sqlite/domains.go": "when a domain is checked again",
}

// A1, F4, N7: nothing of the program takes its secrets from dice, or its
// addresses from a mail reader.
func TestNoSecretComesFromDice(t *testing.T) {
	source, err := read(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(source.files)) {
		for _, i := range source.files[name] {
			why := unwelcome[i.path]
			if why == "" || i.test || rules[i.folder].forTests {
				continue
			}
			if used[name] = true; harmless[name] == "" || !strings.HasPrefix(i.path, "math/") {
				t.Errorf("%s imports %s: %s", name, i.path, why)
			}
		}
	}
	for name := range harmless {
		if !used[name] {
			t.Errorf("%s needs no excuse any more", name)
		}
	}
}
