package seal_test

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"orglogin/handlers/seal"
)

// Two keys whose base64 has the characters that the alphabets differ in.
var (
	keyA = bytes.Repeat([]byte{0xfb, 0xff, 0xbf, 1}, 8)
	keyB = bytes.Repeat([]byte{0xfb, 0xff, 0xbf, 2}, 8)
)

func TestParseKeys(t *testing.T) {
	std, url := base64.StdEncoding.EncodeToString, base64.RawURLEncoding.EncodeToString
	for _, c := range []struct {
		sentence string
		text     string
		want     [][]byte
	}{
		{"one key in standard base64", std(keyA), [][]byte{keyA}},
		{"one key in base64url without padding", url(keyA), [][]byte{keyA}},
		{"base64url with padding", base64.URLEncoding.EncodeToString(keyA), [][]byte{keyA}},
		{"standard base64 without padding", base64.RawStdEncoding.EncodeToString(keyA), [][]byte{keyA}},
		{"a file with a line break at its end", std(keyA) + "\n", [][]byte{keyA}},
		{"a key a line, newest first", std(keyB) + "\n" + std(keyA) + "\n", [][]byte{keyB, keyA}},
		{"a key a line as Windows writes it", std(keyB) + "\r\n" + std(keyA) + "\r\n", [][]byte{keyB, keyA}},
		{"commas", std(keyA) + "," + url(keyB), [][]byte{keyA, keyB}},
		{"commas and blanks", " " + std(keyA) + " , \t" + url(keyB) + ",", [][]byte{keyA, keyB}},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			got, err := seal.ParseKeys(c.text)
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != len(c.want) {
				t.Fatalf("%d keys, want %d", len(got), len(c.want))
			}
			for i := range got {
				if !bytes.Equal(got[i], c.want[i]) {
					t.Errorf("key %d is another", i+1)
				}
			}
		})
	}
}

func TestParseKeysNamesEveryMistake(t *testing.T) {
	good := base64.StdEncoding.EncodeToString(keyA)
	short := base64.StdEncoding.EncodeToString(keyB[:31])
	long := base64.RawStdEncoding.EncodeToString(append(bytes.Clone(keyB), 0))
	for _, c := range []struct {
		sentence string
		text     string
		want     []string
	}{
		{"nothing", "", []string{"no key"}},
		{"only separators", " ,\n", []string{"no key"}},
		{"a short key", short, []string{"key 1", "31 bytes, not 32"}},
		{"a long key", long, []string{"key 1", "33 bytes, not 32"}},
		{"no base64", good + ",correct horse!", []string{"key 2", "key 3", "not base64"}},
		{"a quoted key", `"` + good + `"`, []string{"key 1", "not base64"}},
		{"a key of hexadecimal digits", strings.Repeat("0a", 32), []string{"key 1", "48 bytes, not 32"}},
		{"spare bits that are not zero", good[:42] + "b=", []string{"key 1", "not base64"}},
		{"padding in the middle", good[:20] + "==" + good[20:], []string{"key 1", "not base64"}},
		{"too much padding", good + "=", []string{"key 1", "wrong padding"}},
		{"one key twice", good + " " + good, []string{"key 2", "the same as key 1"}},
		{"three mistakes at once", short + "," + good + ",!!," + good, []string{"key 1", "key 3", "key 4", "the same as key 2"}},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			keys, err := seal.ParseKeys(c.text)
			if err == nil || keys != nil {
				t.Fatalf("ParseKeys = %d keys, %v; want an error alone", len(keys), err)
			}
			for _, w := range c.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("error %q does not say %q", err, w)
				}
			}
			for _, secret := range strings.FieldsFunc(c.text, func(r rune) bool { return strings.ContainsRune(", \n\"", r) }) {
				if len(secret) > 4 && strings.Contains(err.Error(), secret[:5]) || strings.Contains(err.Error(), secret) {
					t.Errorf("error %q shows too much of %q", err, secret)
				}
			}
		})
	}
}

func FuzzParseKeys(f *testing.F) {
	good := base64.StdEncoding.EncodeToString(keyA)
	for _, s := range []string{"", good, good + "," + good, good[:43], good[1:], "=", "\xff", "ä," + good} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		keys, err := seal.ParseKeys(text)
		if err != nil {
			if keys != nil {
				t.Error("keys beside an error")
			}
			return
		}
		if _, err := seal.NewBox(keys); err != nil {
			t.Errorf("keys that were parsed make no box: %v", err)
		}
		var again []string
		for _, k := range keys {
			again = append(again, base64.RawURLEncoding.EncodeToString(k))
		}
		if back, err := seal.ParseKeys(strings.Join(again, "\n")); err != nil || len(back) != len(keys) {
			t.Errorf("written again: %d keys of %d, %v", len(back), len(keys), err)
		}
	})
}
