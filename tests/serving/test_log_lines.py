"""Lines of the text log are those of structlog's console without colours."""

from collections.abc import Sequence
from copy import copy
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from pairgrant_server.log_lines import Completion, json_line, plain_line

_TEXTS = st.text(alphabet=st.sampled_from("aé =\"'\n\t\r[]\\x"), max_size=12)
_FACTS = st.dictionaries(
    st.sampled_from(["client_id", "network", "request_id", "a"]),
    _TEXTS | st.integers() | st.lists(_TEXTS, max_size=2) | st.none() | st.booleans(),
)


def _line(**facts: Any) -> dict[str, Any]:
    return {
        "timestamp": "2026-11-26T06:29:17.767748Z",
        "level": "info",
        "event": "device connected",
        **facts,
    }


@given(facts=_FACTS, level=st.sampled_from(["info", "warning", "error", "critical"]), event=_TEXTS)
def test_line_is_that_of_the_console_without_colours(facts: dict[str, Any], level: str, event: str) -> None:
    line = _line(**facts, level=level, event="e" + event)
    console = structlog.dev.ConsoleRenderer(colors=False)
    assert plain_line(None, "", copy(line)) == console(None, "", copy(line))


@given(facts=_FACTS, event=_TEXTS)
def test_line_in_json_is_that_of_structlog(facts: dict[str, Any], event: str) -> None:
    line = _line(**facts, event=event, of_no_json_type={1})
    assert json_line(None, "", line) == structlog.processors.JSONRenderer()(None, "", line)


@pytest.mark.parametrize("value", ["a\x1b[2J", "a\u2028b", "a\x0bb", "a\x85b", "a\u202eb"])
def test_value_that_a_terminal_would_obey_is_escaped(value: str) -> None:
    assert plain_line(None, "", _line(reason=value)).endswith(f"reason={value!r}")


def test_exception_follows_on_lines_of_its_own() -> None:
    line = _line(exception="Traceback:\n  somewhere")
    assert plain_line(None, "", line).splitlines()[1:] == ["Traceback:", "  somewhere"]


@given(times=st.lists(st.integers(0, 4_000_000_000_000_000), min_size=1, max_size=5))
def test_time_of_each_line_is_in_utc_to_the_microsecond(times: Sequence[int]) -> None:
    """Also if the clock goes back, or lines of one second follow each other."""
    microseconds = [time + more for time in times for more in (0, 1, 1_000_000)]
    clock = iter(microseconds)
    complete = Completion(lambda: next(clock) * 1000)
    stamped = [complete(None, "info", {})["timestamp"] for _ in microseconds]
    assert [datetime.strptime(one, "%Y-%m-%dT%H:%M:%S.%f%z") for one in stamped] == [
        datetime.fromtimestamp(time // 1_000_000, UTC).replace(microsecond=time % 1_000_000)
        for time in microseconds
    ]
    assert all(one.endswith("Z") for one in stamped)
