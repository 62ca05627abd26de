# Everything a developer runs. `make demo` and `make test` need only make, git and a Python >= 3.11 with venv:
# the rest is installed into .venv from the lock files, and again whenever a lock file or pyproject.toml changes.
# LIXIAO_… variables of the caller (or of .env) pass through. More arguments: make test ARGS="-k sheet -x".

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help demo test check bench lock migration environment

PYTHON := .venv/bin/python
ARGS ?=

help: ## this list
	@sed -nE 's/^([a-z]+):[^#]*## (.*)/  make \1\t\2/p' Makefile | expand -t 16

demo: environment ## build a demonstration season in SQLite and serve it on http://127.0.0.1:8000
	@.venv/bin/lixiao demo $(ARGS)

test: environment ## all tests: SQLite, PostgreSQL when LIXIAO_TEST_POSTGRES holds a URL, the browser when Chromium is there
	@$(PYTHON) -m tests $(ARGS)

check: environment ## format, lint, types, and the quick tests of the project's structure
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m mypy
	@$(PYTHON) -m pytest -q tests/test_structure.py tests/test_settings.py

bench: environment ## the workloads beside SQL written by hand, as tables of ratios (nothing fails on a slow machine)
	@$(PYTHON) -m tests.benchmarks $(ARGS)

migration: environment ## write the migration that the models call for: make migration NAME=what_changed
	@$(PYTHON) -m models.migrate $(NAME)

# No index and no path of this machine may enter a lock file: whoever installs decides where packages come from.
PIP_COMPILE := $(PYTHON) -m piptools compile --quiet --generate-hashes --strip-extras --allow-unsafe --all-build-deps \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options
lock: export CUSTOM_COMPILE_COMMAND = make lock
lock: environment ## write both lock files anew from pyproject.toml (ARGS="--upgrade" raises the versions)
	@$(PIP_COMPILE) $(ARGS) --output-file=requirements.lock pyproject.toml
	@$(PIP_COMPILE) $(ARGS) --constraint=requirements.lock --extra=dev --output-file=requirements-dev.lock pyproject.toml

# The stamp holds the hash of what was installed; an unchanged hash means there is nothing to do. An environment that
# was moved or whose Python is gone is made anew. --no-deps and --no-build-isolation: only what is locked gets in.
environment:
	@wanted=$$(cat requirements-dev.lock pyproject.toml | git hash-object --stdin); \
	if [ "$$(cat .venv/stamp 2>/dev/null)" = "$$wanted" ] && $(PYTHON) -c '' 2>/dev/null; then exit 0; fi; \
	if ! $(PYTHON) -m pip --version >/dev/null 2>&1; then \
	  for candidate in "$${LIXIAO_PYTHON:-python3.11}" python3.12 python3.13 python3.14 python3 python; do \
	    if "$$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	      found=$$candidate; break; \
	    fi; \
	  done; \
	  if [ -z "$${found:-}" ]; then \
	    echo "Lixiao needs Python 3.11 or newer with the venv module (Debian: apt install python3 python3-venv)." >&2; \
	    echo "If it is installed under another name: make LIXIAO_PYTHON=/path/to/python" >&2; \
	    exit 1; \
	  fi; \
	  echo "Making .venv with $$($$found --version) …"; \
	  "$$found" -m venv --clear .venv; \
	fi; \
	echo "Installing what requirements-dev.lock names …"; \
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock; \
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable . \
	  >.venv/install.log 2>&1 || { cat .venv/install.log >&2; exit 1; }; \
	printf '%s\n' "$$wanted" > .venv/stamp
