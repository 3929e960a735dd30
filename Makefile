# Everything a newcomer, a developer and the CI need. `make` alone lists the targets.
#
# Variables: VENV (where the virtual environment is made), PYTHON (3.11 or newer), DATA and PICTURES
# (where the demonstration keeps its shop and its pictures), TARGET (of `make image`: amd64, arm64 or
# arm64-rpi; the first two unless said), CUTS and SEEDS (of `make power-cuts`), TRIAL and SEED (of
# `make test-image`: sale, break-outs, updates or update-cuts), UV (only for `make lock`).

PYTHON ?= python3
VENV ?= .venv
DATA ?= demo-data
PICTURES ?= demo-pictures
UV ?= uv
CUTS ?= 200

PY := $(VENV)/bin/python
RUNTIME := $(VENV)/.reprise-runtime
DEV := $(VENV)/.reprise-dev
CATALOGUES := $(wildcard terminal/locales/*/LC_MESSAGES/*.po)
COMPILED := $(CATALOGUES:.po=.mo)

# The screen tests need a display: a virtual one, large enough for every size, where there is none.
# It draws in software, so that a machine without a graphics card does the same.
DISPLAYED := $(if $(DISPLAY)$(WAYLAND_DISPLAY),,LIBGL_ALWAYS_SOFTWARE=1 xvfb-run -a -s "-screen 0 1920x1920x24")

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test lint check bench bench-devices explore interop image bundle test-image power-cuts \
    setup lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' Makefile

demo: setup $(RUNTIME) $(COMPILED) ## Open the terminal with simulated devices (pictures where there is no display)
	$(PY) -m terminal demo --data $(DATA) --pictures $(PICTURES)

test: setup $(DEV) $(COMPILED) ## Run all tests but the long ones
	$(DISPLAYED) $(PY) -m pytest

lint: setup $(DEV) ## Check form, types and import contracts
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

check: lint test ## Everything that must be green before a change goes in

bench: setup $(DEV) $(COMPILED) ## Measure, and print a table (also build/bench.json)
	@mkdir -p build
	$(DISPLAYED) $(PY) tests/bench/run.py --json build/bench.json

bench-devices: setup $(DEV) ## Try the drivers on real kernel devices, in an emulated machine (installs QEMU)
	tests/devices_bench/prepare build/devices-bench
	$(PY) tests/devices_bench/run.py

explore: setup $(DEV) $(COMPILED) ## The long set: every crash point, driver, forgery and flow, at every moment
	REPRISE_EXPLORE=full $(DISPLAYED) $(PY) -m pytest tests/crash tests/drivers tests/fiscal tests/flows

interop: setup $(DEV) ## Try drivers and simulators on other people's implementations (needs Node, chromium, libxkbcommon-tools; installs a TPM in software)
	image/setup-debian --needs tests/interop/packages
	$(PY) -m pytest tests/interop

image: setup $(DEV) ## Build the images of the appliance (TARGET=amd64 for one; installs what that takes, wants root)
	image/setup-debian --needs image/packages-build
	$(PY) -m image $(TARGET)

bundle: image ## Build signed updates of the images as well (REPRISE_UPDATE_CA, _CERT and _KEY: whose signature)
	$(PY) -m image.bundle $(TARGET)

test-image: setup $(DEV) ## Boot the built images, sell, cut the power, boot again (TARGET=amd64 or arm64 for one; installs QEMU)
	image/setup-debian --needs tests/image_trials/packages
	$(PY) tests/image_trials/run.py $(TARGET) $(if $(TRIAL),--trial $(TRIAL)) $(if $(SEED),--seed $(SEED))

power-cuts: setup $(DEV) $(COMPILED) ## Cut the power of an emulated machine CUTS times, or live the lives SEEDS=FIRST..LAST
	tests/power_cuts/prepare build/power-cuts $(PY)
	$(PY) tests/power_cuts/run.py --cuts $(CUTS) $(if $(SEEDS),--seeds $(SEEDS))

setup: ## Install the system libraries that are missing (says which and why first)
	@PYTHON=$(PYTHON) image/setup-debian

lock: ## Choose versions anew and write the lock files with their hashes
	$(UV) pip compile image/build-requirements.txt $(LOCK_OPTIONS) -o requirements-build.lock
	$(UV) pip compile pyproject.toml image/build-requirements.txt $(LOCK_OPTIONS) \
	    -c requirements-build.lock -o requirements.lock
	$(UV) pip compile pyproject.toml image/build-requirements.txt $(LOCK_OPTIONS) \
	    --extra pkcs11 -c requirements.lock -o requirements-pkcs11.lock
	$(UV) pip compile pyproject.toml image/build-requirements.txt $(LOCK_OPTIONS) \
	    --extra dev -c requirements.lock -o requirements-dev.lock

LOCK_OPTIONS := --quiet --universal --upgrade --python-version 3.11 --generate-hashes \
    --no-annotate --custom-compile-command "make lock"

clean: ## Remove what was made here, except the demonstration's shop
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis \
	    .import_linter_cache $(PICTURES) $(COMPILED)

$(RUNTIME): requirements-build.lock requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	test -x $(PY) || $(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --require-hashes -r requirements-build.lock
	$(PY) -m pip install --quiet --require-hashes --no-build-isolation -r requirements.lock
	$(PY) -m pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

$(DEV): requirements-dev.lock $(RUNTIME)
	$(PY) -m pip install --quiet --require-hashes --no-build-isolation -r requirements-dev.lock
	touch $@

# Compiled catalogues save a tenth of a second at every start; the terminal also runs without them.
%.mo: %.po | $(RUNTIME)
	$(VENV)/bin/pybabel --quiet compile -i $< -o $@
