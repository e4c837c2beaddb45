package clustertest

import (
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
)

// given are the addresses that were returned already.
var given sync.Map

// FreeAddr is a loopback address that no program listens on, to be listened on
// again and again. It is not among the ports that systems give to outgoing
// connections, so that none of those takes it while its owner is down, and it is
// returned once, so that no other test takes it either.
func FreeAddr() (string, error) {
	for range 100 {
		addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(15000+rand.IntN(15000)))
		if _, taken := given.LoadOrStore(addr, true); taken {
			continue
		}
		if l, err := net.Listen("tcp", addr); err == nil {
			return addr, l.Close()
		}
	}
	return "", errors.New("no free port was found")
}
