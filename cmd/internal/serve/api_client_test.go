package serve

import (
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// A client that openapi-typescript generates from the running API does everything, checked by TypeScript.
func TestAGeneratedClientDoesEverything(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/apiclient")); err != nil {
		t.Fatal(err)
	}
	w := startAPI(t, onPostgres(t))
	n := w.fill("acme")
	w.fill("globex")
	w.fill("umbrella")
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: "api"}) // fetch knows no sockets
	proxy.Transport = w.client.Transport
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	environ := append(os.Environ(), "API="+server.URL, "TOKEN="+w.token, "USER="+n.user, "SESSION="+n.session, "REQUEST="+n.request)
	for _, line := range []string{
		"npm ci --ignore-scripts --no-audit --no-fund --prefer-offline",
		"npx --no-install openapi-typescript " + server.URL + "/openapi.json -o api.d.ts",
		"npx --no-install tsc --strict --skipLibCheck --target es2022 --lib es2022,dom --module nodenext client.ts",
		"node client.js",
	} {
		words := strings.Fields(line)
		cmd := exec.CommandContext(t.Context(), words[0], words[1:]...)
		cmd.Dir, cmd.Env = dir, environ
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v (node and npm 20 or later are needed, and npm's cache or a way to the registry)\n%s", line, err, out)
		}
	}
}
