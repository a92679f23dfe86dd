"""``pairgrant-server keys``: seen, rotated and withdrawn by hand, beside a server that runs."""

import json
from typing import Any

import pytest

from tests.commands.command_line import CommandLine


def keys_of(run: CommandLine) -> list[dict[str, Any]]:
    keys: list[dict[str, Any]] = json.loads(run("keys", "list", "--json").stdout)
    return keys


def test_a_new_database_has_one_of_each_algorithm_and_says_what_they_do(
    pairgrant_server: CommandLine,
) -> None:
    lines = pairgrant_server("keys", "list").stdout.splitlines()
    assert [line.split()[1] for line in lines] == ["ES256", "RS256"]
    assert all(line.endswith("signs") for line in lines)


def test_a_rotation_is_told_and_seen(pairgrant_server: CommandLine) -> None:
    done = pairgrant_server("keys", "rotate")
    assert [line.split()[2] for line in done.stdout.splitlines()] == ["ES256", "RS256"]
    assert "in 6 minutes" in done.stdout
    assert [key["state"] for key in keys_of(pairgrant_server)] == ["signs", "waits", "signs", "waits"]
    assert "is published, signs in" in pairgrant_server("keys", "list").stdout


def test_an_emergency_is_over_at_once_and_the_old_key_can_be_withdrawn(pairgrant_server: CommandLine) -> None:
    old = keys_of(pairgrant_server)[0]
    told = pairgrant_server("keys", "withdraw", old["kid"])
    assert told.returncode == 1
    assert "rotate --algorithm ES256 --now" in told.stderr
    pairgrant_server("keys", "rotate", "--algorithm", "ES256", "--now")
    assert [key["state"] for key in keys_of(pairgrant_server)] == ["verifies", "signs", "signs"]
    assert "only verifies" in pairgrant_server("keys", "list").stdout
    assert pairgrant_server("keys", "withdraw", old["kid"]).returncode == 0
    assert old["kid"] not in {key["kid"] for key in keys_of(pairgrant_server)}


@pytest.mark.parametrize(
    ("words", "told"),
    [(("rotate", "--algorithm", "HS256"), "ES256 or RS256"), (("withdraw", "nothing"), "keys list")],
)
def test_what_can_not_be_is_refused(pairgrant_server: CommandLine, words: tuple[str, ...], told: str) -> None:
    done = pairgrant_server("keys", *words)
    assert (done.returncode, done.stdout) == (1, "")
    assert told in done.stderr
