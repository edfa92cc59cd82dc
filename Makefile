# Everything that CI calls, and everything a newcomer needs. `make` alone lists it.
PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run test nightly check bench docs wheels shots lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/.runtime: requirements.lock core/pyproject.toml $(wildcard themes/*/pyproject.toml) $(wildcard p*/*/pyproject.toml)
	@$(PYTHON) scripts/bootstrap.py runtime
	@touch $@

$(VENV)/.dev: requirements-dev.lock core/pyproject.toml $(wildcard themes/*/pyproject.toml) $(wildcard p*/*/pyproject.toml)
	@$(PYTHON) scripts/bootstrap.py dev
	@touch $@ $(VENV)/.runtime

setup: $(VENV)/.runtime ## create .venv and install, nothing else

setup-dev: $(VENV)/.dev ## the same with the tools for tests and checks

run: $(VENV)/.runtime ## a living demo county on http://127.0.0.1:8000 (HOST, PORT, ARGS="--profile wecun2019")
	@$(BIN)/cunli demo run --host $(HOST) --port $(PORT) $(ARGS)

test: $(VENV)/.dev ## the whole suite; PostgreSQL too where CUNLI_TEST_POSTGRES answers
	@$(BIN)/python scripts/test.py $(ARGS)

nightly: $(VENV)/.dev ## the long runs: thousands of chances, kills and rows, wheels alone (hours; NAME=market for one)
	@$(BIN)/python scripts/nightly.py $(NAME)

check: $(VENV)/.dev ## format, lint, strict types, import arrows, templates, generated docs
	@$(BIN)/python scripts/check.py

bench: $(VENV)/.dev ## measure pages against a bare response; results in bench/results/
	@$(BIN)/python -m bench $(ARGS)

docs: $(VENV)/.dev ## regenerate the generated part of docs/ and build all of it into site/
	@$(BIN)/python scripts/docs.py
	@$(BIN)/python scripts/docs_site/build.py

wheels: $(VENV)/.dev ## build a wheel of every distribution into dist/
	@$(BIN)/python scripts/wheels.py

shots: $(VENV)/.dev ## screenshots of every page in four modes into shots/
	@$(BIN)/python scripts/shots.py $(ARGS)

lock: $(VENV)/.dev ## resolve again and rewrite both lock files (needs uv)
	@$(BIN)/python scripts/lock.py

clean: ## remove .venv, caches and dist (never var/)
	rm -rf $(VENV) dist site .mypy_cache .ruff_cache .pytest_cache
