"""Both databases have the same migrations, numbered without a gap."""

from importlib import resources

import pytest

SCHEMA = resources.files("pairgrant_server.authorization_server.store").joinpath("schema")


def migrations(engine: str) -> list[str]:
    return sorted(file.name for file in SCHEMA.joinpath(engine).iterdir() if file.name.endswith(".sql"))


def test_both_databases_have_the_same_migrations() -> None:
    assert migrations("sqlite") == migrations("postgresql"), "write the migration for the other database too"


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_migrations_are_numbered_without_a_gap(engine: str) -> None:
    numbers = [int(name.partition("_")[0]) for name in migrations(engine)]
    assert numbers == list(range(1, len(numbers) + 1))
