package clustertest

import (
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
)

// FreeAddr is a loopback address that nobody listens on, to be listened on
// again and again. It is not among the ports that systems give to outgoing
// connections, so that none of those takes it while its owner is down.
func FreeAddr() (string, error) {
	for range 100 {
		addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(15000+rand.IntN(15000)))
		if l, err := net.Listen("tcp", addr); err == nil {
			return addr, l.Close()
		}
	}
	return "", errors.New("no free port was found")
}
