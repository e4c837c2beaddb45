package clustertest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"orglogin/store/postgres/pgtest"
)

// tellPostgres sends a signal to every process of a server, the first one
// first: stopped, it makes no more.
func tellPostgres(server *pgtest.Server, s syscall.Signal) error {
	text, err := os.ReadFile(filepath.Join(server.Dir, "data", "postmaster.pid"))
	if err != nil {
		return err
	}
	line, _, _ := bytes.Cut(text, []byte("\n"))
	first, err := strconv.Atoi(string(line))
	if err != nil {
		return err
	}
	if err := syscall.Kill(first, s); err != nil {
		return err
	}
	children, err := childrenOf(first)
	if err != nil {
		return err
	}
	for _, pid := range children {
		if err := syscall.Kill(pid, s); err != nil && !errors.Is(err, syscall.ESRCH) { // it has just ended
			return err
		}
	}
	return nil
}

// childrenOf asks Linux, which tells a parent after the last parenthesis of
// /proc/PID/stat (proc(5)).
func childrenOf(parent int) ([]int, error) {
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	var children []int
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has just ended
		}
		fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
		if len(fields) < 2 || string(fields[1]) != strconv.Itoa(parent) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil {
			return nil, err
		}
		children = append(children, pid)
	}
	if len(children) == 0 {
		return nil, fmt.Errorf("process %d has no children", parent)
	}
	return children, nil
}
