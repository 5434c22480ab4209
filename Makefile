# Everything a newcomer, a maintainer and CI run. `make` alone lists the targets.
# It needs Python 3.11 or newer and nothing else: the first run makes $(VENV), later runs reuse it.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:

VENV    ?= .venv
CACHE   ?= .cache
# The first interpreter that runs, is new enough and can make an environment. Override: make PYTHON=python3.12 test
PYTHON  ?= $(shell for p in python3.14 python3.13 python3.12 python3.11 python3 python; do \
	$$p -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$p && break; done)
# One more than the cores that CI has: many tests wait for processes that they start.
WORKERS ?= 3
ARGS    ?=
# Snapshots are compared in any case; to rewrite them: .venv/bin/pytest --inline-snapshot=fix FILE
PARALLEL = -n $(WORKERS) --inline-snapshot=disable

BIN     := $(VENV)/bin
PIP     := $(BIN)/python -m pip --disable-pip-version-check --quiet
# All of them: a test compares the list with pyproject.toml.
EXTRAS  := aiohttp,cli,files,langgraph,mcp,notebook,otel,sandbox,sql
PINNED  := pyproject.toml constraints.txt
SOURCES := $(shell find langchain_customerio -type f ! -name '*.pyc')

# ---- what one types ----

.PHONY: help
help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: $(VENV)/.stamp-demo  ## Watch a ReAct agent write people, events and groups (CONSOLE=1: in a browser, too; MODEL and CUSTOMERIO_API_KEY: the real thing)
	@$(BIN)/python examples/react_agent.py $(ARGS)

.PHONY: test
test: $(VENV)/.stamp-dev  ## Run the whole suite: lint, types, the built wheel, every test, coverage
	@$(MAKE) --no-print-directory --jobs=2 lint type smoke
	$(BIN)/pytest $(PARALLEL) --cov --cov-report=term $(ARGS)

.PHONY: unit
unit: $(VENV)/.stamp-dev  ## Run the unit tests: no sockets, seconds
	$(BIN)/pytest $(PARALLEL) tests/unit_tests $(ARGS)

.PHONY: integration
integration: $(VENV)/.stamp-dev  ## Run the integration tests: the sandbox on a socket, the vendor's SDKs, agents, the notebook
	$(BIN)/pytest $(PARALLEL) tests/integration_tests $(ARGS)

.PHONY: nightly
nightly: $(VENV)/.stamp-dev  ## Run the property tests at length, 5,000 examples each, and what is marked nightly: a quarter of an hour
	HYPOTHESIS_PROFILE=nightly $(BIN)/pytest $(PARALLEL) --timeout=3600 -m "(hypothesis or nightly) and not network" $(ARGS)

.PHONY: examples
examples: $(VENV)/.stamp-dev  ## Run every example; each checks its own result
	@for file in $$(grep -l __main__ examples/*.py); do echo "== $$file"; $(BIN)/python $$file || exit 1; done

.PHONY: studio
studio: $(VENV)/.stamp-dev  ## Serve examples/server with the real LangGraph server, offline, until Ctrl-C
	@cd examples/server && LANGGRAPH_CLI_NO_ANALYTICS=1 PATH="$(abspath $(BIN)):$$PATH" langgraph dev --no-browser --no-reload $(ARGS)

.PHONY: notebook
notebook: $(VENV)/.stamp-dev  ## Run the notebook and keep what it shows
	$(BIN)/python -m tests.notebooks examples/*.ipynb

.PHONY: engines
engines: $(CACHE)/engines/.stamp $(VENV)/.stamp-dev  ## Load a million events on real Ray and real Spark, and kill a worker half-way; minutes
	ENGINES_PYTHON=$(CURDIR)/$(CACHE)/engines/bin/python $(BIN)/pytest --inline-snapshot=disable -s -m engines tests/engines $(ARGS)

.PHONY: docs
docs: $(CACHE)/docs/.stamp  ## Build the documentation into .cache/site, strictly, and check it (SITE_URL says where it will be)
	@rm -rf $(CACHE)/site $(CACHE)/pages
	@mkdir -p $(CACHE)/pages/tests
	@cp -R docs langchain_customerio zensical.toml CHANGELOG.md SECURITY.md $(CACHE)/pages
	@cp -R tests/site $(CACHE)/pages/tests
	@$(if $(SITE_URL),sed -i.before 's|^site_url = .*|site_url = "$(SITE_URL)"|' $(CACHE)/pages/zensical.toml)
	@cd $(CACHE)/pages && NO_COLOR=1 ../docs/bin/zensical build --strict
	@mv $(CACHE)/pages/site $(CACHE)/site
	@$(CACHE)/docs/bin/python -m tests.site.built $(CACHE)/site

.PHONY: tables
tables: $(VENV)/.stamp-dev  ## Write the tables in the documentation that come from the code
	@$(BIN)/python -m tests.site

.PHONY: evals
evals: $(VENV)/.stamp-dev  ## Evaluate a model with these tools: MODEL=provider:name STYLE=two_mode|typed|baseline, or REPLAY=folder (offline by default)
	@$(BIN)/python -m tests.evals $(if $(REPLAY),replay "$(REPLAY)",\
		run --model "$(or $(MODEL),scripted:honest)" --style "$(or $(STYLE),two_mode)") $(ARGS)

.PHONY: bench
bench: $(VENV)/.stamp-dev  ## Measure, 40 minutes; rewrites the documentation's numbers and plots (ARGS="--quick" only tries it)
	@$(BIN)/python -m tests.benchmarks $(ARGS)

.PHONY: format
format: $(VENV)/.stamp-dev  ## Format the code and fix what ruff can fix
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

.PHONY: lint
lint: $(VENV)/.stamp-dev  ## Check format and style
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

.PHONY: imports
imports: $(VENV)/.stamp-dev  ## Print who imports whom, room by room
	@$(BIN)/python -m tests.import_map

.PHONY: type
type: $(VENV)/.stamp-dev  ## Check the types, and the public ones with a second checker
	$(BIN)/mypy
	$(BIN)/basedpyright

.PHONY: console
console: $(CACHE)/console/.stamp  ## Check the types, the style and the format of the console's JavaScript and CSS (needs Node.js; ARGS=--write mends)
	@cd tests/console && "$(CURDIR)/$(CACHE)/console/node_modules/.bin/tsc" --project .
	@cd tests/console && "$(CURDIR)/$(CACHE)/console/node_modules/.bin/biome" check $(ARGS) ../../langchain_customerio/sandbox/console/page

.PHONY: screenshots
screenshots: $(VENV)/.stamp-dev  ## Take the pictures of the console in docs/images (needs Chromium)
	SCREENSHOTS=docs/images $(BIN)/pytest tests/integration_tests/console/test_screenshots.py $(ARGS)

.PHONY: build
build: dist/.stamp  ## Build the source distribution and the wheel into dist/

.PHONY: smoke
smoke: $(CACHE)/smoke/.stamp  ## Install the built wheel in a clean environment, without extras, and try it there

.PHONY: lowest
lowest: $(CACHE)/lowest/.stamp  ## Run the unit tests with the lowest versions that pyproject.toml admits
	$(CACHE)/lowest/bin/pytest $(PARALLEL) tests/unit_tests $(ARGS)

.PHONY: constraints
constraints: $(CACHE)/uv/.stamp  ## Pin the newest versions of everything, for all Pythons and systems, in constraints.txt
	@{ echo '# Every package that development uses, pinned. Written by `make constraints`; do not edit.'; \
	   $(CACHE)/uv/bin/uv pip compile --quiet --universal --python-version 3.11 --all-extras --group dev --group docs --group engines --upgrade \
	     --no-header --no-annotate --no-emit-index-url --no-emit-find-links pyproject.toml; } > constraints.txt.new
	@mv constraints.txt.new constraints.txt
	@echo "constraints.txt: $$(grep -c == constraints.txt) pins"

.PHONY: clean
clean:  ## Remove everything that make made, the environment included
	rm -rf $(VENV) $(CACHE) dist build .coverage .coverage.* htmlcov .mypy_cache .pytest_cache .ruff_cache .hypothesis

# ---- how it gets there ----

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "No Python 3.11 or newer with venv was found. Install one, or say which: make PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "Making $(VENV) with $(PYTHON)"
	@$(PYTHON) -m venv $(VENV)

# Dependency groups need pip 25.1; an environment made by other means may have an older pip, or none.
$(VENV)/.stamp-pip: | $(BIN)/python
	@$(BIN)/python -m ensurepip --upgrade > /dev/null
	@$(PIP) install --upgrade 'pip>=25.1'
	@touch $@

$(VENV)/.stamp-demo: $(PINNED) | $(VENV)/.stamp-pip
	@echo "Installing what the demo needs"
	@$(PIP) install --constraint constraints.txt --editable '.[langgraph,sandbox]' --group demo
	@touch $@

$(VENV)/.stamp-dev: $(PINNED) | $(VENV)/.stamp-pip
	@echo "Installing what development needs (a minute or two, once)"
	@$(PIP) install --constraint constraints.txt --editable '.[$(EXTRAS)]' --group dev
	@touch $(VENV)/.stamp-demo $@

dist/.stamp: pyproject.toml README.md LICENSE $(SOURCES) | $(VENV)/.stamp-dev
	@rm -rf dist
	@$(BIN)/python -m build --no-isolation --outdir dist . > /dev/null
	@ls dist
	@touch $@

$(CACHE)/smoke/.stamp: dist/.stamp constraints.txt tests/smoke/smoke.py
	@rm -rf $(CACHE)/smoke
	@$(BIN)/python -m venv $(CACHE)/smoke
	@$(CACHE)/smoke/bin/python -m pip --disable-pip-version-check --quiet install --constraint constraints.txt dist/*.whl
	@cd $(CACHE)/smoke && bin/python -I "$(CURDIR)/tests/smoke/smoke.py"
	@touch $@

# Ray and Spark are large, so that only `make engines` installs them, and not into $(VENV).
$(CACHE)/engines/.stamp: $(PINNED) | $(VENV)/.stamp-pip
	@rm -rf $(CACHE)/engines
	@$(BIN)/python -m venv $(CACHE)/engines
	@$(CACHE)/engines/bin/python -m pip --disable-pip-version-check --quiet install --upgrade 'pip>=25.1'
	@$(CACHE)/engines/bin/python -m pip --disable-pip-version-check --quiet install --constraint constraints.txt \
		--editable '.[files,sandbox]' --group engines
	@touch $@

# The generator is not a part of $(VENV): only `make docs` needs it. It builds from a copy, since it keeps a cache of its
# own beside the configuration, in which a page that did not change loses its links to those that did.
$(CACHE)/docs/.stamp: $(PINNED) | $(VENV)/.stamp-pip
	@rm -rf $(CACHE)/docs
	@$(BIN)/python -m venv $(CACHE)/docs
	@$(CACHE)/docs/bin/python -m pip --disable-pip-version-check --quiet install --upgrade 'pip>=25.1'
	@$(CACHE)/docs/bin/python -m pip --disable-pip-version-check --quiet install --constraint constraints.txt --group docs
	@touch $@

$(CACHE)/uv/.stamp: | $(BIN)/python
	@$(BIN)/python -m venv $(CACHE)/uv
	@$(CACHE)/uv/bin/python -m pip --disable-pip-version-check --quiet install 'uv>=0.9'
	@touch $@

# Exact versions without further packages: a lock file would say nothing more.
$(CACHE)/console/.stamp: tests/console/package.json
	@rm -rf $(CACHE)/console && mkdir -p $(CACHE)/console && cp $< $(CACHE)/console/
	@cd $(CACHE)/console && npm install --no-package-lock --no-audit --no-fund --ignore-scripts --loglevel=error
	@touch $@

# The floors of what users install are overrides, so that they hold whatever the test packages ask for. Only
# typing-extensions follows the others, whose newest versions need a newer one.
FLOORS := import re, tomllib; [print(re.sub(">=([0-9.]+).*", r"==\1", each)) \
	for each in tomllib.load(open("pyproject.toml", "rb"))["project"]["dependencies"] if "typing-extensions" not in each]

$(CACHE)/lowest/.stamp: pyproject.toml $(CACHE)/uv/.stamp
	@rm -rf $(CACHE)/lowest
	@$(BIN)/python -m venv $(CACHE)/lowest
	@$(BIN)/python -c '$(FLOORS)' > $(CACHE)/lowest/floors.txt
	@$(CACHE)/uv/bin/uv pip install --quiet --python $(CACHE)/lowest/bin/python --resolution lowest-direct \
		--override $(CACHE)/lowest/floors.txt --editable '.[$(EXTRAS)]' --group test
	@touch $@
