"""Lines of the text log are those of structlog's console without colours."""

from copy import copy
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from pairgrant_server.log_lines import plain_line

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


@pytest.mark.parametrize("value", ["a\x1b[2J", "a\u2028b", "a\x0bb", "a\x85b", "a\u202eb"])
def test_value_that_a_terminal_would_obey_is_escaped(value: str) -> None:
    assert plain_line(None, "", _line(reason=value)).endswith(f"reason={value!r}")


def test_exception_follows_on_lines_of_its_own() -> None:
    line = _line(exception="Traceback:\n  somewhere")
    assert plain_line(None, "", line).splitlines()[1:] == ["Traceback:", "  somewhere"]
