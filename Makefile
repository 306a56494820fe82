# Every rule calls a script that can as well be run by hand.
.DEFAULT_GOAL := help
.PHONY: help run test check format bench tsan asan fuzz soak schemas install clean bootstrap \
	engines-portable

PREFIX ?= /usr/local
DESTDIR ?=

help: ## List these targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: bootstrap ## Build for release and run every service in the foreground.
	Scripts/swift build -c release
	Scripts/make-demo-store .build/store
	BATON_ENGINE_PREFIX="$$(Scripts/prefix)" BATON_MODEL_STORE="$$PWD/.build/store" \
		exec .build/release/baton up

test: bootstrap ## Build and run every test.
	Scripts/test

check: bootstrap ## Check format, scripts, warnings, imports and the repository's rules.
	Scripts/check

format: ## Format every Swift file in place.
	Scripts/format

bench: bootstrap ## Build for release and run the benchmarks.
	Scripts/swift build -c release
	Benchmarks/run

tsan: bootstrap ## Build and run the tests with the thread sanitizer.
	Scripts/sanitize thread

asan: bootstrap ## Build and run the tests with the address sanitizer.
	Scripts/sanitize address

fuzz: bootstrap ## Give every fuzz target new inputs for FUZZ_SECONDS (60).
	Fuzz/run

soak: bootstrap ## Try many more lists of events, kill engines and managers under load: 16 minutes or so.
	Scripts/swift build -c release
	Tests/Soak/engine-kills
	Tests/Soak/manager-kills
	BATON_TEST_SEEDS=1500 BATON_TEST_DEPTH=4 Scripts/swift test --disable-xctest --filter 'Scheduler(Random|Exhaustive)'

schemas: bootstrap ## Build for release and hold every service against its OpenAPI document.
	Scripts/swift build -c release
	Tests/Schemas/run

install: bootstrap ## Build for release and install below DESTDIR and PREFIX (/usr/local).
	Scripts/swift build -c release
	Scripts/install '$(DESTDIR)' '$(PREFIX)'

engines-portable: ## Build llama.cpp for every processor of this architecture, as packages hold it.
	@Scripts/bootstrap --portable

clean: ## Remove what building made; the engine prefix stays.
	rm -rf .build .build-*

bootstrap:
	@Scripts/bootstrap
