"""docs/device-events.schema.json: what ``--json`` prints, for the tests that run commands."""

import json
from functools import cache
from pathlib import Path
from typing import Any

SCHEMA_FILE = Path(__file__).parents[2] / "docs" / "device-events.schema.json"


def schema() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    return loaded


def check_line(line: str) -> None:
    """Fail if ``line`` has an event or member that the schema lacks, or lacks one that it requires."""
    value = json.loads(line)
    event = value.get("event") if isinstance(value, dict) else None
    validator = _validator(event if event in schema()["$defs"] else None)
    errors = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]
    assert errors == [], f"{SCHEMA_FILE.name} has no such line: {line}"


@cache
def _validator(event: str | None) -> Any:
    """The validator of one event, whose messages are better than those of all; None: of any line."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - slow to import, and few tests need it

    whole = schema()
    if event is not None:
        whole = {"$ref": f"#/$defs/{event}", "$defs": whole["$defs"]}
    return Draft202012Validator(whole)
