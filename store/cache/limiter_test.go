package cache_test

import (
	"strings"
	"testing"
	"time"

	"orglogin/store"
	orgcache "orglogin/store/cache"
)

func TestALimitIsOneForAllInstances(t *testing.T) {
	w, server, second := sharing(t)
	var limiters []*orgcache.Limiter
	for _, s := range []*orgcache.Store{w.cache, second} {
		l := s.Limiter("start", 50, time.Hour)
		l.Allow(t.Context(), store.NewID()) // connected
		limiters = append(limiters, l)
	}
	granted := 0
	for i := range 200 {
		ok, wait := limiters[i%2].Allow(t.Context(), "client")
		if ok {
			granted++
		} else if wait <= 0 || wait > time.Hour/50 {
			t.Errorf("refused for %s", wait)
		}
	}
	if granted != 50 {
		t.Errorf("%d are granted", granted)
	}
	key := ""
	for _, k := range server.admin().Keys(t.Context(), "*:limit:start:*").Val() {
		if strings.Contains(k, "client") {
			t.Errorf("the key %q tells the client", k)
		}
		if server.admin().PTTL(t.Context(), k).Val() > time.Minute*2 {
			key = k
		}
	}
	for _, hostile := range []string{"garbage", "", "nan", "inf", "-1e300", "1e300", "99999999999999999999"} {
		must(t, server.admin().Set(t.Context(), key, hostile, 0).Err())
		if ok, _ := limiters[0].Allow(t.Context(), "client"); !ok {
			t.Errorf("%q in its place locks the client out", hostile)
		}
	}
	must(t, server.admin().Del(t.Context(), key).Err())
	must(t, server.admin().LPush(t.Context(), key, "x").Err())
	if ok, _ := limiters[0].Allow(t.Context(), "client"); !ok {
		t.Error("a list in its place locks the client out")
	}
}
