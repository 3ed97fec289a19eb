# Every command of the repository. Each sets up what it needs: virtual environment, locked dependencies, tools.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash

# This folder is emptied and deleted: wherever its name comes from, it must not be a folder of the user's.
VENV ?= .venv
ifneq "$(shell [[ '$(subst ','\'',$(value VENV))' =~ ^\.venv(-[A-Za-z0-9-]+)?$$ ]] && echo ours)" "ours"
  $(error VENV is "$(value VENV)", but must be .venv, or .venv- and letters, digits or dashes. Unset it, or write one of these)
endif
# With -e, whatever the environment calls BIN or PYTEST would run.
ifneq "$(findstring e,$(filter-out --%,$(firstword -$(MAKEFLAGS))))" ""
  $(error These commands take no variable of the environment: leave out -e, in MAKEFLAGS as well)
endif

# Only the command line changes these: a variable of the environment may be meant for another program.
PYTHON := python3
ROLES := web
SEEDS := 3994214630 2 1 26 7
override BIN := $(VENV)/bin
override WHEEL := $(VENV)/wheel
# By file: what the tests of a file share is made once.
PYTEST := $(BIN)/pytest -n 2 --dist loadscope
# The engine runs for a second at a time: without garbage collection, the tests take a seventh less processor time than
# with GOGC=400.
WITHOUT_GC := GOGC=off GOMEMLIMIT=2GiB
ON_WHEEL := PYTHONPATH=$(abspath $(WHEEL)) $(WITHOUT_GC)
COVERING := tests/unit tests/component
TESTS := $(COVERING)
# What was installed for everything is enough for the sandbox.
SANDBOX := $(if $(wildcard $(VENV)/locked),$(VENV)/locked,$(VENV)/sandbox)

is_given = $(findstring command line,$(origin $(1)))
given = $(if $(call is_given,$(1)),$($(1)))
said = $(filter 1 y yes true,$(call given,$(1)))
quoted = '$(subst ','\'',$(1))'
each_quoted = $(foreach each,$(1),$(call quoted,$(each)))

unexport PYTHONPATH VIRTUAL_ENV PYTHONDONTWRITEBYTECODE
# Nothing is written beside the sources or into the home folder. What Python compiles is kept: a plugin starts in a
# quarter of the time.
export PYTHONPYCACHEPREFIX := $(abspath $(VENV))/pycache

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(SANDBOX) ## watch the real engine add the policy to an existing role, and remove it
	@$(BIN)/python -m tools.demo

shell: $(VENV)/locked ## open a shell in which pulumi, aws and a project of yours talk to a local AWS (ROLES="web api")
	@env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS $(BIN)/python -m sandbox shell --plugin=ssm-perms=plugin/__main__.py \
	  $(call each_quoted,$(ROLES:%=--role=%))

verify: $(SANDBOX) ## try it on an AWS account of yours: says what it writes, asks, and removes it (REMOVE=ID of a killed run)
	@$(BIN)/python -m tools.verify $(if $(call is_given,REMOVE),--remove="$$REMOVE") $(if $(call said,YES),--yes)

check: style ## lint, types, unit and component tests on the source as it is: after each change (TESTS=FILE for one)
	@# First: while an input is not complete, hundreds of other tests fail, too.
	@$(if $(call given,TESTS),,$(BIN)/pytest -n 0 -qq --tb=short $(INPUTS))
	@$(MAKE) --no-print-directory -j 2 types quick

INPUTS := tests/unit/test_adding_an_input.py

quick: $(VENV)/locked
	@$(if $(filter %.py,$(TESTS)),$(BIN)/pytest -n 0,$(PYTEST)) -m "not slow" \
	  $(call each_quoted,$(if $(call given,TESTS),,--ignore=$(INPUTS)) $(TESTS))

test: style workflows ## lint, types, and all tests on the built wheel
	@$(MAKE) --no-print-directory -j 2 types tests

tests: wheel
	@$(BIN)/python -m sandbox tools
	@# Coverage is that of these two alone: measured in the other tests, too, it would take them a tenth more time.
	@$(ON_WHEEL) $(PYTEST) --cov --cov-report=term $(COVERING)
	@$(ON_WHEEL) $(PYTEST) $(COVERING:%=--ignore=%) tests sandbox

# Each of these passes with the sandbox's provider. If it fails here, the plugin differs.
test-plugin: TESTS := tests/engine sandbox/tests/test_provider.py sandbox/tests/test_recorded_plugin.py
test-plugin: export SANDBOX_AWS_PLUGIN := real
test-plugin: $(VENV)/locked ## the engine tests with Pulumi's own AWS plugin, which is downloaded
	@$(BIN)/python -m sandbox tools
	@CI=true $(WITHOUT_GC) $(PYTEST) --timeout=900 --tb=short $(call each_quoted,$(TESTS))

test-oldest: ## unit, component and engine tests with the oldest pulumi and pulumi-aws that the package takes (TESTS=FILE for one)
test-newest: ## the same with the newest ones of the index

test-oldest test-newest: TESTS := $(COVERING) tests/engine
test-oldest test-newest: test-%:
	@$(MAKE) --no-print-directory VENV=.venv-$* .venv-$*/locked
	@.venv-$*/bin/uv pip install --quiet --python .venv-$*/bin/python --resolution=$(RESOLUTION_$*) \
	  --upgrade-package=pulumi --upgrade-package=pulumi-aws --requirement=pyproject.toml
	@.venv-$*/bin/uv pip freeze --quiet --python .venv-$*/bin/python | grep '^pulumi'
	@.venv-$*/bin/python -m sandbox tools
	@printf '%s\0' $(call each_quoted,$(TESTS)) | $(WITHOUT_GC) xargs -0 -n 1 .venv-$*/bin/pytest -n 2 --dist loadscope

# One folder after the other: old SDKs keep the stack of an engine's program in the process, also for the mocks' next one.
RESOLUTION_oldest := lowest-direct
RESOLUTION_newest := highest

assurance: wheel ## the long proofs: faults, kills, and a check in many orders of changes (SEEDS="1 2" for other orders)
	@$(BIN)/python -m sandbox tools
	@echo 'A walk that fails is named with its seed. Repeat it with: make assurance SEEDS=SEED TESTS=tests/assurance/test_check_oracle.py'
	@$(ON_WHEEL) ASSURANCE=long SEEDS=$(call quoted,$(SEEDS)) $(PYTEST) --dist worksteal -v --timeout=1800 \
	  $(call each_quoted,$(TESTS))

assurance: TESTS := tests/assurance

bench: wheel ## compare what a component takes with what bare resources take (up to 40 minutes)
	@$(BIN)/python -m sandbox tools
	@PYTHONPATH=$(abspath $(WHEEL)) $(BIN)/python -P -m tools.bench

lint: style workflows types ## ruff, pyright's rules, the workflows' linters and mypy

# Each command is shown: whoever reads a failure sees which program it is. For layout and imports, `make format` helps.
style: $(VENV)/locked
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-cache --no-logo

format: $(VENV)/locked ## format all Python, and sort its imports
	@$(BIN)/ruff check --quiet --select I --fix . && $(BIN)/ruff format --quiet .

workflows: $(VENV)/locked
	$(BIN)/zizmor --offline --quiet --no-progress .github
	$(call schema,github-workflows) .github/workflows/*.yml
	$(call schema,github-issue-forms) .github/ISSUE_TEMPLATE/bug.yml .github/ISSUE_TEMPLATE/idea.yml
	$(call schema,github-issue-config) .github/ISSUE_TEMPLATE/config.yml
	$(call schema,dependabot) .github/dependabot.yml

schema = $(BIN)/check-jsonschema --builtin-schema vendor.$(1)

types: $(VENV)/locked
	$(BIN)/mypy --no-error-summary
	$(BIN)/basedpyright --level error

# The reference reads the schema.
generate: $(VENV)/locked ## write what is made from the code: plugin/schema.json, docs/reference, the table of a check
	@$(BIN)/python plugin/make_schema.py
	@$(BIN)/python -m tools.reference

# In an environment of its own: nothing but what builds it can change what is published.
release: ## build what is published, and see that it may be; publishes nothing
	@$(MAKE) --no-print-directory VENV=.venv-release .venv-release/release
	@.venv-release/bin/python -m tools.release

lock: $(VENV)/locked ## pin the development dependencies anew, none younger than a week (FIX="urllib3" takes its newest)
	@# uv reads no group of a project that it must not manage.
	@mkdir -p $(dir $(MANAGED)) && grep -v '^managed = false$$' pyproject.toml >$(MANAGED)
	@$(LOCKING) --group $(MANAGED):dev $(MANAGED) --output-file requirements.lock
	@$(LOCKING) --group $(MANAGED):sandbox --constraint requirements.lock $(MANAGED) --output-file requirements-sandbox.lock
	@$(LOCKING) --group $(MANAGED):release --constraint requirements.lock --output-file requirements-release.lock
	@$(LOCKING) --group $(MANAGED):go --output-file requirements-go.lock

override MANAGED := $(VENV)/managed/pyproject.toml
# What does harm is mostly found within days. Only a security fix is worth a younger package, by its name in FIX.
# uv leaves out the extras, whose packages are pinned anyway: pip takes no constraints with extras.
LOCKING := $(BIN)/uv pip compile --upgrade --quiet --universal --python-version 3.11 --generate-hashes \
  --no-header --no-annotate --no-emit-index-url \
  --exclude-newer='7 days' $(call each_quoted,$(patsubst %,--exclude-newer-package=%=false,$(call given,FIX)))

audit: $(VENV)/locked ## look for known weaknesses of what the lock files pin, in PyPI's database
	@$(BIN)/pip-audit --strict --disable-pip --require-hashes --progress-spinner=off --cache-dir=$(VENV)/audit \
	  $(addprefix --requirement=,$(wildcard requirements*.lock))

clean: ## remove what make made here (not the cache of built tools)
	rm -rf $(VENV) .venv-* dist .coverage* htmlcov .hypothesis .mypy_cache .pytest_cache .ruff_cache

$(VENV)/locked: requirements.lock pyproject.toml
	@$(call quoted,$(PYTHON)) -c '$(VERSION)'
	@$(call quoted,$(PYTHON)) tools/environment.py $(VENV) requirements.lock --editable
	@touch $@

$(VENV)/sandbox $(VENV)/release: $(VENV)/%: requirements-%.lock
	@$(call quoted,$(PYTHON)) -c '$(VERSION)'
	@$(call quoted,$(PYTHON)) tools/environment.py $(VENV) $<
	@touch $@

VERSION := import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed, this is " \
  + sys.version.split()[0] + ": say which with make PYTHON=python3.12 …")

# Always anew: it takes a second, and nobody then tests an old one.
wheel: $(VENV)/locked
	@rm -rf $(WHEEL) $(VENV)/dist
	@$(BIN)/uv build --quiet --wheel --no-build-isolation --python $(BIN)/python --out-dir $(VENV)/dist
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-index --target $(WHEEL) $(VENV)/dist/*.whl

.PHONY: help demo shell verify check quick test tests test-plugin test-oldest test-newest assurance bench audit lint style format \
  workflows types generate release lock clean wheel
