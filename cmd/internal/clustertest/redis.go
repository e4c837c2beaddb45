package clustertest

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// Redis is a private redis-server that keeps nothing on the disk.
type Redis struct {
	Addr string

	dir     string
	process *process
}

// NewRedis starts one.
func NewRedis() (*Redis, error) {
	dir, err := os.MkdirTemp("", "redis")
	if err != nil {
		return nil, err
	}
	r := &Redis{dir: dir}
	if r.Addr, err = FreeAddr(); err == nil {
		err = r.Start()
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return r, nil
}

// URL is how a client connects.
func (r *Redis) URL() string { return "redis://" + r.Addr }

// Start starts a server that was killed, empty, and waits until it answers.
func (r *Redis) Start() error {
	program, err := exec.LookPath("redis-server")
	if err != nil {
		return fmt.Errorf("tools/install-test-deps installs redis-server: %w", err)
	}
	_, port, err := net.SplitHostPort(r.Addr)
	if err != nil {
		return err
	}
	r.process, err = spawn(r.dir, os.Environ(), program,
		"--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", r.dir)
	if err != nil {
		return err
	}
	return r.process.until(r.ping)
}

func (r *Redis) ping() error {
	conn, err := net.DialTimeout("tcp", r.Addr, time.Second)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(time.Second)); err != nil {
		return err
	}
	if _, err := conn.Write([]byte("PING\r\n")); err != nil {
		return err
	}
	pong := make([]byte, len("+PONG\r\n"))
	_, err = io.ReadFull(conn, pong)
	return err
}

// Kill ends the server as a crash would.
func (r *Redis) Kill() error { return r.process.end(os.Kill) }

// Hang lets the server accept and never answer, until Resume.
func (r *Redis) Hang() error { return r.process.signal(syscall.SIGSTOP) }

// Resume ends Hang.
func (r *Redis) Resume() error { return r.process.signal(syscall.SIGCONT) }

// Close ends the server, hanging or not, and removes its directory.
func (r *Redis) Close() error { return errors.Join(r.Kill(), os.RemoveAll(r.dir)) }
