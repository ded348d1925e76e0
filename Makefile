# Two commands are all one needs on a fresh Debian 12 with Swift 6.3: `make run` and `make test`.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run build test examples api-check format lint bench bench-check bench-lab fuzz install-packages

# Set before the command: make run DOMAIN=voice.example PORT=5070
DATA ?= data
PORT ?= 5060

# Debian packages: to build, and to run all tests.
BUILD_PACKAGES := pkg-config libssl-dev libsqlite3-dev libmariadb-dev libc-ares-dev
TEST_PACKAGES := $(BUILD_PACKAGES) sip-tester mariadb-server mariadb-client openssl galera-4 rsync iproute2 \
	kamailio kamailio-mysql-modules dnsmasq-base baresip-core python3 python3-pip chromium socat nftables
# From PyPI: PJSUA, and a package that ships SIP.js.
TEST_WHEELS := pjsua2-python odoo-addon-voip-oca

# The backtracer can hang for minutes where a crash should only fail.
export SWIFT_BACKTRACE ?= enable=no
# So many tests at a time. All at once they only wait for each other, and have more than a thousand files open: Foundation's Process
# then reads past the end of a buffer (findMaximumOpenFromProcSelfFD).
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH ?= 8

help:  ## Prints these lines
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run:  ## Installs what is missing, builds, runs sipd with two demo accounts; prints how to register a phone
	@Scripts/install-packages $(BUILD_PACKAGES)
	@DATA="$(DATA)" PORT="$(PORT)" DOMAIN="$(DOMAIN)" Scripts/run-demo

build:  ## Builds everything for release
	@Scripts/install-packages $(BUILD_PACKAGES)
	swift build -c release

test: lint  ## Installs what the tests need, checks the format, runs all tests, and the examples
	@Scripts/install-packages $(TEST_PACKAGES)
	@Scripts/install-wheels $(TEST_WHEELS)
	swift build --build-tests
	swift test --skip-build
	@Examples/run

examples:  ## Builds the examples, runs their tests, lets each serve for a second
	@Scripts/install-packages $(BUILD_PACKAGES)
	@Examples/run

api-check:  ## Fails when the public API breaks that of the commit in .api-baseline
	@Scripts/install-packages $(BUILD_PACKAGES) python3
	@Scripts/api-check

format:  ## Formats all Swift files in place
	@Scripts/swift-files | xargs -0 swift format format --in-place --parallel

lint:  ## Checks the format of all Swift files
	@Scripts/swift-files | xargs -0 swift format lint --strict --parallel

bench:  ## A line of JSON for each hot path: ns, instructions, allocations
	@Scripts/install-packages $(BUILD_PACKAGES) python3 valgrind
	@Benchmarks/bench.py

bench-check:  ## Fails when a hot path takes 5 % more instructions than Benchmarks/Thresholds.json says
	@Scripts/install-packages $(BUILD_PACKAGES) python3 valgrind
	@Benchmarks/bench.py --check

fuzz:  ## Each fuzz target for FUZZ_SECONDS (60)
	@Scripts/install-packages $(BUILD_PACKAGES) python3
	@Fuzz/fuzz.py

bench-lab:  ## 10,000 registrations, 5,000 calls, 6,000 forks and cancels by SIPp through sipd; PEER=kamailio compares side by side
	@Scripts/install-packages $(TEST_PACKAGES) python3
	swift build -c release --product sipd
	python3 Benchmarks/Lab/lab.py --sipd "$$(swift build -c release --show-bin-path)/sipd" $(if $(PEER),--peer $(PEER))

install-packages:  ## Installs the Debian packages that building and testing need
	@Scripts/install-packages $(TEST_PACKAGES)
