# One command for each thing a person does here; CI runs the same ones. `make help` lists them.
# PYTHON names the interpreter to build the environment with (3.11 or newer); ARGS goes to what is started; WORKERS is
# how many processes share the tests (0: this one alone, as --pdb needs it).

PYTHON ?= python3
ARGS ?=
WORKERS ?= 3
BIN := .venv/bin
UV := $(BIN)/uv
MAKEFLAGS += --no-print-directory

.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench soak pictures mutants clean
.PHONY: check-lint check-format check-types check-borders check-rules check-tracked check-board

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# A stamp lies in the environment it speaks of, so that removing .venv is enough to begin again.
.venv/.uv: tools/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed: name one, as in  make demo PYTHON=python3.12"; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r tools/uv.txt
	@touch $@

.venv/.demo: .venv/.uv pyproject.toml uv.lock
	@$(UV) sync --quiet --locked --inexact --extra demo --group build
	@touch $@

.venv/.all: .venv/.uv pyproject.toml uv.lock
	@$(UV) sync --quiet --locked --all-extras --all-groups
	@touch $@ .venv/.demo

setup: ## everything for working on it: .venv from uv.lock, browser libraries from package-lock.json
	@echo "setup 1/3  the installer (uv, by hash)"
	@$(MAKE) -s .venv/.uv
	@echo "setup 2/3  Python packages (uv.lock)"
	@$(MAKE) -s .venv/.all
	@echo "setup 3/3  browser libraries (package-lock.json)"
	@$(BIN)/python -m tools.vendor

demo: ## a whole town on this machine; no root, nothing from apt, no internet after set-up
	@echo "demo 1/4  the installer (uv, by hash)"
	@$(MAKE) -s .venv/.uv
	@echo "demo 2/4  Python packages the demo needs (uv.lock)"
	@$(MAKE) -s .venv/.demo
	@echo "demo 3/4  browser libraries (package-lock.json)"
	@$(BIN)/python -m tools.vendor
	@echo "demo 4/4  starting the town; Ctrl-C stops it"
	@exec $(BIN)/whistle demo $(ARGS)

test: setup ## all tests, on CPython and on MicroPython; may install mosquitto and chromium, and lists that first
	@$(BIN)/python -m tools.system_tools
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

# One finding must not hide the next: make -k goes through them all.
check: setup ## lint, format, types, borders, rules, tracked files, size of the board's program
	@$(MAKE) -k check-lint check-format check-types check-borders check-rules check-tracked check-board

check-lint:
	@$(BIN)/ruff check

check-format:
	@$(BIN)/ruff format --check

check-types:
	@$(BIN)/mypy

check-borders:
	@$(BIN)/lint-imports

check-rules:
	@$(BIN)/python -m tools.rules

check-tracked:
	@$(BIN)/python -m tools.tracked

check-board:
	@$(BIN)/python -m tools.board

bench: setup ## ours beside a reference, interleaved in one run, to bench/out/latest.json
	@$(BIN)/python -m tools.system_tools
	@$(BIN)/python -m bench $(ARGS)

soak: setup ## the long ones: a million frames through a board's program, and what else is marked so
	@$(BIN)/python -m tools.system_tools
	@$(BIN)/python -m pytest -m soak $(ARGS)

pictures: setup ## the README's pictures, from the running demo
	@$(BIN)/python -m tools.system_tools
	@$(BIN)/python -m tools.pictures $(ARGS)

mutants: setup ## plant each known fault in a copy: every one must turn its test red
	@$(BIN)/python -m tools.system_tools
	@$(BIN)/python -m tools.mutants $(ARGS)

clean: ## remove what setup and runs made; sources and data folders stay
	rm -rf .venv .cache .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis build dist
	rm -rf dashboard/static/vendor bench/out
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
