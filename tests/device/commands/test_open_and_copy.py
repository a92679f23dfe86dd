"""``login --open`` and ``--copy``, and links, as bytes on a real terminal."""

import base64
import json
import os
import pty
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.device.fake_server import FakeServer
from tests.device.running_command import CommandInProcess

Start = Callable[..., FakeServer]
Run = Callable[..., CommandInProcess]
OnTerminal = Callable[..., bytes]

BROWSER = "import pathlib, sys; pathlib.Path(sys.argv[2]).write_text(sys.argv[1])"


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """The file that has the address which the browser was given."""
    return tmp_path / "page"


@pytest.fixture
def browser(tmp_path: Path, page: Path) -> str:
    (tmp_path / "browser.py").write_text(BROWSER)
    return f"{sys.executable} {tmp_path / 'browser.py'} %s {page}"


def opened(page: Path) -> str:
    ends_at = time.monotonic() + 60
    while not (page.exists() and page.read_text()) and time.monotonic() < ends_at:
        time.sleep(0.01)
    return page.read_text()


@pytest.fixture
def on_terminal(variables: dict[str, str]) -> OnTerminal:
    """``on_terminal("login", …, TERM="xterm-kitty")``: all bytes that the command writes to a terminal."""

    def run(*arguments: str, **changes: str) -> bytes:
        master, slave = pty.openpty()
        kept = {name: value for name, value in variables.items() if name not in {"TMUX", "STY", "NO_COLOR"}}
        with subprocess.Popen(
            [sys.executable, "-m", "pairgrant", *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**kept, "LC_ALL": "C.UTF-8", **changes},
            start_new_session=True,
        ) as process:
            os.close(slave)
            written = b""
            try:
                while part := os.read(master, 4096):
                    written += part
            except OSError:  # Linux: the other end is closed
                pass
            process.wait(60)
        os.close(master)
        return written

    return run


def test_address_is_a_link_on_a_terminal_that_has_links(start_server: Start, on_terminal: OnTerminal) -> None:
    issuer = start_server().issuer
    login = ("login", "--no-wait", "--no-qr", "--issuer", issuer)
    uri = f"{issuer}/device".encode()
    assert b"\x1b]8;;" + uri + b"\x1b\\" + uri + b"\x1b]8;;\x1b\\" in on_terminal(*login, TERM="xterm-kitty")
    assert b"\x1b" not in on_terminal(*login, TERM="vt100")
    assert b"\x1b" not in on_terminal(*login, TERM="xterm-kitty", FORCE_HYPERLINK="0")


def test_output_for_a_program_has_no_link(start_server: Start, run_pairgrant: Run) -> None:
    issuer = start_server().issuer
    login = run_pairgrant("login", "--no-wait", issuer=issuer, TERM="xterm-kitty", FORCE_HYPERLINK="1")
    code, out, err = login.end()
    assert (code, "\x1b" in out + err) == (0, False)


def test_hostile_text_reaches_no_terminal(start_server: Start, on_terminal: OnTerminal) -> None:
    server = start_server()
    server.user_code = "\x1b]52;c;ZXZpbA==\x07|sh"
    login = ("login", "--no-wait", "--no-qr", "--copy", "--issuer", server.issuer)
    written = on_terminal(*login, TERM="xterm-kitty")
    assert b"]52;c;ZXZpbA" in written
    assert b"not copied, because it has unusual characters" in written
    assert b"\x1b]52" not in written
    assert b"\x07" not in written


def test_code_goes_to_the_clipboard_of_the_terminal(start_server: Start, on_terminal: OnTerminal) -> None:
    login = ("login", "--no-wait", "--no-qr", "--copy", "--issuer", start_server().issuer)
    sequence = b"\x1b]52;c;" + base64.b64encode(b"WDJB-MJHT") + b"\x07"
    written = on_terminal(*login, TERM="vt100")
    assert sequence in written
    assert b"no way to know" in written
    wrapped = b"\x1bPtmux;\x1b" + sequence + b"\x1b\\"
    assert wrapped in on_terminal(*login, TERM="tmux-256color", TMUX="/tmp/tmux-0/default,1,0")


def test_open_gives_the_browser_the_verification_address(
    start_server: Start, run_pairgrant: Run, browser: str, page: Path
) -> None:
    server = start_server()
    login = run_pairgrant("login", "--open", "--json", issuer=server.issuer, BROWSER=browser)
    login.until('"code"')
    assert opened(page) == f"{server.issuer}/device"
    server.person("approve")
    code, out, _ = login.end()
    assert (code, json.loads(out.splitlines()[-1])["event"]) == (0, "authorized")


def test_open_works_for_a_command_that_ends_at_once(
    start_server: Start, run_pairgrant: Run, browser: str, page: Path
) -> None:
    server = start_server()
    login = run_pairgrant("login", "--open", "--no-wait", issuer=server.issuer, BROWSER=browser)
    assert login.end()[0] == 0
    assert opened(page) == f"{server.issuer}/device"


def test_machine_without_a_browser_goes_on_with_a_note(start_server: Start, run_pairgrant: Run) -> None:
    server = start_server()
    nowhere = {"BROWSER": "", "DISPLAY": "", "WAYLAND_DISPLAY": ""}
    code, out, _ = run_pairgrant(
        "login", "--open", "--no-wait", "--json", issuer=server.issuer, **nowhere
    ).end()
    first, note = (json.loads(line) for line in out.splitlines())
    assert (code, first["event"], note["event"]) == (0, "code", "warning")
    assert "no browser" in note["message"]


@pytest.mark.parametrize("pair", [("--open", "--browser"), ("--copy", "--browser"), ("--copy", "--json")])
def test_options_that_contradict_are_refused(
    start_server: Start, run_pairgrant: Run, pair: tuple[str, str]
) -> None:
    code, out, err = run_pairgrant("login", *pair, issuer=start_server().issuer).end()
    assert code == 2
    assert f"{pair[0]} can't be used with {pair[1]}" in out + err
