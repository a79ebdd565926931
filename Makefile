# `make` alone lists the targets. Every target first installs what it needs; see docs/operations.md.
.DEFAULT_GOAL := help
.PHONY: help install demo test check advisories bench faults mutants specs fmt up down status logs doctor clean
MAKEFLAGS += --no-print-directory

RUN := .venv/bin/python -m
RULES := tests/unit tests/scenarios
SYSTEMS := $(wildcard $(addprefix tests/,faults e2e integration workflows compatibility))
# Two processes, each with engines of its own; a file's tests stay together, the longest files come first.
BESIDE := -n 2 --dist loadfile --no-loadscope-reorder

help: ## list the targets
	@echo "Hostbook: billing for Bitcoin-mining hosts. Targets:"
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

install: ## install all that is needed (every other target does so by itself)
	@PYTHON="$(PYTHON)" sh tools/setup/setup.sh

demo: install ## the recorded month on the real engines; stays up until Ctrl-C (ONCE=1 stops at the end)
	@$(RUN) hostbook demo $(if $(ONCE),--once)

test: check ## the checks, then every test against the real components
	@$(RUN) pytest -n 2 $(RULES)
	@$(RUN) pytest $(BESIDE) --durations=25 $(SYSTEMS)

check: install ## lint, types, imports, sizes, drift of generated files
	@$(RUN) ruff check .
	@$(RUN) ruff format --check .
	@$(RUN) mypy libs services tools tests
	@.venv/bin/lint-imports --no-logo
	@$(RUN) hostbook.checks
	@$(RUN) pytest tests/architecture

advisories: install ## what is known against the packages that we ship (needs the public index itself, or SOURCE=osv)
	@.venv/bin/uv tool run pip-audit@2.10.0 --strict --no-deps --disable-pip$(if $(SOURCE), -s $(SOURCE)) -r requirements/runtime.txt

bench: install ## measure latency and throughput on an idle machine
	@$(RUN) hostbook bench

faults: install ## kill, pause, fill and cut everything: a month of billing, and a million reads
	@HOSTBOOK_FAULTS=full $(RUN) pytest -s tests/faults

mutants: install ## change the rules one by one; the tests must notice each
	@PYTHONPATH=tests $(RUN) support.mutants

specs: install ## write the generated files: schemas, OpenAPI, AsyncAPI
	@$(RUN) hostbook specs

fmt: install ## format, and mend what ruff can mend
	@$(RUN) ruff format .
	@$(RUN) ruff check --fix .

up: install ## start the engines and the services
	@$(RUN) hostbook up

down: install ## stop them; the data stay
	@$(RUN) hostbook down

status: install ## address, health, memory and lag of every part
	@$(RUN) hostbook status

logs: install ## follow the logs of one part: make logs PART=kafka
	@$(RUN) hostbook logs $(PART) --follow

doctor: install ## look for what is missing and name the remedy
	@$(RUN) hostbook doctor

clean: ## stop everything and delete the data, the environment and the caches
	@if [ -x .venv/bin/python ]; then $(RUN) hostbook down --all; fi
	rm -rf .venv .state .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache mutants
