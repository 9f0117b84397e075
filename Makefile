# Each target installs what it needs into .venv/ when that is missing (scripts/bootstrap), and nothing outside this folder.
#   PYTHON=python3.13    the interpreter to make .venv/ with, if not the first fitting one
#   ARGS="…"             passed on: make call ARGS="--scenario prayer", make test ARGS="tests/shared -k routing"
#   WORKERS=4            how many tests run at once (else one more than there are cores, as every test waits now and then)

ARGS ?=
WORKERS ?=
PYTHON ?=
export PYTHON
# The type checker is pinned: it has no newer one to look for.
export PYRIGHT_PYTHON_IGNORE_WARNINGS = 1
# Every process of the tests, several hundred, would compile this project anew where the machine forbids bytecode.
export PYTHONDONTWRITEBYTECODE =

AT_ONCE = $(or $(WORKERS),$(shell expr $$(nproc) + 1))
# Of telephone calls in real time, whose speech is misheard on busy cores.
CALLING = $(or $(WORKERS),$(shell nproc))

# Tests with speech in real time get a second try, and are named (tests/plugins/second_try.py).
SPEAKING = -p second_try --reruns 1

PYTEST = .venv/bin/pytest --durations 12 --durations-min 5 --numprocesses $(AT_ONCE) --maxprocesses 8 --dist loadfile

.PHONY: help call test test-unit test-calls test-sip test-phone test-long test-pythons phone-rig sip-contract check requirements mutate chaos bench lock baseline clean distclean installed
.DEFAULT_GOAL := help

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s%s\n", $$1, $$2 }' Makefile

call: installed ## a whole simulated phone call, answered, on the embedded stack
	@.venv/bin/pickup call $(ARGS)

# The parts of the tests, a folder each, as they differ in how they pass the time:
#   tests/calls  simulated callers on real audio, at three times the speed of real time, all clocks of the process with it
#   tests/sip    SIP and RTP in real time without speech
#   tests/phone  telephone calls with speech, in real time
# With ARGS a part may be without a test that fits them (pytest exits with 5).
MAYBE_NONE = $(if $(ARGS),|| [ $$? = 5 ])

ifeq ($(filter tests/%,$(ARGS)),)
test: test-unit test-calls test-sip test-phone ## all tests but the long ones; of one folder: ARGS=tests/shared
else
test: installed
	$(PYTEST) $(if $(filter tests/calls%,$(ARGS)),--speed 3) $(ARGS)
endif

# They write down together what they prove: one after the other, the first anew.
.NOTPARALLEL:

test-unit: installed ## what needs no call: rules, SQL, HTTP, single processes
	$(PYTEST) tests --ignore tests/calls --ignore tests/sip --ignore tests/phone -m "not long" $(ARGS) $(MAYBE_NONE)

test-calls: installed ## simulated calls on real audio
	$(PYTEST) $(SPEAKING) --dist loadgroup tests/calls --speed 3 --requirements-add -m "not long" $(ARGS) $(MAYBE_NONE)

test-sip: installed ## SIP and RTP without speech
	$(PYTEST) tests/sip --requirements-add -m "not long" $(ARGS) $(MAYBE_NONE)

test-phone: installed ## telephone calls with speech
	$(PYTEST) $(SPEAKING) --numprocesses $(CALLING) tests/phone --requirements-add -m "not long" $(ARGS) $(MAYBE_NONE)

test-long: installed ## the long tests, which add cases to those of `make test`
	$(PYTEST) --dist load tests/shared --requirements-add -m long $(ARGS) $(MAYBE_NONE)
	$(PYTEST) $(SPEAKING) --dist loadgroup tests/calls --speed 3 --requirements-add -m long $(ARGS) $(MAYBE_NONE)
	$(PYTEST) $(SPEAKING) --numprocesses $(CALLING) tests/sip tests/phone --requirements-add -m long $(ARGS) $(MAYBE_NONE)

PYTHONS ?= python3.12 python3.13
test-pythons: ## tests/shared on other interpreters, each in a clone of its own (PYTHONS="… …")
	@for python in $(PYTHONS); do \
		clone=$$(mktemp -d) && git clone -q . $$clone && $(MAKE) -C $$clone installed PYTHON=$$python && \
		(cd $$clone && .venv/bin/pytest -q -n $(CALLING) tests/shared -m "not long" $(ARGS)) || exit 1; \
		rm -rf $$clone; \
	done

phone-rig: installed ## a LiveKit server and two SIP phones, for tests with real telephony (root, or sudo)
	@scripts/phone-rig

# SIP=HOST:PORT LIVEKIT=ws://… holds a service of your own to it (key and secret: LIVEKIT_API_KEY, LIVEKIT_API_SECRET)
sip-contract: installed ## what Pickup relies on from LiveKit's SIP service, held against our gateway
	.venv/bin/pytest tests/sip/contract $(if $(SIP),--sip $(SIP) --livekit-url $(LIVEKIT)) $(ARGS)

check: installed ## lint (SQL too), formatting, types, the structure, the reasons for what isn't proven
	@failed=; for tool in "squawk supabase/migrations/*.sql" "ruff check ." "ruff format --check ." "pyright" "python scripts/structure.py" "python tests/plugins/requirements_report.py --reasons"; do \
		echo "$$tool"; .venv/bin/$$tool || failed=yes; \
	done; [ -z "$$failed" ]

requirements: installed ## which numbered requirements are proven by a test that passes
	@.venv/bin/python tests/plugins/requirements_report.py $(ARGS)

mutate: installed ## which small changes to the domain's rules no test notices (a sample, 5 min): ARGS=shared/domain/keys.py
	@.venv/bin/python scripts/mutate.py $(ARGS)

chaos: installed ## calls while processes die and freeze, providers fail, webhooks come twice: ARGS="--calls 200 --seed 1,2,3,4,5"
	@.venv/bin/python -m bench.chaos $(ARGS)

bench: installed ## latency, memory and CPU against bare livekit-agents, acks of webhooks (phone calls too, with the phone rig)
	@.venv/bin/python -m bench $(ARGS)

lock: installed ## write requirements.lock anew from pyproject.toml
	.venv/bin/uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header --all-extras \
		--python-version 3.11 --output-file requirements.lock $(ARGS) pyproject.toml

baseline: installed ## write supabase/migrations/…_baseline.sql anew from supabase/schema/, until there is another migration
	@.venv/bin/python scripts/baseline.py

clean: ## remove the data of calls: database, recordings, logs
	@if [ -f .venv/installed ]; then .venv/bin/python scripts/clean.py; else rm -rf .pickup; fi

distclean: clean ## remove .venv/ and all caches too
	rm -rf .venv .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

installed:
	@scripts/bootstrap
