# Everything that is done with this checkout by hand, in CI and in the documentation is a target here.
# Nothing needs to be installed first but Python 3.11 or newer (on Debian and Ubuntu with python3-venv), git and make.
#
#   PYTHON=python3.12   the interpreter to build on; without it the newest of 3.13, 3.12, 3.11 at hand
#   VENV=.venv          where the packages go
#   ARGS="-k fence -x"  handed on to pytest by test, bench-parts and chaos, to the benchmark by bench, to pointsman by demo

VENV ?= .venv
BIN := $(VENV)/bin
ARGS ?=
SETUP = @PYTHON="$(PYTHON)" VENV="$(VENV)" sh tools/setup.sh
LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-annotate --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)
# Strict: what Sphinx warns of (a broken link, a page that is in no table of contents) fails, after all of it was said.
SITE = rm -rf build/site && $(BIN)/sphinx-build --quiet --fail-on-warning --fresh-env --jobs 2 --doctree-dir build/doctrees docs build/site
# Where Python may not keep what it has compiled, every process of a test run compiles the same thousand files again.
export PYTHONDONTWRITEBYTECODE =
RUN_EXTRAS = --extra worker --extra local --extra monitor --extra keyring --extra http

.DEFAULT_GOAL := help
.PHONY: help demo test test-all test-hosts check format bench bench-smoke bench-compare bench-peers bench-parts bench-apps bench-gate bench-reads chaos planted soak lock docs pictures secrets setup setup-dev system clean

help: ## say what can be done here (the default)
	@echo "make <target>, where <target> is one of"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-13s %s\n", $$1, $$2 }' Makefile

demo: setup ## start everything locally, trade on the simulator for a minute, clean up
	@$(BIN)/pointsman demo $(ARGS)

test: setup-dev ## run the whole test suite (about 5 minutes on 2 cores)
	@echo "Running the tests with $$($(BIN)/python --version)"
	@[ -d tests/__pycache__ ] || $(BIN)/python -m pytest --collect-only -qq > /dev/null || true # or six processes prepare every file
	@$(BIN)/python -m pytest -n 6 --dist loadfile --no-loadscope-reorder $(ARGS)

test-all: ## run the whole suite on each of Python 3.11, 3.12 and 3.13 that is here
	@failed=; for version in 3.11 3.12 3.13; do \
		if python$$version -c "" 2>/dev/null; then \
			$(MAKE) --no-print-directory test PYTHON=python$$version VENV=.venv-$$version || failed="$$failed $$version"; \
		else \
			echo "Python $$version is not here: left out"; \
		fi; \
	done; \
	[ -z "$$failed" ] || { echo "Stopped: the tests fail on Python$$failed"; exit 1; }

test-hosts: setup-dev ## what runs on several machines: Sentinels, RabbitMQ, network namespaces (a minute and a half)
	@echo "Starting Sentinels, RabbitMQ and hosts of their own; what is not here is left out, with its reason"
	@$(BIN)/python -m pytest -m hosts -n 3 --dist loadfile tests/hosts $(ARGS)

check: setup-dev ## format, lint, types, layers, pinned packages, the site: what CI asks before the tests
	@echo "Format:  ruff format --check"
	@$(BIN)/ruff format --check --quiet . || { echo "Stopped: some files are not formatted; make format does it."; exit 1; }
	@echo "Lint:    ruff check"
	@$(BIN)/ruff check --quiet .
	@echo "Types:   mypy, strict"
	@$(BIN)/mypy
	@echo "Layers:  imports point one way"
	@said=$$($(BIN)/lint-imports --no-logo 2>&1) || { echo "$$said"; exit 1; }
	@echo "Pins:    the pinned packages fit pyproject.toml"
	@$(BIN)/python -m pytest --quiet --quiet --no-header tests/unit/test_pins.py
	@echo "Docs:    the site builds without a warning"
	@$(SITE)
	@echo "All is well."

docs: setup-dev ## build the documentation's site into build/site
	@$(SITE)
	@echo "Open build/site/index.html"

format: setup-dev ## write the code the way check wants it
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix-only --quiet .

bench: setup-dev bench-peers ## measure beside the peers, in one run (90 minutes; ARGS="--parts burst": less)
	@echo "Measuring; the machine should have nothing else to do"
	@PYTHONPATH=tests $(BIN)/python -m benchmarks.peers $(ARGS)

bench-smoke: setup-dev ## run every part of the benchmark once, tiny, so that it cannot rot (40 s; part of make test)
	@$(BIN)/python -m pytest -m smoke $(ARGS)

bench-compare: setup-dev ## count the hot path's instructions at a revision and here: BASE=main (10 minutes; needs valgrind)
	@PYTHONPATH=tests $(BIN)/python -m benchmarks.peers.compare $(or $(BASE),$(error name a revision: make bench-compare BASE=main)) $(ARGS)

bench-peers: setup-dev ## only make the environments of those that are measured beside
	@PYTHON=$(BIN)/python sh tools/peers.sh

bench-parts: setup-dev ## measure parts by themselves: pools, durability, the sweeper, going along (some minutes)
	@echo "Measuring; the machine should have nothing else to do"
	@$(BIN)/python -m pytest -m benchmark -s $(ARGS)

bench-gate: setup-dev ## hold the gate against strict limits: share used, refusals, lanes (40 minutes; SECONDS=10: 20)
	@PYTHONPATH=tests SECONDS="$(SECONDS)" $(BIN)/python -m benchmarks.gate $(ARGS)

bench-reads: setup-dev ## hold reads at scale against the limits' own minimum, beside ccxt (6 minutes)
	@PYTHONPATH=tests $(BIN)/python -m benchmarks.reads $(ARGS)

bench-apps: setup-dev ## what each way in costs: threads, asyncio, HTTP; and 10,000 fuzzed requests (11 minutes)
	@$(BIN)/python -m pytest -m benchmark -s tests/benchmarks/test_apps.py $(ARGS)

chaos: setup-dev ## break things on purpose while orders run, then count every order (some minutes)
	@echo "Killing, cutting and stalling, then counting"
	@$(BIN)/python -m pytest -m chaos -s $(or $(ARGS),tests/chaos/test_chaos.py)

planted: setup-dev ## plant the four bugs that would break the promise, and see each found (some minutes)
	@$(BIN)/python -m pytest -m chaos -s tests/chaos/test_planted_bugs.py tests/chaos/test_planted_in_the_model.py $(ARGS)

soak: setup-dev ## properties of gate, protocol and simulator, TIMES=20 as many examples as in test (half an hour)
	@TIMES="$(or $(TIMES),20)" $(BIN)/python -m pytest -n 2 --timeout 3600 tests/unit/gate \
		tests/unit/router/test_protocol_model.py tests/simulator/test_sim_*conservation.py \
		tests/simulator/test_sim_bybit_robust.py tests/simulator/test_sim_okx_margin.py \
		tests/simulator/test_sim_okx_nonsense.py $(ARGS)

lock: setup-dev ## pin the packages anew after a change in pyproject.toml; UPGRADE=1 for the newest of all
	@echo "Pinning what Pointsman needs: constraints.txt"
	@echo "hatchling>=1.27" | $(LOCK) pyproject.toml - $(RUN_EXTRAS) -o constraints.txt
	@echo "Pinning what its tests and checks need as well: constraints-dev.txt"
	@echo "hatchling>=1.27" | $(LOCK) pyproject.toml - --extra dev -c constraints.txt -o constraints-dev.txt
	@git --no-pager diff --stat -- constraints.txt constraints-dev.txt

secrets: ## make the passwords, keys and accounts that docker-compose.yml needs, where there are none yet
	@sh tools/secrets.sh

pictures: setup-dev system ## take the pictures of the documentation anew (needs Chromium)
	@POINTSMAN_TEST_PICTURES=docs/pictures $(BIN)/python -m pytest --quiet tests/integration/test_flower.py -k in_a_browser

system: ## only install the programs that some tests need and no Python package has (Debian, as root)
	@sh tools/system.sh

setup: ## only install what Pointsman needs into .venv
	$(SETUP) run

setup-dev: ## only install that, and what its tests and checks need
	$(SETUP) dev

clean: ## remove everything that the targets made
	@echo "Removing environments, caches and builds"
	@rm -rf .venv .venv-3.* build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
