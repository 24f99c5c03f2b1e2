# Wellheard's two commands are `make demo` and `make test`; each does all the set-up it needs.
SHELL := /bin/sh
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	"$$p" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null \
	&& echo $$p && break; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps
export PIP_NO_INPUT := 1

.PHONY: help demo up test bench months lint format lock setup clean
.DEFAULT_GOAL := help

help:  ## What can be asked for
	@grep -E '^[a-z]+:.*##' Makefile | sed 's/:.*## /\t/' | expand -t 12

demo: .venv/ready  ## Run the main job for a made-up company: feedback in, gated PDF out, mailed
	@$(BIN)/wellheard demo

up: .venv/ready  ## Keep the Airflow UI running on the demo's data; prints address and login
	@$(BIN)/wellheard demo --stay

test: .venv/ready-dev  ## Run all tests
	@$(BIN)/python -m pytest -n 2 --dist loadfile $(TESTS)

bench: .venv/ready  ## Land 100,000 and 1,000,000 tickets, beside a bare loop, dlt and a Singer tap
	@$(BIN)/python benchmarks/land_tickets.py $(BENCH)

lint: .venv/ready-dev  ## ruff, mypy, sqlfluff, dbt parse
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy
	@$(BIN)/sqlfluff lint --disable-progress-bar dbt_project
	@$(BIN)/sqlfluff lint --disable-progress-bar --dialect duckdb --templater raw reports
	@$(BIN)/dbt --quiet parse --project-dir dbt_project --profiles-dir dbt_project --vars "$$($(BIN)/python -m wellheard.feeds dbt_project)" --target-path ../var/lint --log-path var/lint

format: .venv/ready-dev  ## Format Python and fix what can be fixed
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

months: .venv/ready  ## Measure what a month more costs beside two years in full (SCALE=0.01)
	@$(BIN)/python benchmarks/months.py --scale $(or $(SCALE),1)

setup: .venv/ready  ## Only install

.venv/ready: requirements.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "Wellheard needs Python 3.11, 3.12 or 3.13; none was found."; exit 1; }
	@$(PYTHON) -I dags/wellheard/system.py
	@echo "Setting up .venv with $$($(PYTHON) --version): about 190 packages, two minutes the first time"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(PIP) --require-hashes -r requirements.txt
	@$(PIP) --no-build-isolation --no-index --editable .
	@touch .venv/ready

.venv/ready-dev: .venv/ready requirements-dev.txt
	@echo "Adding what the tests and linters need"
	@$(PIP) --require-hashes -r requirements-dev.txt
	@touch .venv/ready-dev

lock:  ## Compile requirements*.in into pinned, hashed requirements*.txt (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-header --quiet requirements.in -o requirements.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-header --quiet requirements-dev.in -o requirements-dev.txt

clean:  ## Remove the environment and all state of the demo
	rm -rf .venv var/demo
