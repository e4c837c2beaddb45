# The commands of this repository. `make` alone lists them.
.POSIX:
.DEFAULT_GOAL := help
.PHONY: help demo build release releasable image test test-all check fuzz bench load soak clean

TOOL     = go tool -modfile=tools/go.mod
FUZZTIME = 30s

# The race detector, without the C code of SQLite and of its C library that a program translated to Go: it is not ours, and
# with the detector it takes three times the time. Go code that calls it keeps the detector.
RACE = -race -gcflags=modernc.org/sqlite/lib=-race=false -gcflags=modernc.org/libc=-race=false

help: ## Lists the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' Makefile

demo: ## The whole product on this machine, with only Go
	go run ./cmd/demo

build: ## A static binary, ./orglogin
	CGO_ENABLED=0 go build -trimpath -o orglogin ./cmd/orglogin

release: releasable ## make release VERSION=0.1.0 [MAINTAINER='NAME <ADDRESS>']: binaries, SBOMs, Debian packages, checksums in dist/
	rm -rf dist.new
	tools/release "$(VERSION)" dist.new
	rm -rf dist
	mv dist.new dist

image: releasable ## make image VERSION=0.1.0: the image, orglogin:VERSION
	docker build -t "orglogin:$(VERSION)" --build-arg VERSION="$(VERSION)" --build-arg COMMIT="$$(git rev-parse HEAD)" \
	  --build-arg DATE="$$(TZ=UTC0 git log -1 --date=format-local:%Y-%m-%dT%H:%M:%SZ --format=%cd)" .

releasable:
	@printf '%s\n' "$(VERSION)" | grep -Eqx '[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z]+([.-][0-9A-Za-z]+)*)?' || \
	  { echo 'VERSION is "$(VERSION)", not like 0.1.0 or 0.2.0-rc.1'; exit 1; }
	@[ -z "$$(git status --porcelain)" ] || { echo "commit or remove first, a release is that of a commit:"; git status --short; exit 1; }

# The packages in DRIVERS start programs and browsers or read the source. They run without the race detector, which would
# only make those programs slow: the other packages test the same code with it. The cluster is several instances asked what
# happens within a second, so it has the machine to itself. The rest waits for programs that it starts a third of its time,
# so three packages run at once on two cores, and the LONG ones begin first. `make check` has run vet.
DRIVERS = -e /cmd/orglogin$$ -e /cmd/demo$$ -e /cmd/internal/archtest$$ -e /cmd/internal/oidcattack$$ -e /docs/
ALONE   = -e /cmd/internal/clustertest$$
LONG    = ./store/postgres ./store/cache ./handlers

test: ## Everything: installs what the tests need, checks, tests with the race detector; ends in PASS or FAIL
	@if tools/install-test-deps && make check && \
	  go test -vet=off -p 3 -timeout 15m $$(go list ./... | grep $(DRIVERS)) && \
	  go test $(RACE) -vet=off -p 3 -timeout 15m $(LONG) $$(go list ./... | grep -v $(DRIVERS) $(ALONE)) && \
	  go test -vet=off -parallel 4 -timeout 15m ./cmd/internal/clustertest; \
	then echo PASS; else echo FAIL; exit 1; fi

# What takes too long for make test has the build tag `all` and a name that begins with TestAll.
ALL = $$(grep -rl --include='*_test.go' '^//go:build all$$' cmd docs handlers redirect store templates | xargs -n 1 dirname | sort -u | sed 's|^|./|')

test-all: test ## Also what takes long: Helm and Traefik are built and run, releases are built twice, every page in every view
	go -C tools/chart test ./...
	go test -tags all -run '^TestAll' -p 1 -timeout 1h $(ALL)

check: ## vet, staticcheck, gofumpt
	go vet ./...
	$(TOOL) staticcheck ./...
	@unformatted=$$($(TOOL) gofumpt -l cmd handlers redirect store templates docs) || exit 1; \
	if [ -n "$$unformatted" ]; then echo "gofumpt would change:"; echo "$$unformatted"; exit 1; fi

fuzz: ## Every fuzz target for FUZZTIME (30s); what it finds stays in testdata
	@for package in $$(go list ./...); do \
	  for target in $$(go test -list '^Fuzz' "$$package" | grep '^Fuzz'); do \
	    echo "$$package $$target"; \
	    go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) "$$package" || exit 1; \
	  done; \
	done

bench: ## Every benchmark, with allocations
	go test -run '^$$' -bench . -benchmem -p 1 ./...

load: ## What a login and a verify cost, beside a bare relying party, in one run
	go run ./cmd/internal/load

soak: ## Hours: all tests 20 times in random order, each fuzz target, a misbehaving provider and every fault for ten minutes
	go test $(RACE) -shuffle=on -count=20 -p 2 -timeout 8h ./...
	go test -run TestAProviderThatMisbehaves -timeout 1h ./cmd/internal/clustertest -soak 10m
	go test -run TestFaultsUnderLoad -timeout 1h -v ./cmd/internal/clustertest -soak 10m
	$(MAKE) fuzz FUZZTIME=10m

clean: ## Removes what building left
	rm -f orglogin demo
	rm -rf dist dist.new
