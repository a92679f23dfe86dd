# One `make check` runs exactly what CI runs.
.PHONY: demo check lint test cover bench lock clean

demo:
	uv run pairgrant-server demo

check: lint cover test

lint:
	uv run ruff check .
	uv run ruff format --check .
	uv run mypy
	uv run lint-imports --no-cache

test:
	uv run pytest

cover: # the protocol module, held by its own tests alone
	uv run pytest tests/protocol --cov=pairgrant_protocol --cov-branch --cov-report=term-missing --cov-fail-under=100 -q

bench:
	uv run python -m benchmarks

lock: # hash-pinned and free of URLs: everything, what serving needs, and what building needs
	uv export --quiet --no-emit-project --no-emit-index-url --no-annotate --no-header --format requirements-txt > requirements.lock
	uv export --quiet --no-dev --no-emit-project --no-emit-index-url --no-annotate --no-header --format requirements-txt > deploy/requirements.lock
	echo hatchling | uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header - > deploy/build.lock

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist .artifacts
