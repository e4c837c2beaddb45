package cache_test

import (
	"bytes"
	"testing"

	orgcache "orglogin/store/cache"
)

// Only a message signed with our secret for our environment is accepted.
func FuzzMessage(f *testing.F) {
	k, err := orgcache.NewKeyring(secret, "test")
	must(f, err)
	another, err := orgcache.NewKeyring(secret, "test2")
	must(f, err)
	good := k.Sign([]byte(`{"From":"x"}`))
	f.Add(good)
	f.Add(good[:32])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, raw []byte) {
		if body, ok := k.Verify(raw); ok && !bytes.Equal(k.Sign(body), raw) {
			t.Errorf("%x is accepted", raw)
		}
		signed := k.Sign(raw)
		if body, ok := k.Verify(signed); !ok || !bytes.Equal(body, raw) {
			t.Errorf("the signed message %x is refused", raw)
		}
		if _, ok := another.Verify(signed); ok {
			t.Errorf("another environment accepts %x", raw)
		}
	})
}

// Different ids never share a key.
func FuzzKeys(f *testing.F) {
	k, err := orgcache.NewKeyring(secret, "test")
	must(f, err)
	f.Add("organization", "a", "organization", "b")
	f.Add("a", "b:c", "a:b", "c")
	f.Add("ab", "c", "a", "bc")
	f.Fuzz(func(t *testing.T, kind1, id1, kind2, id2 string) {
		same := k.Key(kind1, id1) == k.Key(kind2, id2)
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
