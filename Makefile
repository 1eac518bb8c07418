# Needs Python 3.11 or newer and make; the rest is set up here, in .venv.

PYTHON ?= python3
VENV := .venv
READY := $(VENV)/.ready
READY_FOR_TESTS := $(VENV)/.ready-for-tests
TESTERS ?= auto
SOURCES := packbench packbench_sandbox tests scripts bench
export PYTHON VENV

.PHONY: help demo test check prove bench screenshots messages lock clean

help:
	@echo "make demo         set up and show the whole flow against the sandbox"
	@echo "make test         the everyday tests (ARGS='-k label' to choose)"
	@echo "make check        style, types, direction of imports, forgotten migrations"
	@echo "make prove        the long proofs"
	@echo "make bench        the benchmarks"
	@echo "make screenshots  draw the pictures of the handbook"
	@echo "make messages     collect the texts to translate, compile the catalogs"
	@echo "make lock         resolve the dependencies anew (ARGS=--upgrade for newer ones)"
	@echo "make clean        remove what was set up; the desk's own data stays"

demo: $(READY)
	$(VENV)/bin/packbench demo $(ARGS)

test: $(READY_FOR_TESTS)
	scripts/chromium.sh
	$(VENV)/bin/python -m pytest -q -n $(TESTERS) --dist loadfile -m "not proof and not bench" tests $(ARGS)

check: $(READY_FOR_TESTS)
	$(VENV)/bin/ruff check $(wildcard $(SOURCES))
	$(VENV)/bin/ruff format --check $(wildcard $(SOURCES))
	PACKBENCH_HOME=$(CURDIR)/.cache/check DATABASE_URL=postgresql:// $(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	PACKBENCH_HOME=$(CURDIR)/.cache/check $(VENV)/bin/packbench manage makemigrations --check --dry-run

prove: $(READY_FOR_TESTS)
	scripts/chromium.sh
	$(VENV)/bin/python -m pytest -q -m proof tests $(ARGS)

bench: $(READY_FOR_TESTS)
	$(VENV)/bin/python -m bench $(ARGS)

screenshots: $(READY_FOR_TESTS)
	scripts/chromium.sh
	$(VENV)/bin/python scripts/screenshots.py $(ARGS)

lock:
	scripts/lock.sh $(ARGS)

messages: $(READY_FOR_TESTS)
	scripts/messages.sh

clean:
	rm -rf $(VENV) .cache .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find $(wildcard $(SOURCES)) -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): requirements.lock pyproject.toml scripts/setup.sh
	scripts/setup.sh requirements.lock
	touch $@

$(READY_FOR_TESTS): requirements-dev.lock pyproject.toml scripts/setup.sh
	scripts/setup.sh requirements-dev.lock
	touch $(READY) $@
