package web

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestTimeout(t *testing.T) {
	type key struct{}
	parent := context.WithValue(context.Background(), key{}, "kept")
	for _, c := range []struct {
		name string
		do   func(t *testing.T, p *Timeout)
	}{
		{"without a wait no timer runs", func(t *testing.T, p *Timeout) {
			p.Cancel()
			if p.running != nil {
				t.Error("a timer was started")
			}
		}},
		{"the time runs from the first wait", func(t *testing.T, p *Timeout) {
			time.Sleep(time.Hour)
			begun := time.Now()
			<-p.Done()
			if took := time.Since(begun); took != time.Second || !errors.Is(p.Err(), context.DeadlineExceeded) {
				t.Error(took, p.Err())
			}
		}},
		{"it says when it ends", func(t *testing.T, p *Timeout) {
			at, ok := p.Deadline()
			if !ok || time.Until(at) != time.Second {
				t.Error(at, ok)
			}
		}},
		{"what is made from it ends with it", func(t *testing.T, p *Timeout) {
			child, cancel := context.WithCancel(p)
			defer cancel()
			p.Cancel()
			<-child.Done()
			if !errors.Is(child.Err(), context.Canceled) {
				t.Error(child.Err())
			}
		}},
		{"what is made from it after its end has ended", func(t *testing.T, p *Timeout) {
			p.Cancel()
			child, cancel := context.WithCancel(p)
			defer cancel()
			if child.Err() == nil {
				t.Error("still waiting")
			}
		}},
		{"values are the parent's, before and after", func(t *testing.T, p *Timeout) {
			before := p.Value(key{})
			_ = p.Done()
			if after := p.Value(key{}); before != "kept" || after != "kept" {
				t.Error(before, after)
			}
		}},
		{"it ends with its parent", func(t *testing.T, _ *Timeout) {
			ctx, cancel := context.WithCancel(parent)
			p := NewTimeout(ctx, time.Hour)
			defer p.Cancel()
			cancel()
			if !errors.Is(p.Err(), context.Canceled) {
				t.Error(p.Err())
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := NewTimeout(parent, time.Second)
				defer p.Cancel()
				c.do(t, p)
			})
		})
	}
}
