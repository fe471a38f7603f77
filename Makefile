# Every verb works from a fresh clone: what it needs is set up first, in .venv or, where that is much less, below build.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= $(or $(shell ./.ci/python),$(error Nothing can be set up without it))
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
DEMO := build/demo-venv
EXTRAS := cli,emulator,fast,jobs
OTHER := build/test-venv
LOWEST := build/lowest-venv

.PHONY: $(shell sed -n "s/^\([a-z-]*\):.*\#\#.*/\1/p" Makefile)

help:  ## List the verbs
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

install: $(INSTALLED)  ## Set up .venv with everything that development needs

$(INSTALLED): pyproject.toml postmark_sdk/_version.py .ci/python
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable ".[$(EXTRAS)]" --group codegen --group test --group check
	@touch $@

$(DEMO)/.installed: pyproject.toml .ci/python tests/packaging/bare.py
	$(PYTHON) -m tests.packaging.bare $(DEMO) emulator
	@touch $@

generate: $(INSTALLED)  ## Compile spec/postmark.yaml into postmark_sdk/_generated
	$(BIN)/python -m codegen generate

check-generated: $(INSTALLED)  ## Prove that the generated files are those of the description
	$(BIN)/python -m codegen check

format: $(INSTALLED)  ## Lay out the code
	$(BIN)/ruff check --quiet --fix-only .
	$(BIN)/ruff format --quiet .

lint: $(INSTALLED)  ## Check style, the layout, and which room imports which
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/lint-imports

types: $(INSTALLED)  ## Check types with mypy and pyright, those of the documentation's examples too
	$(BIN)/mypy
	$(BIN)/pyright
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/pyright --verifytypes postmark_sdk --ignoreexternal
	$(BIN)/python -m tests.docs.examples

test: $(INSTALLED)  ## Run the tests
	$(BIN)/python -m pytest -q -n auto

test-aiohttp: $(INSTALLED)  ## Run the tests with the async client over httpx-aiohttp
	POSTMARK_TEST_TRANSPORT=aiohttp $(BIN)/python -m pytest -q -n auto $(TESTS)

test-other:  ## Run the tests on another Python: make test-other PYTHON=python3.10
	$(PYTHON) -m venv --clear $(OTHER)
	$(OTHER)/bin/python -m pip install --quiet --upgrade "pip>=25.1"
	$(OTHER)/bin/python -m pip install --quiet --editable ".[$(EXTRAS)]" --group test
	$(OTHER)/bin/python -m pytest -q -n auto $(TESTS)

test-lowest:  ## Run the tests with the lowest versions that pyproject.toml admits, on the oldest Python there is
	$$(.ci/python 3.10 3.11) -m venv --clear $(LOWEST)
	$(LOWEST)/bin/python -m pip install --quiet --upgrade "pip>=25.1"
	$(LOWEST)/bin/python -m tests.packaging.lowest > $(LOWEST)/constraints.txt
	$(LOWEST)/bin/python -m pip install --quiet --editable ".[$(EXTRAS)]" --group test --constraint $(LOWEST)/constraints.txt
	$(LOWEST)/bin/python -m pytest -q -n auto $(TESTS)

check: check-generated lint types security test build  ## Everything that must hold before a commit

faults: $(INSTALLED)  ## Send to a server that fails in every way; nothing may be doubled, hidden or swapped
	$(BIN)/python -m tests.faults

jobs-faults: $(INSTALLED)  ## Kill those who work on a ledger 200 times; nothing may be doubled or lost
	$(BIN)/python -m tests.jobs.faults

proof: $(INSTALLED)  ## Run schemathesis and clients of others against the emulator
	$(BIN)/python -m pip install --quiet --group proof
	$(BIN)/python -m pytest -q -m proof tests/emulator_proof

fuzz: $(INSTALLED)  ## Read 100,000 answers as no server should write them
	$(BIN)/python -m fuzz.mutations 100000

fuzz-guided: $(INSTALLED)  ## The same, guided by coverage: a minute for each target
	$(BIN)/python -m pip install --quiet --group fuzz
	for target in decoder errors dates; do $(BIN)/python -m fuzz.guided $$target -max_total_time=60; done

soak: $(INSTALLED)  ## Threads, forks, loops and faults together for two minutes; then 250,000 messages
	$(BIN)/python -m tests.core.call.soak
	$(BIN)/python -m tests.core.paging.quarter_million

security: $(INSTALLED)  ## Look for insecure patterns
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive postmark_sdk

build: $(INSTALLED)  ## Build the wheel and the source archive into dist
	rm -rf dist
	$(BIN)/python -m build --no-isolation --outdir dist .

api: $(INSTALLED)  ## Record the public API for the release that is being made
	mkdir -p build
	$(BIN)/python -m tests.packaging.api > build/api.txt
	mv build/api.txt tests/packaging/api.txt

release: $(INSTALLED)  ## Write what a release says and consists of into build/release: make release TAG=v1.2.3
	rm -rf build/release && mkdir -p build/release
	$(BIN)/python -m tests.packaging.release $(TAG) > build/release/notes.md
	$(BIN)/python -m pip install --quiet --group release
	$(PYTHON) -m venv build/release/venv
	build/release/venv/bin/python -m pip install --quiet .
	build/release/venv/bin/python -m pip uninstall --quiet --yes pip setuptools
	$(BIN)/cyclonedx-py environment --output-reproducible --pyproject pyproject.toml --output-file build/release/sbom.json build/release/venv
	rm -rf build/release/venv

demo: $(DEMO)/.installed  ## Send mail, sync and async, to a local Postmark and find it again
	PYTHONPATH=. $(DEMO)/bin/python examples/demo.py

demo-live: $(DEMO)/.installed  ## The same against the real API; POSTMARK_SERVER_TOKEN and POSTMARK_SENDER_EMAIL, else its test token
	PYTHONPATH=. $(DEMO)/bin/python examples/demo.py --live

emulator: $(DEMO)/.installed  ## Run a local Postmark
	$(DEMO)/bin/python -m postmark_sdk.emulator

screenshots: $(INSTALLED)  ## Write pictures of the command line and the emulator's inbox to docs (needs Debian's chromium)
	$(BIN)/python tests/cli/screenshots.py
	$(BIN)/python tests/emulator/inbox/screenshots.py

bench: $(INSTALLED)  ## Measure against bare httpx and other clients, side by side
	$(BIN)/python -m benchmarks
	$(BIN)/python -m benchmarks.iteration
	$(BIN)/python -m benchmarks.webhooks

bench-emulator: $(INSTALLED)  ## Measure how many mails a second the emulator takes
	$(BIN)/python -m benchmarks.emulator

bench-jobs: $(INSTALLED)  ## Measure what adding and sending jobs costs, and how large the ledger gets
	$(BIN)/python -m benchmarks.jobs

docs: $(INSTALLED)  ## Build the pages into build/docs
	$(BIN)/python -m pip install --quiet --group docs
	$(BIN)/python -m sphinx --fail-on-warning --keep-going --quiet --builder html docs build/docs

clean:  ## Remove what the other verbs made
	rm -rf $(VENV) dist build .import_linter_cache .mypy_cache .pytest_cache .ruff_cache .hypothesis
