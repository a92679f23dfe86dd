"""The tables of docs/device.md, held to the code."""

import json
import re
from argparse import ArgumentParser
from enum import Enum
from pathlib import Path

import pytest

from pairgrant import errors
from pairgrant.cli import command_line, commands_of
from pairgrant.commands.kiosk import CONFIG, KIOSK
from pairgrant.commands.option import Form, Option
from pairgrant.errors import PairgrantError
from pairgrant.events import (
    BrowserOpened,
    CodeIssued,
    NumberShown,
    PairingEvent,
    PinRequested,
    PollFailed,
    PollRecovered,
    StageReached,
    WarningIssued,
)
from pairgrant.exit_codes import ExitCode
from pairgrant.text import deferred_login, json_events, login
from pairgrant_protocol.vocabulary import ErrorCode, PairingStage

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "device.md").read_text()


def table(heading: str, header: str) -> list[list[str]]:
    """The rows of the table under ``heading`` whose header begins with ``header``, without backticks."""
    section = DOCUMENT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = section.partition(f"\n| {header} |")[2].splitlines()[2:]
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip().replace("`", "") for cell in line.strip("|").split("|")])
    return rows


def parsers() -> dict[str, ArgumentParser]:
    """Command name -> its parser."""
    return commands_of(command_line())


def options() -> dict[str, set[str]]:
    """Option -> the commands that have it."""
    found: dict[str, set[str]] = {}
    for command, parser in parsers().items():
        for action in parser._actions:
            for option in action.option_strings:
                if option.startswith("--") and option != "--help":
                    found.setdefault(option, set()).add(command)
    return found


def test_every_command_is_documented() -> None:
    assert [row[0] for row in table("Commands", "Command")] == [f"pairgrant {name}" for name in parsers()]


def test_every_option_is_documented_with_its_commands() -> None:
    documented = {}
    for names, _, _, commands, _ in table("Options and variables", "Option"):
        for name in filter(None, names.split(", ")):
            every, _, but = commands.partition(" but ")
            those = set(parsers()) - {"profiles", "providers", "completion", but}
            documented[name] = those if every == "all" else set(commands.split(", "))
    assert documented == options()


def test_every_variable_is_documented() -> None:
    sources = "".join(path.read_text() for path in (ROOT / "device" / "pairgrant").rglob("*.py"))
    in_code = set(re.findall(r"PAIRGRANT_[A-Z]+(?:_[A-Z]+)*", sources)) | {
        option.variable for option in (*KIOSK, CONFIG) if option.has_variable
    }
    assert {row[1] for row in table("Options and variables", "Option") if row[1]} == in_code


@pytest.mark.parametrize("option", KIOSK, ids=lambda option: option.name)
def test_option_is_documented_with_its_variable_and_default(option: Option) -> None:
    rows = {row[0].partition(",")[0] or row[1]: row[1:3] for row in table("Options and variables", "Option")}
    variable, default = rows[option.variable if option.form is Form.NO_FLAG else option.flag]
    assert variable == (option.variable if option.has_variable else "")
    assert option.default in {None, default}


def test_every_exit_code_is_documented() -> None:
    assert [(int(row[0]), row[1]) for row in table("Exit codes", "Code")] == [
        (code.value, code.name) for code in ExitCode
    ]


PAIRING_EVENTS = (
    CodeIssued("a", "https://a.example", "https://a.example/a", 1, 1.0, interval=5),
    BrowserOpened("https://a.example", 1),
    StageReached(PairingStage.OPENED),
    NumberShown("47"),
    PinRequested(),
    WarningIssued("a"),
    PollFailed("a", 1.0),
    PollRecovered(),
)


@pytest.mark.parametrize("event", PAIRING_EVENTS)
def test_every_event_of_a_pairing_is_documented_with_its_members(event: PairingEvent) -> None:
    written: list[str] = []
    json_events.JsonEvents(written.append)(event)
    members = list(json.loads(written[0]))
    rows = {row[0]: row[1] for row in table("JSON events of `login --json`", "`event`")}
    assert rows[json.loads(written[0])["event"]] == ", ".join(members[1:])


def test_no_other_event_is_documented() -> None:
    sources = "".join(
        Path(str(module.__file__)).read_text() for module in (json_events, login, deferred_login)
    )
    in_code = set(re.findall(r'\.(?:line|end)\(\s*"(\w+)"', sources))
    assert {row[0] for row in table("JSON events of `login --json`", "`event`")} == in_code


def test_every_error_code_of_the_device_is_documented() -> None:
    documented = {row[0] for row in table("JSON events of `login --json`", "`error` | Meaning")}
    classes = [member for member in vars(errors).values() if isinstance(member, type)]
    in_code = {error.code for error in classes if issubclass(error, PairgrantError)}
    assert documented == {code.value if isinstance(code, Enum) else code for code in in_code}


def test_every_stage_is_documented() -> None:
    (line,) = (line for line in DOCUMENT.splitlines() if line.startswith("Values of `stage`"))
    assert re.findall(r"`(\w+)`", line)[1:] == [stage.value for stage in PairingStage]


def test_example_of_a_server_error_is_one() -> None:
    assert f"`{ErrorCode.INVALID_CLIENT.value}`" in DOCUMENT
