"""Links and the clipboard of a terminal: which terminals have them, and what a hostile server can't do."""

import base64

import pytest

from pairgrant.events import CodeIssued, PairingEvent, WarningIssued
from pairgrant.text.code_actions import CodeActions
from pairgrant.text.terminal_sequences import can_be_copied, copy_to_clipboard, link, supports_links

URI = "https://pair.example/device"


@pytest.mark.parametrize(
    "environment",
    [
        {"TERM": "xterm-kitty"},
        {"TERM": "xterm-256color", "VTE_VERSION": "7006"},
        {"TERM": "xterm-256color", "TERM_PROGRAM": "vscode"},
        {"TERM": "xterm-256color", "WT_SESSION": "1"},
        {"TERM": "tmux-256color", "TMUX": "/x", "TERM_PROGRAM": "tmux", "TERM_PROGRAM_VERSION": "3.4"},
        {"TERM": "xterm", "FORCE_HYPERLINK": "1"},
    ],
)
def test_terminal_has_links(environment: dict[str, str]) -> None:
    assert supports_links(environment)


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"TERM": "linux", "WT_SESSION": "1"},
        {"TERM": "xterm-256color"},
        {"TERM": "xterm-256color", "VTE_VERSION": "4602"},
        {"TERM": "xterm-256color", "VTE_VERSION": "\u0667" * 4},
        {"TERM": "screen-256color", "TMUX": "/x", "WT_SESSION": "1"},
        {"TERM": "tmux", "TMUX": "/x", "TERM_PROGRAM": "tmux", "TERM_PROGRAM_VERSION": "3.3a"},
        {"TERM": "tmux", "TMUX": "/x", "TERM_PROGRAM": "tmux", "TERM_PROGRAM_VERSION": "master"},
        {"TERM": "xterm-kitty", "FORCE_HYPERLINK": "0"},
    ],
)
def test_terminal_may_lack_links(environment: dict[str, str]) -> None:
    assert not supports_links(environment)


def test_link_leads_to_the_address_that_it_shows() -> None:
    assert link(URI, URI) == f"\x1b]8;;{URI}\x1b\\{URI}\x1b]8;;\x1b\\"
    assert link(URI, "https://other.example/") == "https://other.example/"


@pytest.mark.parametrize(
    "uri",
    [
        "https://a.example/\x1b\\\x1b[2J",
        "https://a.example/\x07",
        "https://a.example/\x9c",
        "https://a.example/\u202e",
        "https://a.example/ x",
        "https://a.example/\n",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://a.example/" + "x" * 3000,
    ],
)
def test_hostile_address_is_no_link(uri: str) -> None:
    assert link(uri, uri) == uri


def test_clipboard_sequence_has_the_text_in_base64() -> None:
    encoded = base64.b64encode(b"WDJB-MJHT").decode()
    assert copy_to_clipboard("WDJB-MJHT", {}) == f"\x1b]52;c;{encoded}\x07"


def test_clipboard_sequence_is_also_wrapped_inside_tmux_and_screen() -> None:
    plain = copy_to_clipboard("WDJB-MJHT", {})
    in_tmux = copy_to_clipboard("WDJB-MJHT", {"TMUX": "/tmp/tmux-0/default,1,0"})
    assert in_tmux == f"{plain}\x1bPtmux;\x1b{plain}\x1b\\"
    assert copy_to_clipboard("WDJB-MJHT", {"STY": "1.pts-0"}) == f"\x1bP{plain}\x1b\\"


@pytest.mark.parametrize("code", ["WDJB-MJHT", "1234 5678", "BÄR-7"])
def test_ordinary_code_is_copied(code: str) -> None:
    assert can_be_copied(code)


@pytest.mark.parametrize(
    "code", ["", "curl x|sh", "ABC\n", "$(id)", "a;b", "-rf", "rm -rf a", "x" * 65, "`id`"]
)
def test_code_that_a_shell_could_run_is_not_copied(code: str) -> None:
    assert not can_be_copied(code)


def test_actions_follow_the_code_and_say_what_is_not_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened: list[str] = []
    written: list[str] = []
    shown: list[PairingEvent] = []
    monkeypatch.setattr("pairgrant.text.code_actions.has_browser", lambda: True)
    monkeypatch.setattr("pairgrant.text.code_actions.open_browser", opened.append)

    def write(text: str) -> bool:
        written.append(text)
        return True

    monkeypatch.setattr("pairgrant.text.code_actions.write_sequence", write)
    monkeypatch.delenv("TMUX", raising=False)
    monkeypatch.delenv("STY", raising=False)
    code = CodeIssued("WDJB-MJHT", URI, f"{URI}?user_code=WDJB-MJHT", 600, 600.0)
    CodeActions(opens=True, copies=True).following(shown.append)(code)
    assert opened == [URI]
    assert written == [copy_to_clipboard("WDJB-MJHT", {})]
    assert shown[0] is code
    (note,) = (event for event in shown if isinstance(event, WarningIssued))
    assert "no way to know" in note.text


def test_code_is_not_copied_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[PairingEvent] = []
    monkeypatch.setattr("pairgrant.text.code_actions.write_sequence", lambda _: False)
    CodeActions(copies=True).act(CodeIssued("WDJB-MJHT", URI, None, 600, 600.0), shown.append)
    assert shown == [WarningIssued("The code was not copied, because the output is not a terminal.")]
