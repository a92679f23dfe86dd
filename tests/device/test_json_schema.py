"""docs/device-events.schema.json has every line that ``--json`` prints, and nothing else.

Every command that a test runs with ``--json`` is held to it too (tests/device/running_command.py).
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import pairgrant.commands
from pairgrant.events import BrowserOpened
from pairgrant.providers.preset import Mark
from pairgrant.text import json_events
from pairgrant_protocol.vocabulary import PairingStage
from tests.device.fake_server import FakeServer
from tests.device.json_schema import check_line, schema
from tests.device.running_command import CommandInProcess

Start = Callable[..., FakeServer]
Run = Callable[..., CommandInProcess]


@pytest.fixture(autouse=True)
def _own_profiles(variables: dict[str, str], tmp_path: Path) -> None:
    variables |= {"XDG_CONFIG_HOME": str(tmp_path / "config"), "XDG_STATE_HOME": str(tmp_path / "state")}


def sign_ins(server: FakeServer, run: Run) -> list[str]:
    """The lines of sign-ins with all their ends, the last one approved."""
    lines = []
    denied = run("login", "--json", issuer=server.issuer)
    denied.until('"code"')
    server.person("deny")
    lines += denied.end()[1].splitlines()
    expired = run("login", "--json", issuer=server.issuer)
    expired.until('"code"')
    server.person("down")
    expired.until('"trouble"')
    server.person("up")
    expired.until('"trouble_ended"')
    server.person("expire")
    lines += expired.end()[1].splitlines()
    begun = run("login", "--no-wait", "--json", issuer=server.issuer).end()[1]
    lines += begun.splitlines()
    handle = json.loads(begun.splitlines()[-1])["handle"]
    lines += run("wait", handle, "--poll-once", "--json", issuer=server.issuer).end()[1].splitlines()
    server.person("pin/042")
    approved = run("login", "--json", issuer=server.issuer, types=True)
    approved.until('"code"')
    server.person("number/47")
    approved.until('"number"')
    server.person("approve")
    approved.until('"pin_wanted"')
    approved.type("no digits\n042\n")
    return lines + approved.end()[1].splitlines()


def profiles(server: FakeServer, run: Run) -> list[str]:
    server.person("pin/")
    login = run("login", "--json", "--profile", "work", "--issuer", server.issuer, issuer="")
    login.until('"code"')
    server.person("approve")
    assert login.end()[0] == 0
    return run("profiles", "--json", issuer="").end()[1].splitlines()


def event_of(line: str) -> str:
    value = json.loads(line)
    return str(value["event"]) if isinstance(value, dict) and "event" in value else "preset"


@pytest.fixture
def lines(start_server: Start, run_pairgrant: Run) -> list[str]:
    """Real lines of every command."""
    server = start_server()
    lines = sign_ins(server, run_pairgrant)
    for words in (
        ("token",),
        ("token", "--headers", "GET", f"{server.issuer}/userinfo"),
        ("status",),
        ("whoami",),
        ("enroll",),
        ("providers",),
        ("providers", "github"),
        ("wait", "none"),
        ("token", "--nonsense"),
    ):
        lines += run_pairgrant(*words, "--json", issuer=server.issuer).end()[1].splitlines()
    lines += profiles(server, run_pairgrant)
    json_events.JsonEvents(lines.append)(BrowserOpened("https://pair.example/authorize", 60))
    return lines


def test_schema_is_one_and_has_a_version() -> None:
    Draft202012Validator.check_schema(schema())
    assert (schema()["version"], "version 1" in schema()["title"]) == (1, True)


def test_each_line_of_each_command_is_in_the_schema_and_each_event_is_printed(lines: list[str]) -> None:
    for line in lines:
        check_line(line)
    assert {event_of(line) for line in lines} == set(schema()["$defs"])
    changed: dict[str, dict[str, Any]] = {
        event_of(line): json.loads(line) for line in lines if line[0] == "{"
    }
    for event, members in changed.items():
        with pytest.raises(AssertionError):
            check_line(json.dumps({**members, "member_that_is_not_in_the_schema": 1}))
        for required in schema()["$defs"][event]["required"]:
            with pytest.raises(AssertionError):
                check_line(json.dumps({name: members[name] for name in members if name != required}))


def test_unknown_event_is_not_in_the_schema() -> None:
    with pytest.raises(AssertionError, match="no such line"):
        check_line('{"event": "nonesuch"}')


def test_schema_has_every_event_in_the_source() -> None:
    folder = Path(str(json_events.__file__)).parents[1]
    pattern = r'(?:\.(?:line|end)\(\s*|"event": )"(\w+)"'
    found = set[str]()
    for path in folder.rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        if "json" in source and path.parent.name in {"text", "commands", "pairgrant"}:
            found |= set(re.findall(pattern, source))
    assert found == set(schema()["$defs"]) - {"preset"}


def test_values_of_the_schema_are_those_of_the_source() -> None:
    events = schema()["$defs"]
    assert events["stage"]["properties"]["stage"]["enum"] == [stage.value for stage in PairingStage]
    assert events["preset"]["properties"]["mark"]["enum"] == [mark.value for mark in Mark]


def test_every_command_with_json_is_run_by_this_test() -> None:
    folder = Path(str(pairgrant.commands.__path__[0]))
    have = {path.stem for path in folder.glob("*.py") if '"--json"' in path.read_text(encoding="utf-8")}
    assert have - {"options"} == {"enroll", "login", "profiles", "providers", "status", "token", "wait"}
