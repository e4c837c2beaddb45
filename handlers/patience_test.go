package handlers

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestPatience(t *testing.T) {
	type key struct{}
	parent := context.WithValue(context.Background(), key{}, "kept")
	for _, c := range []struct {
		name string
		do   func(t *testing.T, p *patience)
	}{
		{"nobody waits and nothing runs", func(t *testing.T, p *patience) {
			p.end()
			if p.running != nil {
				t.Error("a timer was started")
			}
		}},
		{"the time runs from the first wait", func(t *testing.T, p *patience) {
			time.Sleep(time.Hour)
			begun := time.Now()
			<-p.Done()
			if took := time.Since(begun); took != time.Second || !errors.Is(p.Err(), context.DeadlineExceeded) {
				t.Error(took, p.Err())
			}
		}},
		{"it says when it ends", func(t *testing.T, p *patience) {
			at, ok := p.Deadline()
			if !ok || time.Until(at) != time.Second {
				t.Error(at, ok)
			}
		}},
		{"what is made from it ends with it", func(t *testing.T, p *patience) {
			child, cancel := context.WithCancel(p)
			defer cancel()
			p.end()
			<-child.Done()
			if !errors.Is(child.Err(), context.Canceled) {
				t.Error(child.Err())
			}
		}},
		{"what is made from it after its end has ended", func(t *testing.T, p *patience) {
			p.end()
			child, cancel := context.WithCancel(p)
			defer cancel()
			if child.Err() == nil {
				t.Error("still waiting")
			}
		}},
		{"values are the parent's, before and after", func(t *testing.T, p *patience) {
			before := p.Value(key{})
			_ = p.Done()
			if after := p.Value(key{}); before != "kept" || after != "kept" {
				t.Error(before, after)
			}
		}},
		{"it ends with its parent", func(t *testing.T, _ *patience) {
			ctx, cancel := context.WithCancel(parent)
			p := &patience{Context: ctx, limit: time.Hour}
			defer p.end()
			cancel()
			if !errors.Is(p.Err(), context.Canceled) {
				t.Error(p.Err())
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &patience{Context: parent, limit: time.Second}
				defer p.end()
				c.do(t, p)
			})
		})
	}
}
