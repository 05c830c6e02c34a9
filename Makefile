# Everything that a person or a machine starts here. `make` alone tells what there is.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

# The module binary travels to hosts: Swift's library inside, symbols out.
RELEASE_FLAGS := --configuration release --static-swift-stdlib -Xlinker -s
PACKAGES := Tests/Support/packages.sh

##@ Use
.PHONY: demo demo-clean build collection docs
demo: packages-demo python build collection ## deploy the town hall's database here, back it up, break it, restore it
	inventories/demo/demo.sh run

demo-clean: ## stop and remove the demonstration: server, data, journals, reports
	inventories/demo/demo.sh clean

build: packages-build ## release binaries in .build/release, static and stripped
	mkdir -p .build/static
	ln -sf "$$(clang -print-file-name=libstdc++.a)" .build/static/
	swift build $(RELEASE_FLAGS)

collection: build python ## installable tarball of vigie.dba in dist/, with the binary of this architecture
	ansible/build-collection.sh

docs: build ## documentation stubs and reference pages, from the modules' declarations
	ansible/generate-stubs.sh
	Tests/Support/reference.sh write

##@ Develop
.PHONY: setup python debug test test-crash test-unit fuzz bench format lint clean
setup: packages-test python ## install what is missing: Debian packages, Python environment with Ansible

python:
	ansible/setup.sh

debug: packages-build ## debug build of everything, tests included
	swift build --build-tests

test: packages-test python build ## every suite; the last line is the total
	Tests/run.sh

test-crash: packages-test build ## a million kills of random runs, then of real processes (CRASH_SCENARIOS=8000)
	Tests/Support/crash.sh $(CRASH_SCENARIOS)

test-unit: packages-build ## unit and tidy tests only: no server, no Ansible
	swift test

fuzz: packages-build ## random documents and journals for a minute, guided by coverage (FUZZ_SECONDS=60)
	Tests/Support/fuzz.sh

bench: packages-test python build collection ## our modules and the runbook executor beside their peers (BENCH=modules or runbook)
	Tests/Bench/run.sh $(BENCH)

format: ## let swift format rewrite the sources
	swift format --in-place --recursive Package.swift Sources Tests

lint: ## what swift format refuses
	Tests/Support/lint.sh

clean: ## remove build output (the demonstration stays: `make demo-clean`)
	rm -rf .build dist ansible/collections/ansible_collections/vigie/dba/plugins/native

.PHONY: packages-build packages-demo packages-test
packages-build packages-demo packages-test: packages-%:
	@$(PACKAGES) $*

.PHONY: help
help:
	@awk 'BEGIN { FS = ":.*## " } \
	    /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	    /^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile
