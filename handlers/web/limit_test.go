package web

import (
	"testing"
	"time"
)

func TestTheLimiterAllowsTheBurstAndThenTheRate(t *testing.T) {
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	l := NewLimiter(Limit{Count: 120, Per: time.Minute}, func() time.Time { return now })
	for i := range 120 {
		if ok, _ := l.Allow(t.Context(), "a"); !ok {
			t.Fatalf("the burst ends at %d", i)
		}
	}
	ok, wait := l.Allow(t.Context(), "a")
	if ok || wait <= 0 || wait > time.Second {
		t.Errorf("%v %v", ok, wait)
	}
	now = now.Add(wait)
	if ok, _ := l.Allow(t.Context(), "a"); !ok {
		t.Error("after the wait that it reported")
	}
	if ok, _ := l.Allow(t.Context(), "a"); ok {
		t.Error("twice after one wait")
	}
	if ok, wait := NewLimiter(Limit{}, nil).Allow(t.Context(), "a"); !ok || wait != 0 {
		t.Error("off")
	}
}

func TestOneClientIsOneKey(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.7": "192.0.2.7", "::ffff:192.0.2.7": "192.0.2.7", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
		"2001:db8:1:2::1": "2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/64", "": "", "invalid IP": "", "192.0.2.7:80": "",
	} {
		if got := addressKey(in); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}
