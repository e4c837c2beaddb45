package session

import (
	"strconv"
	"testing"
	"time"
)

func TestRecentIsBounded(t *testing.T) {
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	r := newRecent(time.Minute, 100)
	for i := range 10_000 {
		if !r.first(strconv.Itoa(i), now) {
			t.Fatalf("%d came before", i)
		}
		if n := len(r.young) + len(r.previous); n > 200 {
			t.Fatalf("%d remembered", n)
		}
	}
	if r.first("9999", now) {
		t.Error("the last one is forgotten")
	}
}

func TestRecentForgetsWithTime(t *testing.T) {
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	r := newRecent(time.Minute, 100)
	for _, c := range []struct {
		at    time.Duration
		first bool
	}{
		{0, true},
		{59 * time.Second, false},
		{60 * time.Second, true},
		{119 * time.Second, false},
		{120 * time.Second, true},
		{time.Hour, true},
		{time.Hour - time.Minute, true},
		{time.Hour - time.Second, false},
	} {
		if got := r.first("a", now.Add(c.at)); got != c.first {
			t.Errorf("after %v: first = %v", c.at, got)
		}
	}
	for i := range 50 {
		r.first(strconv.Itoa(i), now.Add(2*time.Hour))
	}
	r.first("b", now.Add(3*time.Hour))
	r.first("c", now.Add(4*time.Hour))
	if n := len(r.young) + len(r.previous); n != 2 {
		t.Errorf("%d remembered two generations later", n)
	}
}
