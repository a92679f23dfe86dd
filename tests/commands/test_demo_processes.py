"""The keeper of a demo, and the registration of the processes that it ends."""

import io
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import pytest

from pairgrant_server.command_error import CommandError
from pairgrant_server.commands import demo_keeper
from pairgrant_server.commands.demo_processes import DemoProcesses


def test_place_where_no_folder_can_be_made_is_refused_with_the_variable_to_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(sys, "executable", shutil.which("false"))  # as on a disk without space
    with pytest.raises(CommandError, match="TMPDIR"), DemoProcesses():
        pass
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.parametrize("error", [ProcessLookupError, PermissionError])
def test_keeper_goes_on_where_a_process_has_ended_and_its_number_is_of_another_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: type[OSError]
) -> None:
    def refuse(*_: object) -> None:
        raise error

    monkeypatch.setattr(os, "kill", refuse)
    monkeypatch.setattr(demo_keeper, "_handle", lambda _: None)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(sys, "stdin", io.StringIO("+4711\n"))
    demo_keeper.keep()
    assert list(tmp_path.iterdir()) == []
