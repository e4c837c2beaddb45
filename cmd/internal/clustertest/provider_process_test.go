package clustertest

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"syscall"
	"testing"
)

// The program of these tests is a provider too, when it gets an address.
const (
	issuerVariable = "FLEET_ISSUER"
	addrVariable   = "FLEET_ADDR"
)

// serveProvider is that program. It ends when it is killed.
func serveProvider(issuer, addr string) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	ProviderOn(l, issuer)
	select {}
}

// providerProcess is a provider that can be killed and stopped as a process is.
// After a start its keys are new and no login is under way there.
type providerProcess struct {
	Addr string

	issuer  string
	process *process
}

// newProviderProcess starts one behind a wire, where its issuer is.
func newProviderProcess(t *testing.T) (*providerProcess, *wire) {
	t.Helper()
	addr, err := FreeAddr()
	if err != nil {
		t.Fatal(err)
	}
	before := newWire(t, addr)
	p := &providerProcess{Addr: addr, issuer: "http://" + before.Addr}
	t.Cleanup(func() {
		if err := p.Kill(); err != nil {
			t.Error(err)
		}
	})
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	return p, before
}

// Start starts a provider that was killed.
func (p *providerProcess) Start() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	p.process, err = spawn("", append(os.Environ(), issuerVariable+"="+p.issuer, addrVariable+"="+p.Addr), self)
	if err != nil {
		return err
	}
	return p.process.until(func() error {
		return answers("http://"+p.Addr+"/.well-known/openid-configuration", http.StatusOK)
	})
}

func (p *providerProcess) Kill() error   { return p.process.end(os.Kill) }
func (p *providerProcess) Freeze() error { return p.process.signal(syscall.SIGSTOP) }
func (p *providerProcess) Thaw() error   { return p.process.signal(syscall.SIGCONT) }
