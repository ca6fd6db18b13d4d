# make weekly   set up, then check, snapshot and pages of the week (the main job); more options: make weekly ARGS="--lang en"
# make test     set up, then the tests (what they need of Debian is installed if it is missing and that may be done)
# make docs     the documentation as a site in docs/site/ that needs no network, every link of it looked at
# make lint     ruff and mypy
# make bench    the benchmarks
# make lock     pin anew what pyproject.toml asks for; newer versions: make lock ARGS=--upgrade
# make clean    remove what make made; the records, snapshots/ and maps/ stay

# The python3 of the machine when lsinfra was tried with its version, else another that was, else any from 3.11 on.
ifndef PYTHON
PYTHON := $(shell \
  for p in python3 python3.13 python3.12 python3.11 python; do \
    $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1 && echo $$p && exit; \
  done; \
  for p in python3 python; do \
    $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$p && exit; \
  done; \
  echo python3)
endif

# Relative, so that a folder with spaces in its name does no harm.
BIN := .venv/bin
PREPARE = "$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
  || { echo "Cần Python 3.11 trở lên / Python 3.11 or newer is needed ($(PYTHON)): make weekly PYTHON=/path/to/python3" >&2; \
       exit 1; }; "$(PYTHON)" tools/prepare.py

.PHONY: weekly test docs lint bench lock clean setup help
# Two set-ups at once (make -j lint test) would write into one .venv.
.NOTPARALLEL:

weekly: setup
	@$(BIN)/lsinfra weekly $(ARGS)

setup:
	@$(PREPARE) run

# The tests wait for browsers and offices a part of their time: one process more than there are processors.
test:
	@$(PREPARE) test
	@$(PREPARE) browser
	@$(PREPARE) postgres
	@$(PREPARE) office
	@$(PREPARE) gdal
	$(BIN)/python -m pytest -n $$("$(PYTHON)" -c "import os; print((os.cpu_count() or 1) + 1)") --dist worksteal $(ARGS)

docs:
	@$(PREPARE) test
	$(BIN)/python -m tools.docs

lint:
	@$(PREPARE) dev
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy lsinfra tests tools $(wildcard benchmarks)

bench:
	@$(PREPARE) bench
	@$(PREPARE) browser
	$(BIN)/python -m benchmarks $(ARGS)

# Each level is pinned with the one before it, so that all of them agree. --fork-strategy fewest: one version of a
# library for every Python, because the same records must give the same pages on all of them.
LOCK = $(BIN)/python -m uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --fork-strategy fewest \
  --generate-hashes --no-config --system-certs --no-emit-index-url --no-emit-find-links --no-annotate --no-header $(ARGS)

lock:
	@$(PREPARE) dev
	$(LOCK) --extra pdf --group build -o requirements/run.txt
	$(LOCK) --extra pdf --group build --group test -c requirements/run.txt -o requirements/test.txt
	$(LOCK) --extra pdf --group build --group test --group dev -c requirements/test.txt -o requirements/dev.txt
	$(LOCK) --extra pdf --group build --group test --group bench -c requirements/dev.txt -o requirements/bench.txt

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist docs/site docs/.cache
	find lsinfra tests tools benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile
