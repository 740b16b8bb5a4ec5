# Every target works on a fresh machine: what is missing is installed first.
# `make help` lists the targets.

SHELL := /bin/bash
PATH := /opt/swift/usr/bin:$(PATH)
export PATH
PREFIX ?= /usr/local
BUILD := swift build -c release -Xswiftc -gnone --static-swift-stdlib
BINARY = .build/release/remora
COMPANION = .build/release/companion

.PHONY: help setup build companion image demo test unit simulate e2e check format fuzz bench bench-engine bench-api bench-proxy bench-logs bench-roles \
	install clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install the Debian packages that building, running and testing need
	@Scripts/setup build run test

build: setup ## build the release binary
	@$(BUILD) --product remora
	@mkdir -p bin && ln -sf ../$(BINARY) bin/remora

companion: setup ## build the companion, a static binary
	@$(BUILD) --product companion
	@strip --strip-all -o $(COMPANION)-stripped $(COMPANION)
	@mkdir -p bin && ln -sf ../$(COMPANION)-stripped bin/companion

image: companion ## make the companion's OCI image, build/companion.oci
	@Scripts/image

demo: build ## run the first pod of the tour and watch it come and go
	@Scripts/demo

test: setup ## build and run every test (what CI runs)
	@Scripts/test

check: setup ## format, warnings, imports: the house rules
	@Scripts/check

format: ## rewrite the sources in the house format
	@swift-format format -i -r Sources Tests Fuzz Package.swift

fuzz: setup ## feed the parsers with what a fuzzer comes up with, a minute each
	@Scripts/fuzz

bench: bench-engine bench-api bench-proxy bench-logs bench-roles ## measure against the peers

bench-engine: build ## a pod's life: podman, bare crun and remora, interleaved
	@Scripts/setup bench
	@Scripts/bench-engine

bench-api: build ## the API: lists, watches and memory with many objects
	@Scripts/bench-api

bench-proxy: companion ## the companion's proxy, nginx, HAProxy and Envoy, interleaved
	@Scripts/setup bench
	@Scripts/bench-proxy

bench-logs: companion ## shipping logs: the companion and rsyslog, interleaved
	@Scripts/setup bench
	@Scripts/bench-logs

bench-roles: companion ## the small roles, and prometheus-nginx-exporter on the same nginx
	@Scripts/setup bench
	@Scripts/bench-roles

install: build companion ## install both binaries to $(PREFIX)/bin
	@install -D -m 755 $(BINARY) $(DESTDIR)$(PREFIX)/bin/remora
	@install -D -m 755 $(COMPANION)-stripped $(DESTDIR)$(PREFIX)/bin/companion

clean: ## remove what the build made
	@rm -rf .build .build-* bin build
