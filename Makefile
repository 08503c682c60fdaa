# For those who work on mrnet; users install it with pip, pipx or uv.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help demo test lint format bench fuzz docs clean

help: ## Show what there is to make
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

$(VENV)/.user: pyproject.toml
	$(PYTHON) -c 'import sys; assert sys.version_info >= (3, 11), f"Python 3.11 or newer is needed, this is {sys.version}"'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.dev: pyproject.toml $(VENV)/.user
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: $(VENV)/.user ## Set up, write MRNet-demo/ and do all five jobs on it
	test -d MRNet-demo || $(BIN)/mrnet demo
	$(BIN)/mrnet info --root MRNet-demo
	$(BIN)/mrnet info 0001 --intensity --root MRNet-demo
	$(BIN)/mrnet stats --root MRNet-demo
	$(BIN)/mrnet export-gif 0000-0002 --root MRNet-demo
	$(BIN)/mrnet export-montage 0000-0002 --root MRNet-demo
	$(BIN)/mrnet validate --root MRNet-demo
	@echo "The pictures are in gifs/ and montages/; run '$(BIN)/mrnet --help' for what else there is."

lint: $(VENV)/.dev ## Lint, types and layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint ## Lint, types, layers, and every test with branch coverage
	$(BIN)/python -m pytest --numprocesses auto --cov --cov-report term:skip-covered

format: $(VENV)/.dev ## Format the code and mend what lint can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

$(VENV)/.bench: pyproject.toml $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	@touch $@

bench: $(VENV)/.bench ## Measure against peers; a table in Markdown (ARGS="--cases 1250 --runs 3")
	$(BIN)/python -m tests.bench $(ARGS)

fuzz: $(VENV)/.dev ## Mutate archives for long, and see whether validate's laws hold
	MRNET_FUZZ_EXAMPLES=20000 $(BIN)/python -m pytest tests/fuzz --no-cov

docs: $(VENV)/.dev ## Write the pages of docs/ that the code knows best
	$(BIN)/python -m tests.pages

clean: ## Remove what is made here
	rm -rf $(VENV) MRNet-demo gifs montages pages .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
