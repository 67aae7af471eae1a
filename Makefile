# Everything a developer types. The virtual environment lives in .venv and is made when needed.
VENV  := .venv
BIN   := $(VENV)/bin
STAMP := $(VENV)/.installed
OUT   ?= demo

# The first Python of at least 3.11; say PYTHON=/path/to/python to use another.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

# Two test processes: threads beyond the cores only wait for each other.
WORKERS ?= 2
THREADS := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 TOKENIZERS_PARALLELISM=false

.PHONY: help setup demo test slow check format bench docs lock clean
.DEFAULT_GOAL := help

help:  ## Show what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 10

setup: $(STAMP)  ## Make .venv with the locked versions

$(STAMP): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "No Python 3.11 or newer found. Install one, or say make PYTHON=/path/to/python3.11"; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@# Not compiled: Python does that itself for what it imports; all 25,000 files take over a minute.
	@# Without looking for dependencies: the lock names all of them.
	$(BIN)/python -m pip install --quiet --no-compile --no-deps --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

demo: $(STAMP)  ## Draw the toy catalogue, train, evaluate, explain; says where to look
	$(BIN)/glasscase demo --out $(OUT)

test: $(STAMP)  ## Run all tests (those on real data too where ../shared/data is)
	$(THREADS) $(BIN)/python -m pytest -q -n $(WORKERS) --dist loadgroup --durations 10

slow: $(STAMP)  ## Run the tests that train networks for minutes, which `make test` leaves out
	$(THREADS) $(BIN)/python -m pytest -q -n $(WORKERS) --dist loadgroup -m "slow and not gpu and not network"

check: $(STAMP)  ## Format, lint, types, imports and the tests that need no real data
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(THREADS) $(BIN)/python -m pytest -q -n $(WORKERS) --dist loadgroup -m "not slow and not gpu and not network and not data"

format: $(STAMP)  ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(STAMP)  ## Run every benchmark and print its figures (many minutes)
	@for script in benchmarks/*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

docs: $(STAMP)  ## Write docs/settings.md and docs/shell.md anew from the code
	$(BIN)/python docs/generate.py

lock: $(STAMP)  ## Write requirements.lock anew from pyproject.toml (LOCK=--upgrade for newer ones)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check pip-tools
	CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --all-extras --strip-extras --allow-unsafe --no-emit-index-url \
		--no-emit-find-links --no-emit-trusted-host $(LOCK) -o requirements.lock pyproject.toml
	@# A CPU build names itself 2.13.0+cpu; the plain version is the one every machine can install.
	sed -i -E 's/^(torch|torchvision)==([0-9.]+)\+[a-z0-9.]+/\1==\2/; /^nvidia-|^triton==|^cuda-/d' requirements.lock

clean:  ## Remove everything that was made, but for .venv
	rm -rf $(OUT) build dist .mypy_cache .ruff_cache .import_linter_cache src/*.egg-info
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
