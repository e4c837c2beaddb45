package deploy_test

import (
	"os"
	"regexp"
	"testing"
)

// TestActionsAndImagesArePinned: a tag can be moved to other code, a digest cannot.
func TestActionsAndImagesArePinned(t *testing.T) {
	for file, c := range map[string]struct{ names, pinned string }{
		"../../.github/workflows/ci.yaml": {`uses: (\S+)`, `^[\w/.-]+@[0-9a-f]{40}$`},
		"../../Dockerfile":                {`(?m)^FROM (\S+)`, `^(scratch|.+@sha256:[0-9a-f]{64})$`},
		"../../compose.yaml":              {`(?m)^\s*image: (\S+)`, `^(orglogin|.+@sha256:[0-9a-f]{64})$`}, // orglogin is built here
	} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found := regexp.MustCompile(c.names).FindAllStringSubmatch(string(text), -1)
		if len(found) < 2 {
			t.Errorf("%s names %d actions or images", file, len(found))
		}
		for _, name := range found {
			if !regexp.MustCompile(c.pinned).MatchString(name[1]) {
				t.Errorf("%s: %s is not pinned by its digest", file, name[1])
			}
		}
	}
}
