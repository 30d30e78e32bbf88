# Networks within Networks. `make help` lists what there is to make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
HTML := book/_build/html

.DEFAULT_GOAL := help
.PHONY: help env book test check links clean

help:  ## list what there is to make
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-7s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

env: $(READY)  ## make the environment in .venv from requirements.lock (PYTHON=python3.12 chooses another Python)

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
	  { echo "Python 3.11, 3.12 or 3.13 is needed: make $(or $(MAKECMDGOALS),book) PYTHON=python3.12" >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

book: $(READY)  ## execute the chapters whose inputs changed and build the HTML
	$(BIN)/jupyter-book build book/
	@echo "The book: $(CURDIR)/$(HTML)/index.html"

test: $(READY)  ## run the tests, the docstrings' examples included
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n logical --maxprocesses 4 --dist worksteal

check: $(READY)  ## lint, check the chapters' sources, and build the book afresh with warnings as errors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m netwithin.notebooks notebooks/*
	rm -rf book/_build
	$(BIN)/jupyter-book build -W -n --keep-going book/

links: $(READY)  ## check the links that leave the book (needs the internet)
	$(BIN)/jupyter-book build --builder linkcheck book/

clean:  ## remove everything that was made, except .venv and runs/
	rm -rf book/_build book/chapters .snakemake .pytest_cache .ruff_cache .hypothesis
	find src tests book -name __pycache__ -type d -prune -exec rm -rf {} +
