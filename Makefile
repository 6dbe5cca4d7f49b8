# The commands of the project. `make` alone lists them. Each needs only Python 3.11, git and make.

# The distribution's own Python first: it is built with optimisations that a self-compiled one often lacks, and serves a
# third more pages. PYTHON=… chooses another.
PYTHON ?= $(shell /usr/bin/python3.11 -c 'import ensurepip, venv' 2>/dev/null && echo /usr/bin/python3.11 \
  || command -v python3.11 || command -v python3 || echo python3.11)
VENV := .venv/bin

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test test-fast interop services lint types format bench bench-full soak lock messages clean dev

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | while IFS='|' read -r name text; do \
	  printf '%-18s %s\n' "$$name" "$$text"; done

run: ## install, build, migrate, load the demo (first time) and start; PORT and RONGTONG_HOME are read
	@exec $(PYTHON) -m tools.run

test: ## every test, those of the database on SQLite and on PostgreSQL with Redis, Elasticsearch and Chromium; ARGS="-k word"
	@exec $(PYTHON) -m tools.run_tests

test-fast: ## the inner loop: SQLite, no services, no browser
	@exec $(PYTHON) -m tools.run_tests --fast

interop: dev ## import and play every package of a folder: make interop DIR=…
	@exec $(PYTHON) -m tools.run_tests --interop

services: ## start PostgreSQL, Redis and Elasticsearch for yourself and print their environment
	@exec $(PYTHON) -m tools.services

lint: dev ## ruff, djlint, import-linter
	@$(PYTHON) -m tools.checks lint

types: dev ## mypy, strict on our packages
	@$(PYTHON) -m tools.checks types

format: dev ## put Python and templates into shape
	@$(VENV)/ruff check --fix --quiet . || true
	@$(VENV)/ruff format .

bench: ## measure pages, study, a year of it and postings beside their limits; JSON lines, ≤ 10 min
	@exec $(PYTHON) -m tools.measure bench

bench-full: ## the same at the large sizes
	@exec $(PYTHON) -m tools.measure bench-full

soak: ## every test in its long form (many more random examples)
	@exec $(PYTHON) -m tools.run_tests --soak

lock: ## compile requirements/*.txt with hashes, and package-lock.json; UPGRADE=1 takes newer versions
	@exec $(PYTHON) -m tools.lock $(if $(UPGRADE),--upgrade)

messages: ## take new sentences into the English catalogue (needs gettext)
	@exec $(PYTHON) -m tools.messages

clean: ## delete what was built and installed; data in var/ stays
	rm -rf .venv node_modules authoring/node_modules themes/static .mypy_cache .ruff_cache .import_linter_cache test-results

dev:
	@$(PYTHON) -m tools.environment dev
