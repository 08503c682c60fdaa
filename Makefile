# For those who work on mrnet; users install it with pip, pipx or uv.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

# Tests start mrnet hundreds of times; without byte code each start compiles it again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test test-fast lint format bench fuzz docs build wheel system clean

# Programs that some tests use; without them these tests are skipped.
# If Node.js does not come from Debian, npm is there already, and Debian's package npm would conflict with it.
NPM := $(shell command -v npm >/dev/null || echo npm)
SYSTEM := chromium chromium-driver ffmpeg firefox-esr fish fonts-dejavu-core groff nginx-light $(NPM) tmux unzip zsh
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)

help: ## List what make can do here
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

# uv installs in a sixth of the time that pip takes, and compiles only what is imported.
INSTALL := $(BIN)/uv pip install --quiet --python $(BIN)/python

$(BIN)/uv:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit(f"Python 3.11 or newer is needed; $(PYTHON) is {sys.version.split()[0]}. Name another: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

$(VENV)/.user: pyproject.toml | $(BIN)/uv
	$(INSTALL) --editable .
	@touch $@

$(VENV)/.dev: pyproject.toml | $(BIN)/uv
	$(INSTALL) --editable '.[dev]'
	@touch $(VENV)/.user $@

demo: $(VENV)/.user ## Set up, write MRNet-demo/ and do all five jobs on it
	test -d MRNet-demo || $(BIN)/mrnet demo
	$(BIN)/mrnet info --root MRNet-demo
	$(BIN)/mrnet info 0001 --intensity --root MRNet-demo
	$(BIN)/mrnet stats --root MRNet-demo
	$(BIN)/mrnet export-gif 0000-0002 --root MRNet-demo
	$(BIN)/mrnet export-montage 0000-0002 --root MRNet-demo
	$(BIN)/mrnet validate --root MRNet-demo
	@echo "The pictures are in gifs/ and montages/; run '$(BIN)/mrnet --help' for what else there is."

lint: $(VENV)/.dev ## Lint, types, layers and workflows
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-actions .github/actions/*/action.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-issue-forms .github/ISSUE_TEMPLATE/[!c]*.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.citation-file-format .github/CITATION.cff
	$(BIN)/zizmor --offline --quiet --persona pedantic .github .pre-commit-hooks.yaml

test: lint ## Lint, types, layers, and every test; the fast ones with branch coverage
	$(BIN)/python -m pytest --numprocesses auto -m "not slow" --cov --cov-report term:skip-covered
	$(BIN)/python -m pytest --numprocesses auto -m slow

test-fast: $(VENV)/.dev ## The tests that take no half second each, in about a minute on two cores
	$(BIN)/python -m pytest --numprocesses auto -m "not slow" --hypothesis-profile fast

format: $(VENV)/.dev ## Format the code and fix what lint can fix
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

$(VENV)/.bench: pyproject.toml $(VENV)/.dev
	$(INSTALL) --editable '.[bench]'
	@touch $@

bench: $(VENV)/.bench ## Measure against peers; a table in Markdown (ARGS="--cases 1250 --runs 3")
	$(BIN)/python -m tests.bench $(ARGS)

fuzz: $(VENV)/.dev ## Run random commands, archives and signals for an hour, and check the laws (ARGS="--seconds 600")
	$(BIN)/python -m tests.fuzz $(ARGS)
	MRNET_FUZZ_EXAMPLES=1000 $(BIN)/python -m pytest tests/fuzz --no-cov

docs: $(VENV)/.dev ## Write the parts of docs/ that come from the code
	$(BIN)/python -m tests.pages

build: $(VENV)/.dev ## Build wheel and sdist into dist/, and check them
	rm -rf dist
	$(BIN)/python -m build --quiet --installer uv
	$(BIN)/twine check --strict dist/*

wheel: build ## Build, and try every command from the wheel in a clean environment
	.ci/try-wheel

system: ## Install the programs that some tests use (Debian and Ubuntu)
	dpkg -s $(SYSTEM) >/dev/null 2>&1 || { \
		$(SUDO) apt-get update -qq && \
		$(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(SYSTEM) >/dev/null; }

clean: ## Remove what is made here
	rm -rf $(VENV) MRNet-demo gifs montages pages dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
