# `make` lists the commands. Everything is installed into .venv; nothing else is touched.

BIN := .venv/bin
READY := .venv/.ready
# What the demo takes is a part of it.
DEMO_READY := .venv/.demo-ready
INSTALL = python3 -m venv .venv && $(BIN)/pip install --disable-pip-version-check -c constraints.txt

.DEFAULT_GOAL := help
.PHONY: help setup demo unit test simulate fuzz faults soak lint schemas bench

help: ## list these commands
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

setup: $(READY) ## create .venv and install everything into it (a few GB the first time)

$(READY): pyproject.toml constraints.txt
	$(INSTALL) -e '.[optimize,search,embedded,dev]'
	touch $(DEMO_READY) $@

$(DEMO_READY): pyproject.toml constraints.txt
	$(INSTALL) -e '.[zh,embedded]'
	touch $@

demo: $(if $(wildcard $(READY)),$(READY),$(DEMO_READY)) ## train the starter model, replay a sample day through it, show the alerts
	$(BIN)/petrel demo

# Each file of tests runs in one process, which has servers of its own; the files in their order.
PARALLEL := --dist loadfile --no-loadscope-reorder

unit: setup ## unit tests, within a minute: no server, no Java, no training
	$(BIN)/pytest tests/unit -n 2 $(PARALLEL)

test: setup ## all tests, on real Kafka and Redis servers
	$(BIN)/pytest -n 3 $(PARALLEL)

simulate: setup ## 10,000 schedules of the core with workers killed, stopped and moved
	$(BIN)/python -m tests.simulation --schedules 10000

fuzz: setup ## over 100,000 hostile records through all that reads records
	$(BIN)/pytest tests/fuzz --hypothesis-profile=long -o timeout=3600

RUNS ?= 20
faults: setup ## 20 runs of each fault, on real servers; FAULT=roll RUNS=1 for less
	$(BIN)/python -m tests.faults $(FAULT) --runs $(RUNS)

MINUTES ?= 60
soak: setup ## feed half of what two workers can do for an hour: does anything grow? MINUTES=5
	$(BIN)/python -m tests.soak --minutes $(MINUTES)

lint: setup ## check style, format and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

schemas: setup ## write the JSON Schema and AsyncAPI files anew from the types
	$(BIN)/python -m schemas.generate

NAME ?= engine stream latency windows watchlist recovery detection
bench: setup ## measure against what one would use instead; NAME=engine runs one of them
	$(BIN)/pip install --disable-pip-version-check --quiet -c constraints.txt -e '.[bench]'
	@for name in $(NAME); do $(BIN)/python -m tests.bench $$name $(OPTIONS) || exit; done
