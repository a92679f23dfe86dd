"""The command of the benchmarks: what it takes, and that a failure is loud."""

from pathlib import Path

import pytest

from benchmarks import __main__ as command
from benchmarks.plan import Plan
from benchmarks.processes import NotMeasuredError
from benchmarks.tables import Table


def test_a_name_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["--only", "poll,pol"])
    assert "pol: choose from poll, issue" in capsys.readouterr().err


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> dict[str, Table | Exception]:
    """What measuring start-up comes to."""
    outcome: dict[str, Table | Exception] = {}

    def measure(_plan: Plan) -> Table:
        found = outcome["start-up"]
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setitem(command._OTHERS, "start-up", measure)
    monkeypatch.setattr("shutil.which", lambda _name: "/usr/bin/wrk")
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    return outcome


def test_what_was_measured_is_printed_and_written(
    measured: dict[str, Table | Exception], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = tmp_path / "performance.md"
    document.write_text(
        "<!-- machine --><!-- end of machine -->\n<!-- start-up -->\n<!-- end of start-up -->\n"
    )
    measured["start-up"] = Table(("a", "b"), (("c", "1"),))
    assert command.main(["--only", "start-up", "--write", str(document)]) == 0
    table = "| a | b |\n|---|---:|\n| c | 1 |"
    assert table in capsys.readouterr().out
    assert f"<!-- start-up -->\n{table}\n<!-- end of start-up -->" in document.read_text()


@pytest.mark.parametrize(
    "failure",
    [
        NotMeasuredError("POLL had 3 unexpected responses"),
        TimeoutError("no response"),
        Table(("**INVALID**", ""), ()),
    ],
)
def test_a_failure_ends_with_1(
    measured: dict[str, Table | Exception], failure: Table | Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    measured["start-up"] = failure
    assert command.main(["--only", "start-up"]) == 1
    assert "INVALID" in capsys.readouterr().out
