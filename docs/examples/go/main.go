// An app in Go behind the proxy: who the person is, is in the headers that the proxy sets, and no client can.
//
//	ADDR=127.0.0.1:3000 go run ./docs/examples/go
package main

import (
	"cmp"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"
)

// Visitor is who came, as the login service answered the proxy.
type Visitor struct {
	ID             string // of the person: the same for ever, whatever becomes of the address
	Email          string // to show, never a key
	OrganizationID string // of the host asked; what belongs to it is kept under this
	Role           string // owner, admin, member, or a word of your own
	SessionID      string // of this login: what must end with it is kept under this
}

// behindProxy lets a request pass with its visitor. Without one the proxy was gone round, or is not set up.
func behindProxy(next func(http.ResponseWriter, *http.Request, Visitor)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := Visitor{
			ID: r.Header.Get("Remote-User"), Email: r.Header.Get("Remote-Email"),
			OrganizationID: r.Header.Get("X-Org-Id"), Role: r.Header.Get("X-Org-Role"), SessionID: r.Header.Get("X-Session-Id"),
		}
		if v.ID == "" || v.OrganizationID == "" {
			http.Error(w, "no identity header", http.StatusForbidden)
			return
		}
		w.Header().Set("Cache-Control", "private, no-store") // one person's page is not another's
		next(w, r, v)
	})
}

func hello(w http.ResponseWriter, r *http.Request, v Visitor) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintf(w, "%s is %s of %s at %s\n", v.Email, v.Role, v.OrganizationID, r.URL.Path)
}

func main() {
	server := &http.Server{
		Addr:    cmp.Or(os.Getenv("ADDR"), "127.0.0.1:3000"), // where only the proxy reaches it
		Handler: behindProxy(hello), ReadHeaderTimeout: 5 * time.Second,
	}
	log.Fatal(server.ListenAndServe())
}
