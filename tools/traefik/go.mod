// Traefik, which no distribution has as a package: ./build makes it from these two modules, to run the files of docs/deploy in it
// (make test-all).
module orglogin/tools/traefik

go 1.26.0

require (
	github.com/go-acme/lego/v5 v5.4.1
	github.com/traefik/traefik/v3 v3.7.13
)
