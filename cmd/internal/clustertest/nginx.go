package clustertest

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// nginxConfig passes every host on as it came, to the next instance in turn.
// What an instance did not take (it is down, or closed the connection that was
// kept) goes to another one, as nginx does for GET by default.
const nginxConfig = `
daemon off;
master_process off;
pid nginx.pid;
error_log stderr crit;
events { worker_connections 4096; }
http {
	access_log off;
	client_body_temp_path body;
	proxy_temp_path proxy;
	fastcgi_temp_path fastcgi;
	uwsgi_temp_path uwsgi;
	scgi_temp_path scgi;
	upstream orglogin {
%s		keepalive 64;
	}
	server {
		listen %s backlog=4096;
		proxy_http_version 1.1;
		proxy_set_header Connection '';
		proxy_set_header Host $http_host;
		proxy_set_header X-Forwarded-For $remote_addr;
		location = /nginx-is-ready { return 204; }
		location / { proxy_pass http://orglogin; }
	}
}
`

// startNginx listens at addr before the instances.
func startNginx(dir, addr string, instances []*Instance) (*process, error) {
	program, err := exec.LookPath("nginx")
	if err != nil {
		// Debian keeps it off the PATH of those who are not root.
		if program, err = exec.LookPath("/usr/sbin/nginx"); err != nil {
			return nil, fmt.Errorf("tools/install-test-deps installs nginx: %w", err)
		}
	}
	var servers strings.Builder
	for _, i := range instances {
		// No time out of the rotation after a failure: the next request tries again.
		fmt.Fprintf(&servers, "\t\tserver %s max_fails=0;\n", i.Addr)
	}
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, fmt.Appendf(nil, nginxConfig, servers.String(), addr), 0o600); err != nil {
		return nil, err
	}
	p, err := spawn(dir, os.Environ(), program, "-p", dir, "-c", file, "-e", "stderr")
	if err != nil {
		return nil, err
	}
	return p, p.until(func() error { return answers("http://"+addr+"/nginx-is-ready", http.StatusNoContent) })
}

func answers(url string, want int) error {
	resp, err := http.Get(url)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != want {
		return fmt.Errorf("%s: %s", url, resp.Status)
	}
	return nil
}
