package examples_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"orglogin/handlers/token"
)

// Each program reads {name: [token, organization]} and tells {name: claims, or the error as text}.
const (
	inNode = `
import { verifier } from './identity.js'
import { readFileSync } from 'node:fs'
const verify = verifier({ issuer: process.argv[1] })
const reported = {}
for (const [name, [token, organization]] of Object.entries(JSON.parse(readFileSync(0, 'utf8')))) {
  reported[name] = await verify(token, organization).catch((error) => String(error))
}
console.log(JSON.stringify(reported))`

	// Reads a token before its key leaked, and when the set is next fetched after.
	leakInPython = `
import sys, urllib.request
from identity import Verifier
issuer, token, organization = sys.argv[1:]
verifier = Verifier(issuer)
verifier.verify(token, organization)
urllib.request.urlopen(issuer + "/leaked").close()
verifier.keys.jwk_set_cache.lifespan = 0 # five minutes later
try:
    verifier.verify(token, organization)
except Exception:
    print("refused")`

	inPython = `
import json, sys
from identity import Verifier
verifier = Verifier(sys.argv[1])
reported = {}
for name, (token, organization) in json.load(sys.stdin).items():
    try:
        reported[name] = verifier.verify(token, organization)
    except Exception as error:
        reported[name] = repr(error)
print(json.dumps(reported))`
)

func TestNodeVerifies(t *testing.T) {
	dir := nodeApp(t)
	testVerifier(t, func(issuer string) *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), "node", "--input-type=module", "--eval", inNode, issuer)
		cmd.Dir = dir
		return cmd
	})
}

func TestPythonVerifies(t *testing.T) {
	python := pythonWithJWT(t)
	testVerifier(t, func(issuer string) *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), python, "-B", "-c", inPython, issuer) // -B: nothing is left in the folder
		cmd.Dir = "python"
		return cmd
	})
}

// I7: a key that has left the set is trusted no longer than a copy of the set is.
func TestPythonForgetsAKeyThatLeaked(t *testing.T) {
	i, next := newIssuer(t), newIssuer(t)
	leaked, _ := i.signer(t, token.Config{}).KeySet()
	after, _ := next.signer(t, token.Config{}).KeySet()
	var gone atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/leaked":
			gone.Store(true)
		case gone.Load():
			_, _ = w.Write(after)
		default:
			_, _ = w.Write(leaked)
		}
	}))
	defer server.Close()
	raw := i.sign(t, token.Config{Issuer: server.URL}, atAcme)
	cmd := exec.CommandContext(t.Context(), pythonWithJWT(t), "-B", "-c", leakInPython, server.URL, raw, acme)
	cmd.Dir = "python"
	out, err := cmd.CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) != "refused" {
		t.Errorf("%v\n%s", err, out)
	}
}

// testVerifier gives all tokens to one program, which knows the issuer and nothing else.
func testVerifier(t *testing.T, program func(issuer string) *exec.Cmd) {
	i := newIssuer(t)
	all := i.tokens(t)
	ask := map[string][2]string{}
	for name, p := range all {
		ask[name] = [2]string{p.token, p.organization}
	}
	text, err := json.Marshal(ask)
	if err != nil {
		t.Fatal(err)
	}
	cmd := program(i.url)
	var stderr bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewReader(text), &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	var reported map[string]any
	if err := json.Unmarshal(out, &reported); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for name, p := range all {
		t.Run(name, func(t *testing.T) {
			claims, accepted := reported[name].(map[string]any)
			if accepted != p.good || reported[name] == nil {
				t.Fatalf("%v", reported[name])
			}
			if accepted && (claims["sub"] != ann || claims["org_id"] != acme || claims["org_role"] != "owner" || claims["email"] != "ann@acme.test") {
				t.Errorf("%v", claims)
			}
		})
	}
}

// nodeApp is a copy of the folder node with what it depends on.
func nodeApp(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"node", "npm"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Fatalf("%s is not installed: Debian and Ubuntu have it in the packages nodejs and npm (18 or later)", name)
		}
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("node")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v (it needs npm's cache, or a way to the registry)\n%s", err, out)
	}
	return dir
}

// pythonWithJWT finds a Python that has PyJWT: the system's, or that of PATH.
func pythonWithJWT(t *testing.T) string {
	t.Helper()
	candidates := []string{"/usr/bin/python3", "python3"}
	i := slices.IndexFunc(candidates, func(python string) bool {
		return exec.CommandContext(t.Context(), python, "-c", "import jwt, cryptography").Run() == nil
	})
	if i < 0 {
		t.Fatal("no python3 has PyJWT and cryptography: Debian and Ubuntu have them in the packages python3-jwt and python3-cryptography")
	}
	python, err := exec.LookPath(candidates[i])
	if err != nil {
		t.Fatal(err)
	}
	if python, err = filepath.Abs(python); err != nil {
		t.Fatal(err)
	}
	return python
}
