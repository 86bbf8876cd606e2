# kypholine: `make run` starts the line, `make test` proves it. Nothing else to set up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help install install-dev browser run test soak rehearsal pictures lint check packages sbom audit alarms bench lock clean

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 16

# Compiled here, because a service may not write beside the code and would compile at every start.
install: $(VENV)/.installed ## everything the line needs, in .venv
	@$(BIN)/python -m compileall -q voice

install-dev: $(VENV)/.installed-dev ## the same, and what its tests need

$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "kypholine needs Python 3.11 or later; run: make PYTHON=python3.11 run"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

browser: install-dev ## a browser for the tests, installed if there is none
	@$(BIN)/python -m tests.browser.install

run: install ## start the line; the last line printed says where to point the browser
	$(BIN)/python -m voice serve

# If the environment forbids keeping compiled code, each of hundreds of processes compiles it again.
# Three at a time: while one waits for its browser or its servers, two cores have work.
test: export PYTHONDONTWRITEBYTECODE =
test: install-dev browser ## every test, including those in a real browser
	$(BIN)/python -m voice audio
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

soak: $(VENV)/.installed-soak ## the long tests: failures and fuzzing (some ten minutes); needs nginx, npm and Prometheus
	$(BIN)/python -m voice audio
	$(BIN)/python -m pytest -m soak
	$(MAKE) alarms

$(VENV)/.installed-soak: $(VENV)/.installed-dev requirements-soak.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-soak.lock
	@touch $@

rehearsal: install-dev ## try the handbook on machines and containers made for it; needs root, systemd-container, Docker, podman
	$(BIN)/python -m voice audio
	$(BIN)/python -m pytest -m rehearsal --log-cli-level=INFO

alarms: ## test the alarms; needs promtool (Debian: apt-get install prometheus)
	promtool check rules deploy/alerts.yaml
	promtool test rules deploy/alerts_test.yaml deploy/alerts_weeks_test.yaml

pictures: install-dev browser ## make the pictures of docs/for-staff.md again
	$(BIN)/python -m voice audio
	$(BIN)/python -m tests.browser.pictures

lint: install-dev ## style, types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

check: install ## every problem in scripts and audio
	$(BIN)/python -m voice audio
	$(BIN)/python -m voice check

packages: install-dev ## check that the installed packages fit each other (needs no network)
	$(BIN)/python -m pip check

sbom: install ## sbom.json: what the line is made of, as CycloneDX (needs no network)
	$(BIN)/python deploy/sbom.py > sbom.json

audit: packages $(VENV)/audit/.installed ## known vulnerabilities of the packages; needs the network
	@$(BIN)/python deploy/audit.py $(VENV)/audit/bin/pip-audit requirements.lock

$(VENV)/audit/.installed: $(VENV)/.installed requirements-audit.lock
	$(PYTHON) -m venv $(VENV)/audit
	$(VENV)/audit/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-audit.lock
	@touch $@

bench: install ## what a request costs on this machine (some three minutes)
	$(BIN)/python -m voice bench

lock: ## renew the lock files (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-emit-index-url --no-header --quiet --group build pyproject.toml -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-emit-index-url --no-header --quiet --group build --group dev pyproject.toml -o requirements-dev.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-emit-index-url --no-header --quiet --group build --group soak pyproject.toml -o requirements-soak.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-emit-index-url --no-header --quiet --group audit -o requirements-audit.lock

clean: ## remove what the commands above made, but not instance/
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache audio/*.wav audio/*.mp3 audio/manifest.json sbom.json
