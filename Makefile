# `make` alone lists what can be wished for. One command per wish; each sets up what it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
RUNS := $(VENV)/.runs
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help setup run test test-all test-faults test-services lint types contracts check docs check-deploy golden picture measured world schemas score lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | sort | awk -F'\t' '{printf "  %-12s %s\n", $$1, $$2}'

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Tocsin needs Python 3.11 or newer; say make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "making $(VENV) from locked dependencies, once; that takes a minute or two" >&2
	@$(PYTHON) -m venv $(VENV)

$(RUNS): requirements/run.txt requirements/build.txt pyproject.toml | $(BIN)/python
	@$(PIP) --require-hashes -r requirements/run.txt -r requirements/build.txt
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(READY): requirements/dev.txt pyproject.toml | $(BIN)/python
	@echo "installing what the tests and tools need too; that takes a few minutes" >&2
	@$(PIP) --require-hashes -r requirements/dev.txt
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

setup: $(READY) ## make the environment (.venv) from the locked dependencies

run: $(if $(wildcard $(READY)),$(READY),$(RUNS)) ## play the sample archive, then watch the configured feeds
	@$(BIN)/tocsin run --sample

test: setup ## run the tests (services that are missing are skipped by name)
	$(BIN)/python -m pytest -n auto --dist loadgroup -m "not slow"

test-services: setup ## fetch the Apache Kafka of the tests into the user's cache (needs java and mvn)
	$(BIN)/python -m tests.servers

test-faults: setup ## the slow fault and fuzz runs, in the share that CI has time for
	$(BIN)/python -m pytest -m slow

test-all: setup ## run all tests, the slow fault and fuzz runs too
	$(BIN)/python -m pytest -n auto --dist loadgroup

lint: setup ## ruff: rules and format
	$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: setup ## mypy, strict
	$(BIN)/mypy

contracts: setup ## import-linter: which way imports point
	$(BIN)/lint-imports --cache-dir .cache/import_linter

check: lint types contracts ## all that is checked without running

golden: setup ## accept the alerts the sample archive raises now (read the diff before committing it)
	$(BIN)/python -m tests.sample.golden

picture: setup ## draw the page's picture for the documentation anew (needs chromium)
	$(BIN)/python -m tests.dashboard.picture

measured: setup ## take the figures of the documentation into the page
	$(BIN)/python tools/measured.py

world: setup ## draw the page's map anew (needs npm)
	$(BIN)/python tools/draw_world.py

schemas: setup ## write the published schemas anew (docs/schemas/)
	for name in item story event alert webhook asyncapi; do $(BIN)/tocsin schema $$name > docs/schemas/$$name.v1.json; done

docs: setup ## build the documentation, strictly, into .cache/site
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet --strict

check-deploy: ## every manifest of deploy/ against the schema of its kind
	test -x .cache/deploy/bin/python || $(PYTHON) -m venv .cache/deploy
	.cache/deploy/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/deploy.txt
	.cache/deploy/bin/python deploy/check.py

score: setup ## the tagger against the gold texts
	$(BIN)/tocsin score

LOCK := uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-emit-index-url --no-header --no-annotate

lock: ## resolve the dependencies anew into requirements/ (needs uv)
	$(LOCK) pyproject.toml -o requirements/run.txt
	$(LOCK) --all-extras pyproject.toml -o requirements/full.txt
	$(LOCK) --all-extras --group dev pyproject.toml -o requirements/dev.txt
	$(LOCK) --group bench -o requirements/bench.txt
	$(LOCK) --group build -o requirements/build.txt
	$(LOCK) --group deploy -o requirements/deploy.txt

clean: ## remove the environment and the caches
	rm -rf $(VENV) .cache dist build .pytest_cache .ruff_cache .hypothesis
