# Every command of the repository. Each sets up what it needs: virtual environment, locked dependencies, the wheel.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash
export PYTHONDONTWRITEBYTECODE := 1
unexport PYTHONPATH VIRTUAL_ENV

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PYTEST := $(BIN)/pytest -n 2 --dist worksteal
PACKAGE := $(shell git ls-files pulumi_ssm_perms 2>/dev/null || find pulumi_ssm_perms -type f)

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/wheel ## watch the real engine add the policy to an existing role, and remove it
	@$(BIN)/python -P -m sandbox demo

test: style ## lint, types, and all tests on the built wheel
	@$(MAKE) --no-print-directory -j 2 types tests

tests: $(VENV)/wheel
	@$(BIN)/python -P -m sandbox tools --yaml
	@$(BIN)/python -P -m tests.languages.kits
	@$(PYTEST) --cov --cov-report=term tests

test-all: $(VENV)/wheel ## make test with each supported Python of this machine (3.11, 3.12, 3.13)
	@$(BIN)/python -P tests/assurance/pythons.py

assurance: $(VENV)/wheel ## the long proofs: faults, kills, races and many orders of changes (about 15 minutes)
	@$(BIN)/python -P -m sandbox tools
	@ASSURANCE=long $(PYTEST) -v --timeout=1800 tests/assurance

mutation: $(VENV)/wheel ## change the package in every small way, and see the tests fail (about 15 minutes)
	@$(BIN)/mutmut run --max-children 2 && $(BIN)/mutmut results

bench: $(VENV)/wheel ## measure what a component costs: benchmarks/results.md and .svg (up to 40 minutes)
	@$(BIN)/python -P -m sandbox tools
	@$(BIN)/python -P -m benchmarks

lint: style types ## ruff, pyright's rules and mypy

style: $(VENV)/wheel
	@$(BIN)/ruff check --quiet . && $(BIN)/ruff format --quiet --check .
	@$(BIN)/basedpyright --level error | grep -v '^0 errors' || true; test $${PIPESTATUS[0]} = 0

types: $(VENV)/wheel
	@$(BIN)/mypy --no-error-summary

schema: $(VENV)/wheel ## write plugin/schema.json, which is what the plugin serves
	@schema=$$($(BIN)/python -P plugin/make_schema.py) && printf '%s\n' "$$schema" > plugin/schema.json

lock: $(VENV)/locked ## pin the development dependencies anew
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --group dev --generate-hashes --no-header \
	  --no-annotate --no-emit-index-url --upgrade pyproject.toml --output-file requirements.lock

clean: ## remove what make made here (not the cache of built tools)
	rm -rf $(VENV) .venv-* dist .coverage* htmlcov .hypothesis .mypy_cache .pytest_cache .ruff_cache mutants

$(VENV)/locked: requirements.lock
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] + ": say which with make PYTHON=python3.12 …")'
	@echo "Making $(VENV) with the locked dependencies: about a minute, once per clone."
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	@# At the end of the path: the sandbox is found here, the package in the wheel.
	@$(BIN)/python -c 'import pathlib, sysconfig; pathlib.Path(sysconfig.get_path("purelib"), "repository.pth").write_text(str(pathlib.Path.cwd()))'
	@touch $@

$(VENV)/wheel: $(VENV)/locked pyproject.toml $(PACKAGE)
	@rm -rf dist
	@$(BIN)/uv build --quiet --wheel --no-build-isolation --python $(BIN)/python --out-dir dist
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-index --force-reinstall dist/*.whl
	@touch $@

.PHONY: help demo test tests test-all assurance mutation bench lint style types schema lock clean
