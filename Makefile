# Parlour: the two commands of the README, and those that developers use.
# Each works on a fresh Debian 12 machine with Python 3.11 and nothing else prepared.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

.PHONY: run test check bench client lock clean

run: $(STAMP) client          ## a demo deployment, serving
	@$(BIN)/python -m parlour.demo

test: $(STAMP) client         ## everything that CI runs
	@scripts/test-packages
	@$(MAKE) --no-print-directory check
	@$(BIN)/python -m pytest -n 3 --dist loadfile

check: $(STAMP)               ## style, types, import rules, news
	@$(BIN)/ruff check --no-cache .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python scripts/reference.py --check
	@$(BIN)/towncrier build --draft --version next >/dev/null

bench: $(STAMP)               ## the same work for Parlour and its peers (about an hour; installs them as root)
	@$(BIN)/python -m benchmarks.comparison --runs 3

client: $(STAMP)              ## the browser client, if its sources are newer
	@$(BIN)/python scripts/build_client.py

$(STAMP): requirements/dev.txt pyproject.toml scripts/set-up
	@PYTHON="$(PYTHON)" VENV="$(VENV)" scripts/set-up
	@touch $@

lock:                         ## refresh the locked dependencies (no addresses in them)
	@scripts/lock

clean:
	rm -rf $(VENV)
