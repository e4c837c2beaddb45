package clustertest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// process is one child and what it wrote.
type process struct {
	cmd    *exec.Cmd
	leash  *os.File
	out    *output
	exited chan struct{}
	err    error // of its end, once exited is closed
}

// leashed runs a program that dies when the other end of its standard input
// closes, which is when we die, in whatever way. A line lets it go instead.
const leashed = `exec 3<&0; (read line <&3 && exit; kill -KILL $$) >/dev/null 2>&1 & exec "$@" 3<&- </dev/null`

// spawn starts a program. What it is at the start is the shell above, with the
// same process id.
func spawn(dir string, env []string, name string, args ...string) (*process, error) {
	p := &process{
		cmd:    exec.Command("/bin/sh", append([]string{"-c", leashed, "sh", name}, args...)...),
		out:    &output{},
		exited: make(chan struct{}),
	}
	p.cmd.Dir, p.cmd.Env = dir, env
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.out
	// Not StdinPipe: that one is closed at the end of the process, and its number
	// may be another's by then.
	other, leash, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	p.leash, p.cmd.Stdin = leash, other
	err = errors.Join(p.cmd.Start(), other.Close())
	if err != nil {
		return nil, errors.Join(err, leash.Close())
	}
	go func() {
		p.err = p.cmd.Wait()
		_, _ = p.leash.WriteString("\n")
		_ = p.leash.Close()
		close(p.exited)
	}()
	return p, nil
}

// until waits for ready, for at most a minute.
func (p *process) until(ready func() error) error {
	var err error
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if err = ready(); err == nil {
			return nil
		}
		select {
		case <-p.exited:
			return fmt.Errorf("%s ended: %w\n%s", p.name(), errors.Join(p.err, err), p.out)
		default:
		}
	}
	return fmt.Errorf("%s does not get ready: %w\n%s", p.name(), err, p.out)
}

func (p *process) name() string { return filepath.Base(p.cmd.Args[4]) }

func (p *process) signal(s os.Signal) error { return p.cmd.Process.Signal(s) }

// end sends a signal and waits for the end, whose error it returns. After a
// minute it kills.
func (p *process) end(s os.Signal) error {
	if err := p.signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-p.exited:
	case <-time.After(time.Minute):
		_ = p.signal(os.Kill)
		<-p.exited
		return fmt.Errorf("%s did not end within a minute of %v", p.name(), s)
	}
	var exit *exec.ExitError
	if errors.As(p.err, &exit) {
		if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() && status.Signal() == s {
			return nil // as it was asked to
		}
	}
	return p.err
}

// output is what a process wrote so far.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}
