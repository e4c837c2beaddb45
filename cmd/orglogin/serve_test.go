package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"orglogin/cmd/internal/config"
)

// TestServeAsAProcess runs the program as a supervisor does.
func TestServeAsAProcess(t *testing.T) {
	env := environ(t, map[string]string{
		"PUBLIC_URL": "http://login.example.localhost:8080", "APP_URL": "http://app.example.localhost:8080", "BASE_DOMAIN": "example.localhost",
		"OIDC_ISSUER":  "http://127.0.0.1:1",
		"DATABASE_URL": "sqlite:" + filepath.Join(t.TempDir(), "orglogin.db"),
		"LISTEN_ADDR":  "127.0.0.1:0", "ADMIN_LISTEN_ADDR": "127.0.0.1:0",
	})
	if out, err := program(t, env, "serve").CombinedOutput(); exitStatus(err) != exitFailed || !strings.Contains(string(out), "orglogin migrate") {
		t.Fatalf("serve on a database that is not migrated: %v\n%s", err, out)
	}
	if out, err := program(t, env, "migrate").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}

	serve := program(t, env, "serve")
	var log bytes.Buffer
	serve.Stderr = &log
	stdout, err := serve.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	out := bufio.NewReader(stdout)
	line, err := out.ReadString('\n')
	if err != nil {
		t.Fatalf("it ended: %v, %v\n%s", err, serve.Wait(), log.String())
	}
	address, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on 127.0.0.1:")
	if !ok || address == "0" {
		t.Fatalf("its first line is %q", line)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1:"+address+"/login", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Host = "login.example.localhost:8080"
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Errorf("/login answered %s", answer.Status)
	}

	for _, signal := range []os.Signal{syscall.SIGHUP, syscall.SIGTERM} {
		if err := serve.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
	}
	rest, err := io.ReadAll(out)
	if err != nil || len(rest) > 0 {
		t.Errorf("on standard output there is more: %q, %v", rest, err)
	}
	if err := serve.Wait(); err != nil {
		t.Errorf("SIGTERM ends it with %v\n%s", err, log.String())
	}
	messages := map[string]bool{}
	for line := range strings.Lines(log.String()) {
		var entry struct {
			Message string `json:"msg"`
		}
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatalf("a line of the log is no JSON: %q", line)
		}
		messages[entry.Message] = true
	}
	for _, want := range []string{"starting", "serving", "draining", "stopped"} {
		if !messages[want] {
			t.Errorf("the log does not say %q:\n%s", want, log.String())
		}
	}
}

// program is this very test, run as orglogin with env and nothing else.
func program(t *testing.T, env map[string]string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, self)
	cmd.Args = append([]string{"orglogin"}, args...)
	cmd.Env = []string{"GORACE=atexit_sleep_ms=0"}
	for name, value := range env {
		cmd.Env = append(cmd.Env, config.Prefix+name+"="+value)
	}
	return cmd
}

func exitStatus(err error) int {
	if exit, ok := err.(*exec.ExitError); ok {
		return exit.ExitCode()
	}
	return exitDone
}
