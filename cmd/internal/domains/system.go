package domains

import (
	"net"
	"os"
	"strings"
)

// Server is HOST:PORT of the DNS server to ask: the one of DNS_RESOLVER, or the system's where that is empty.
func Server(configured string) string {
	if configured != "" {
		return configured
	}
	return systemServer()
}

// systemServer is the first name server of /etc/resolv.conf, or that of this machine.
func systemServer() string {
	text, _ := os.ReadFile("/etc/resolv.conf") // without it the default of resolv.conf(5) holds
	return nameServer(string(text))
}

func nameServer(resolvConf string) string {
	for line := range strings.Lines(resolvConf) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "nameserver" {
			return net.JoinHostPort(fields[1], "53")
		}
	}
	return "127.0.0.1:53"
}
