package cache_test

import (
	"bytes"
	"testing"
	"time"

	orgcache "orglogin/store/cache"
)

// Nothing but what was sealed for a key opens under it, and nothing panics.
func FuzzEnvelope(f *testing.F) {
	e, err := orgcache.NewEnvelope(secret, "test")
	must(f, err)
	good := e.Seal("key", 'v', time.UnixMicro(1), []byte(`{"ID":"x"}`))
	f.Add("key", good)
	f.Add("other", good)
	f.Add("key", good[:40])
	f.Add("key", []byte{})
	f.Fuzz(func(t *testing.T, key string, raw []byte) {
		kind, at, body, ok := e.Open(key, raw)
		if ok && !bytes.Equal(e.Seal(key, kind, at, body), raw) {
			t.Errorf("%x opened under %q", raw, key)
		}
		if ok && (key != "key" || !bytes.Equal(raw, good)) {
			t.Errorf("%x opened under %q: nobody sealed it", raw, key)
		}
		sealed := e.Seal(key, 'a', time.UnixMicro(2), raw)
		if _, _, got, ok := e.Open(key, sealed); !ok || !bytes.Equal(got, raw) {
			t.Errorf("what was sealed for %q does not open", key)
		}
		if _, _, _, ok := e.Open(key+"x", sealed); ok {
			t.Errorf("what was sealed for %q opens under another", key)
		}
	})
}

// Two things never share a key.
func FuzzKeys(f *testing.F) {
	e, err := orgcache.NewEnvelope(secret, "test")
	must(f, err)
	f.Add("organization", "a", "organization", "b")
	f.Add("a", "b:c", "a:b", "c")
	f.Add("ab", "c", "a", "bc")
	f.Fuzz(func(t *testing.T, kind1, id1, kind2, id2 string) {
		same := e.Key(kind1, id1) == e.Key(kind2, id2)
		if want := kind1 == kind2 && id1 == id2; same != want {
			t.Errorf("(%q, %q) and (%q, %q): the same key is %v", kind1, id1, kind2, id2, same)
		}
	})
}

func FuzzOpenRedis(f *testing.F) {
	for _, s := range []string{"redis://127.0.0.1:6379/1", "rediss://u:p@a:1?master_name=m", "unix:///a?db=1", "redis://[::1", "redis://10.0.0.1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if client, err := orgcache.OpenRedis([]string{s}); err == nil {
			client.Close()
		}
	})
}
