package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"orglogin/store/postgres/pgtest"
)

// database tells what a PostgreSQL server has used: all its processes, those that write in
// the background too.
type database struct {
	postmaster int
}

func openDatabase(s *pgtest.Server) (database, error) {
	text, err := os.ReadFile(filepath.Join(s.Dir, "data", "postmaster.pid"))
	if err != nil {
		return database{}, err
	}
	line, _, _ := bytes.Cut(text, []byte("\n"))
	pid, err := strconv.Atoi(string(line))
	return database{pid}, err
}

// tick is the unit of the times in /proc/PID/stat.
const tick = 10 * time.Millisecond

// cpu is the time of the living children, which the kernel counts in nanoseconds, and of
// the dead ones, which it adds to their parent's.
func (d database) cpu() (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", d.postmaster))
	if err != nil {
		return 0, err
	}
	// Behind the name, which may hold anything: state, parent, … cutime and cstime are 16 and 17.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	var sum time.Duration
	for _, field := range fields[13:15] {
		ticks, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, err
		}
		sum += time.Duration(ticks) * tick
	}
	children, err := os.ReadFile(fmt.Sprintf("/proc/%[1]d/task/%[1]d/children", d.postmaster))
	if err != nil {
		return 0, err
	}
	for _, pid := range strings.Fields(string(children)) {
		text, err := os.ReadFile("/proc/" + pid + "/schedstat")
		if err != nil {
			continue // it has ended since
		}
		first, _, _ := strings.Cut(string(text), " ")
		ns, err := strconv.ParseInt(first, 10, 64)
		if err != nil {
			return 0, err
		}
		sum += time.Duration(ns)
	}
	return sum, nil
}
