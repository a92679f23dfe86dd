# One `make check` runs exactly what CI runs.
.PHONY: demo check lint test quick smoke cover bench profile man messages pictures gallery lock upgrade clean

demo:
	uv run pairgrant-server demo

check: lint cover test smoke

lint:
	uv run ruff check .
	uv run ruff format --check .
	uv run mypy
	uv run lint-imports --no-cache

test:
	uv run pytest

quick: # without a browser, the terminal screens, PostgreSQL, killed servers, installations and fuzzing
	uv run pytest -q -m "not slow"

smoke: # with the oldest versions that pyproject.toml allows; `test` runs the same with the newest
	uv venv --quiet --clear .artifacts/lowest
	uv pip install --quiet --python .artifacts/lowest --resolution lowest-direct --group dev \
		--editable '.[demo,postgresql]'
	.artifacts/lowest/bin/python -m pytest tests/smoke

cover: # the protocol package, covered by its own tests
	uv run pytest -n 2 tests/protocol --cov=pairgrant_protocol --cov-branch --cov-report=term-missing --cov-fail-under=100 -q

pictures: # of the README, from a real pairing
	uv run python docs/images/draw.py

gallery: # pictures of every state of every page, in .artifacts/gallery
	uv run python -m tests.pages.states.gallery

man: # the manual pages in deploy/man
	uv run python docs/man_pages.py

messages: # of the device and of the pages: collect them, update and compile the catalogues
	uv run python -m tests.catalogues.catalogues

bench:
	uv run python -m benchmarks

profile: # where the event loop spends its time: make profile WORKLOAD=pair
	uv run python -m benchmarks.profiles $(or $(WORKLOAD),pair)

lock: # what deploy/ installs and builds with, pinned by hash; it names no registry
	uv export --quiet --no-dev --group build --extra server --extra postgresql --no-emit-project --no-emit-index-url \
		--no-annotate --no-header --format requirements-txt > deploy/requirements.lock

upgrade: # take the versions of today, pin the server's, and check everything with them
	sed -i "s/^exclude-newer = .*/exclude-newer = \"$$(date -u +%Y-%m-%dT00:00:00Z)\"/" pyproject.toml
	uv lock --quiet --upgrade
	$(MAKE) lock check

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist .artifacts
