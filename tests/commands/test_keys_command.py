"""``pairgrant-server keys``: list, rotate and withdraw signing keys."""

import json
from typing import Any

import pytest

from tests.commands.command_line import CommandLine


def keys_of(run: CommandLine) -> list[dict[str, Any]]:
    keys: list[dict[str, Any]] = json.loads(run("keys", "list", "--json").stdout)
    return keys


def test_new_database_has_a_signing_key_of_each_algorithm(
    without_database: CommandLine,
) -> None:
    lines = without_database("keys", "list").stdout.splitlines()
    assert [line.split()[1] for line in lines] == ["ES256", "RS256"]
    assert all(line.endswith("signs") for line in lines)


def test_rotated_key_is_listed_as_published(pairgrant_server: CommandLine) -> None:
    done = pairgrant_server("keys", "rotate")
    assert [line.split()[2] for line in done.stdout.splitlines()] == ["ES256", "RS256"]
    assert "in 6 minutes" in done.stdout
    assert [key["state"] for key in keys_of(pairgrant_server)] == ["signs", "waits", "signs", "waits"]
    assert "published, signs in" in pairgrant_server("keys", "list").stdout


def test_key_is_withdrawn_after_another_one_signs(pairgrant_server: CommandLine) -> None:
    old = keys_of(pairgrant_server)[0]
    refused = pairgrant_server("keys", "withdraw", old["kid"])
    assert refused.returncode == 1
    assert "rotate --algorithm ES256 --now" in refused.stderr
    pairgrant_server("keys", "rotate", "--algorithm", "ES256", "--now")
    assert [key["state"] for key in keys_of(pairgrant_server)] == ["verifies", "signs", "signs"]
    assert "only verifies" in pairgrant_server("keys", "list").stdout
    assert pairgrant_server("keys", "withdraw", old["kid"]).returncode == 0
    assert old["kid"] not in {key["kid"] for key in keys_of(pairgrant_server)}


@pytest.mark.parametrize(
    ("words", "expected"),
    [(("rotate", "--algorithm", "HS256"), "ES256 or RS256"), (("withdraw", "nothing"), "keys list")],
)
def test_unknown_algorithm_or_key_is_refused(
    pairgrant_server: CommandLine, words: tuple[str, ...], expected: str
) -> None:
    done = pairgrant_server("keys", *words)
    assert (done.returncode, done.stdout) == (1, "")
    assert expected in done.stderr
