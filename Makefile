# `make` alone lists the targets. It needs python3 (3.11 or newer, with venv) and nothing else.

PYTHON ?= python3
VENV ?= .venv
SIZE ?= S
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help setup run test check crash bench screenshot seed lock upgrade clean FORCE
.SUFFIXES:

# A stamp says that the installation it names was completed, and where: an environment that was moved,
# whose Python is gone, or whose installation was stopped half-way, is built anew.
here := $(abspath $(VENV))
runtime := $(VENV)/.ready-runtime
dev := $(VENV)/.ready-dev
benches := $(VENV)/.ready-bench
stopped := $(wildcard $(VENV)/.installing)
sound := $(and $(if $(stopped),,yes),$(realpath $(VENV)/bin/python),$(filter $(here),$(shell cat $(runtime) 2>/dev/null)))

help: ## List the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' $(firstword $(MAKEFILE_LIST)) | awk -F'|' '{ printf "%-18s%s\n", $$1, $$2 }'

setup: $(runtime) ## Create .venv with everything the store needs

run: seed ## Seed the demonstration catalogue and serve the store
	@exec $(VENV)/bin/freestone run

seed: $(runtime) ## Fill the store with the demonstration catalogue (SIZE=S or M)
	@$(VENV)/bin/freestone seed --size $(SIZE)

test: $(dev) ## Run every test that needs no outside service (TESTS='-k word' for some, WORKERS=4 at once)
	@$(VENV)/bin/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(TESTS)

check: $(dev) ## Lint, format, types, architecture
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/mypy
	$(VENV)/bin/freestone check

crash: $(dev) ## Kill processes, fill a disk and more at full count, and print what held (TESTS='-k word' for some)
	@FREESTONE_TEST_CRASH=full FREESTONE_TEST_CUTS=all $(VENV)/bin/pytest -n 0 --timeout 7200 $(TESTS) \
		tests/crash tests/model tests/journeys/test_cut_off.py tests/app/data/test_restart.py tests/app/data/moving

bench: $(benches) ## Measure, print a table and write bench/results.json
	@$(VENV)/bin/python -m bench

screenshot: $(dev) ## Take the README's picture of the store again
	@FREESTONE_REQUIRE_BROWSER=1 FREESTONE_SCREENSHOT='$(CURDIR)/docs/store.png' \
		$(VENV)/bin/pytest --quiet tests/journeys/test_purchase_browser.py -k picture

lock: $(dev) ## Compile requirements/*.in again, keeping the pins that still fit
	@$(call compile,runtime)
	@$(call compile,dev)
	@$(call compile,bench)

upgrade: $(dev) ## Compile requirements/*.in again, with the newest versions
	@$(call compile,runtime,--upgrade)
	@$(call compile,dev,--upgrade)
	@$(call compile,bench,--upgrade)

clean: ## Remove .venv and caches; the store's data stays
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .freestone_cache build dist
	@find . -name __pycache__ -prune -exec rm -rf {} +

# The locks hold names, versions and hashes only: no address of an index or of a download.
compile = $(VENV)/bin/uv pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' $(2) \
	requirements/$(1).in --output-file requirements/$(1).txt

$(runtime): requirements/runtime.txt pyproject.toml $(if $(sound),,FORCE)
	@$(if $(sound),,$(python-works); $(create))
	@$(call install,runtime)
	@echo '$(here)' > $@

$(dev): requirements/dev.txt $(runtime)
	@$(call install,dev)
	@touch $@

$(benches): requirements/bench.txt $(dev)
	@$(call install,bench)
	@touch $@

FORCE:

# Written so that any Python, even 2, can read it.
python-works = command -v $(PYTHON) >/dev/null || { \
		echo "Freestone needs Python 3.11 or newer, and there is no $(PYTHON): install it, or name yours with PYTHON=…" >&2; exit 1; }; \
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Freestone needs Python 3.11 or newer, and $(PYTHON) is older: name a newer one with PYTHON=…, such as PYTHON=python3.12." >&2; exit 1; }; \
	$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) comes without venv: install it first (Debian and Ubuntu: apt install python3-venv)." >&2; exit 1; }

create = echo 'Creating $(VENV) …'; $(PYTHON) -m venv --clear $(VENV)

install = echo 'Installing requirements/$(1).txt …'; touch $(VENV)/.installing; \
	{ $(pip) install --require-hashes -r requirements/$(1).txt && \
	  $(pip) install --no-deps --no-build-isolation --editable .; } >$(VENV)/pip.log 2>&1 || { \
		cat $(VENV)/pip.log >&2; rm -f $(VENV)/.installing; exit 1; }; \
	rm -f $(VENV)/.installing

pip = $(VENV)/bin/python -m pip --disable-pip-version-check --no-input --quiet
