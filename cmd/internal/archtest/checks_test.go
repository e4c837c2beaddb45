package archtest_test

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// sections is how many checks each section of the list has.
var sections = map[byte]int{
	'A': 12, 'B': 13, 'C': 12, 'D': 18, 'E': 10, 'F': 11, 'G': 10, 'H': 17,
	'I': 10, 'J': 12, 'K': 12, 'L': 14, 'M': 9, 'N': 8, 'O': 6, 'P': 8,
}

// inWords are the checks for which a reason may stand in place of a test.
var inWords = []string{"A11", "D17", "N8", "P5", "P7"}

var (
	checkRow  = regexp.MustCompile(`^\| ([A-P][0-9]{1,2}) \| ([BW]) \| [^|]+ \| ([^|]+) \|$`)
	otherRow  = regexp.MustCompile(`^\| [^|]+ \| [^|]+ \| ([^|]+) \|$`)
	testNames = regexp.MustCompile("([a-z/]+)((?: `(?:Test|Fuzz|Benchmark)[A-Za-z0-9]+`)+)")
	fileNames = regexp.MustCompile("`([a-z/]+/[a-z_]+\\.(?:txtar|go)|Makefile)`")
)

// tests are the functions of a folder that a run can name.
func tests(source fs.FS, folder string) (string, error) {
	names, err := fs.Glob(source, path.Join(folder, "*_test.go"))
	if err != nil || len(names) == 0 {
		return "", cmp.Or(err, fmt.Errorf("%s holds no tests", folder))
	}
	var all strings.Builder
	for _, name := range names {
		text, err := fs.ReadFile(source, name)
		if err != nil {
			return "", err
		}
		all.Write(text)
	}
	return all.String(), nil
}

// faultsOf lists what is wrong with the names in a cell, and how many there are.
func faultsOf(source fs.FS, cell string) (found int, faults []string) {
	for _, m := range testNames.FindAllStringSubmatch(cell, -1) {
		text, err := tests(source, m[1])
		if err != nil {
			faults = append(faults, err.Error())
		}
		for name := range strings.FieldsSeq(strings.ReplaceAll(m[2], "`", "")) {
			found++
			if err == nil && !strings.Contains(text, "\nfunc "+name+"(") {
				faults = append(faults, m[1]+" has no "+name)
			}
		}
	}
	for _, m := range fileNames.FindAllStringSubmatch(cell, -1) {
		found++
		if _, err := fs.Stat(source, m[1]); err != nil {
			faults = append(faults, err.Error())
		}
	}
	return found, faults
}

// faultsOfChecks reads the tables of docs/security-checks.md: each check once,
// in order, each with a test that there is, or with words where those may do.
func faultsOfChecks(source fs.FS, text string) []string {
	var faults, seen []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		m := checkRow.FindStringSubmatch(line)
		if m == nil {
			if other := otherRow.FindStringSubmatch(line); other != nil {
				_, more := faultsOf(source, other[1])
				faults = append(faults, more...)
			}
			continue
		}
		seen = append(seen, m[1])
		found, more := faultsOf(source, m[3])
		for _, f := range more {
			faults = append(faults, m[1]+": "+f)
		}
		if words := len(strings.Fields(m[3])) > 5; found == 0 && !(words && slices.Contains(inWords, m[1])) {
			faults = append(faults, m[1]+" has no test")
		}
	}
	var want []string
	for section := byte('A'); section <= 'P'; section++ {
		for n := range sections[section] {
			want = append(want, fmt.Sprint(string(section), n+1))
		}
	}
	if !slices.Equal(seen, want) {
		for _, id := range want {
			if n := strings.Count(" "+strings.Join(seen, " ")+" ", " "+id+" "); n != 1 {
				faults = append(faults, fmt.Sprintf("%s is there %d times", id, n))
			}
		}
		faults = append(faults, "the checks are not those of the list in their order")
	}
	return faults
}

func TestEveryCheckNamesItsTest(t *testing.T) {
	source := os.DirFS(root)
	text, err := fs.ReadFile(source, "docs/security-checks.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range faultsOfChecks(source, string(text)) {
		t.Error(fault)
	}
	overview, err := fs.ReadFile(source, "SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	found, faults := faultsOf(source, string(overview))
	for _, fault := range faults {
		t.Error("SECURITY.md: " + fault)
	}
	if found < 10 || !strings.Contains(string(overview), "docs/security-checks.md") {
		t.Errorf("SECURITY.md names %d tests, and must lead to the rest", found)
	}
	// Each of these must be noticed.
	for what, spoil := range map[string][2]string{
		"a test that is not there": {"`TestAnAddressFindsNoAccount`", "`TestAnAddressFindsNoAccounts`"},
		"a test of elsewhere":      {"handlers `TestNamesAreData`", "redirect `TestNamesAreData`"},
		"a folder of nothing":      {"store/cache `TestHostileValues`", "store/cash `TestHostileValues`"},
		"a file that is not there": {"testdata/recycled.txtar", "testdata/bicycled.txtar"},
		"a check that is missing":  {"\n| H16 |", "\n| X16 |"},
		"a check twice":            {"\n| H16 |", "\n| H15 |"},
		"words in place of a test": {"handlers `TestTooManyCookiesAreRefused`; handlers/session `TestTooManyCookies`", "not needed, because such a thing never happens"},
	} {
		spoilt := strings.ReplaceAll(string(text), spoil[0], spoil[1])
		if spoilt == string(text) || len(faultsOfChecks(source, spoilt)) == 0 {
			t.Errorf("%s is not noticed", what)
		}
	}
}
