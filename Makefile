# The command words of the house; `make` alone lists them.
SHELL := /bin/sh
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
# The first of these that is new enough; `make run PYTHON=/path/to/python` chooses another.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo "$$p" && break; done)
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check --no-input
# What the set-up depends on: when one of these is newer than the stamp, it is done again.
SOURCES := pyproject.toml package-lock.json hatch_build.py
POT := $(VENV)/messages.pot

.PHONY: help run test check bench faults cluster catalogues routes format clean

help:  ## list these commands
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name words; do \
		printf '  make %-11s %s\n' "$$name" "$$words"; done

run: $(VENV)/.run  ## set everything up and serve on http://127.0.0.1:8000 (PORT=8001 for another port)
	@$(BIN)/civic assets
	@mkdir -p "$${CIVIC_INSTANCE_PATH:-instance}"
	@$(BIN)/civic db upgrade
	@$(BIN)/civic demo load --if-empty
	@exec $(BIN)/civic serve

test: $(VENV)/.dev  ## every test: SQLite, PostgreSQL, architecture, browser (ARGS="-k ideas" for some)
	@$(BIN)/python -m tests.machine
	@$(BIN)/civic assets
	@$(BIN)/python -m pytest -q -n 2 --ignore=tests/bench $(ARGS)

check: $(VENV)/.dev  ## style, types, floors, templates, catalogues, migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/djlint templates --lint --quiet
	@$(BIN)/civic assets
	$(BIN)/python -m pytest -q -k "not postgresql" tests/architecture/test_catalogue.py tests/architecture/test_migrations.py

bench: $(VENV)/.dev  ## the benchmarks, written to docs/benchmarks.md (BENCH_IDEAS=20000 BENCH_SECONDS=3 for a quick look)
	@$(BIN)/civic assets
	@$(BIN)/python -m tests.bench

cluster: $(VENV)/.dev  ## PostgreSQL with replica, pgbouncer, Redis, two web instances, two workers, nginx (PORT=8001)
	@$(BIN)/civic assets
	@exec $(BIN)/python -m tests.cluster

faults: $(VENV)/.dev  ## break everything on purpose, in about 20 minutes; what was seen goes to docs/faults.md
	@$(BIN)/civic assets
	@$(BIN)/python -m pytest -q -p no:xdist -m "faults or cluster" tests/faults tests/cluster $(ARGS)

catalogues: $(VENV)/.dev  ## read all texts from code and templates into the German catalogue
	@$(BIN)/pybabel --quiet extract --mapping translations/babel.cfg --output $(POT) --no-location --sort-output \
		--keyword _l --keyword lazy_gettext --keyword lazy_ngettext:1,2 \
		--keyword translate_number:1,2 --project Civic .
	@if [ -f translations/de/LC_MESSAGES/messages.po ]; then \
		$(BIN)/pybabel --quiet update --input-file $(POT) --output-dir translations --locale de \
			--no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date; \
	else $(BIN)/pybabel --quiet init --input-file $(POT) --output-dir translations --locale de; fi
	@$(BIN)/civic assets
	@echo "translations/de/LC_MESSAGES/messages.po is up to date; fill in what is empty."

routes: $(VENV)/.dev  ## freeze the list of addresses again, after one changed on purpose
	@$(BIN)/python -m tests.architecture.routes

format: $(VENV)/.dev  ## let ruff lay out the Python files
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

clean:  ## remove what the set-up, building and testing made; data in instance/ stays
	rm -rf $(VENV) build dist static/vendor static/build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	find static -name '*.gz' -delete
	find translations -name '*.mo' -delete
	find civic tests migrations -name __pycache__ -type d -prune -exec rm -rf {} +

# -- the set-up, quick when nothing changed --------------------------------------------------

$(VENV)/.run: $(SOURCES) | $(BIN)/python
	@$(need_node)
	@echo "Installing Civic ..."
	@$(PIP) --editable .
	@touch $@

$(VENV)/.dev: $(SOURCES) | $(BIN)/python
	@$(need_node)
	@echo "Installing Civic and the tools for working on it ..."
	@$(PIP) --editable '.[dev]'
	@touch $@ $(VENV)/.run

$(BIN)/python:
	@$(need_python)
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "Civic needs Python's venv module; please install it (on Debian: the package python3-venv)." >&2; exit 1; }

need_python = [ -n "$(PYTHON)" ] || { \
	echo "Civic needs Python 3.11 or newer; please install it." >&2; exit 1; }
need_node = [ "$$CIVIC_SKIP_ASSETS" = 1 ] || { command -v node && command -v npm; } >/dev/null || { \
	echo "Civic needs Node.js 20 or newer with npm for its front-end files; please install both." >&2; exit 1; }
