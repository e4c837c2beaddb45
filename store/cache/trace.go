package cache

import (
	"context"
	"errors"
	"net"
	"strings"

	"github.com/redis/go-redis/v9"

	"orglogin/store"
)

// redisTrace reports commands to a [store.Trace]: their names, never a key or a value.
type redisTrace store.Trace

var _ redis.Hook = redisTrace(nil)

// DialHook implements [redis.Hook].
func (redisTrace) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

// ProcessHook implements [redis.Hook].
func (t redisTrace) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		return t.process(ctx, strings.ToUpper(cmd.Name()), func(ctx context.Context) error { return next(ctx, cmd) })
	}
}

// ProcessPipelineHook implements [redis.Hook].
func (t redisTrace) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		return t.process(ctx, "PIPELINE", func(ctx context.Context) error { return next(ctx, cmds) })
	}
}

func (t redisTrace) process(ctx context.Context, name string, do func(context.Context) error) error {
	ctx, ended := t(ctx, name)
	err := do(ctx)
	if errors.Is(err, redis.Nil) { // an answer
		ended("", nil)
		return err
	}
	ended("", err)
	return err
}
