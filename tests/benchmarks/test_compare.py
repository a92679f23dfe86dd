"""The comparison of two checkouts: its ratio is this one's rate to the other's, and a failure is loud."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks import compare, load
from benchmarks.generator import Load
from benchmarks.subjects.subject import Subject
from benchmarks.workloads import Workload


def _load(requests: int, unexpected: int = 0) -> Load:
    return Load(1.0, requests, 0, unexpected, 0, "", 0.1, 0.2, 0.3)


@pytest.fixture(autouse=True)
def installed_wrk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")


def _measure(monkeypatch: pytest.MonkeyPatch, other: list[Load], this: list[Load]) -> None:
    def rounds(
        workloads: list[Workload], candidates: list[Subject], _plan: Any
    ) -> Iterator[tuple[Workload, list[load.Measured]]]:
        for workload in workloads:
            yield workload, [load.Measured(candidates[0], other), load.Measured(candidates[1], this)]

    monkeypatch.setattr(load, "rounds", rounds)


def test_ratio_is_the_rate_of_this_checkout_to_that_of_the_other(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    _measure(monkeypatch, [_load(100)], [_load(150)])
    assert compare.main([str(tmp_path), "--only", "poll"]) == 0
    assert "| POLL, 1,000 live codes, requests/s | 100 | 150 | 1.50 |" in capsys.readouterr().out


def test_unexpected_response_makes_the_row_invalid_and_the_command_fail(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    _measure(monkeypatch, [_load(100)], [_load(150, unexpected=1)])
    assert compare.main([str(tmp_path), "--only", "poll"]) == 1
    assert "**INVALID**: unexpected responses" in capsys.readouterr().out


def test_missing_generator_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    assert compare.main([str(tmp_path)]) == 2
    assert "apt install wrk" in capsys.readouterr().err
