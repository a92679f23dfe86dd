"""Escape sequences for a terminal beyond colours: links (OSC 8) and its clipboard (OSC 52)."""

import base64
import re
from collections.abc import Mapping

_LINK = re.compile(r"https?://[!-~]{1,2040}")
"""What may stand in a link: printable ASCII, so nothing that could end the sequence."""

_ORDINARY_CODE = re.compile(r"\w{1,64}(?:[ -]\w{1,64}){0,32}")

_PROGRAMS = frozenset({"iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "Tabby", "rio"})
"""Values of TERM_PROGRAM of terminals with links."""

_TERMS = ("xterm-kitty", "xterm-ghostty", "alacritty", "foot", "wezterm", "contour")

_FIRST_VTE = 5000
"""VTE 0.50, of GNOME Terminal and others; older ones print the sequence."""

_FIRST_TMUX = (3, 4)


def supports_links(environment: Mapping[str, str]) -> bool:
    """Whether the terminal is known to support links; FORCE_HYPERLINK, 0 or 1, decides instead.

    There is no way to ask the terminal, and some that lack links print the address twice.
    """
    if forced := environment.get("FORCE_HYPERLINK"):
        return forced != "0"
    term, program = environment.get("TERM", "dumb"), environment.get("TERM_PROGRAM", "")
    if term in {"", "dumb", "linux"}:
        return False
    if environment.get("TMUX") or program == "tmux":
        return program == "tmux" and _version(environment.get("TERM_PROGRAM_VERSION", "")) >= _FIRST_TMUX
    if term.startswith("screen") or environment.get("STY"):
        return False
    return (
        program in _PROGRAMS
        or term.startswith(_TERMS)
        or _number(environment.get("VTE_VERSION", "")) >= _FIRST_VTE
        or any(environment.get(name) for name in ("WT_SESSION", "KONSOLE_VERSION", "KITTY_WINDOW_ID"))
    )


def _version(text: str) -> tuple[int, ...]:
    """The first two numbers of a version such as ``3.5a``."""
    return tuple(int(number) for number in re.findall(r"\d{1,9}", text, re.ASCII)[:2])


def _number(text: str) -> int:
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else 0


def link(uri: str, shown: str) -> str:
    """``shown`` as a link to ``uri``; without a link unless the address is shown unchanged.

    A link with another text could lead elsewhere than it says.
    """
    if shown != uri or not _LINK.fullmatch(uri):
        return shown
    return f"\x1b]8;;{uri}\x1b\\{shown}\x1b]8;;\x1b\\"


def can_be_copied(code: str) -> bool:
    """Whether pasting the code does no harm: groups of letters and digits, with a hyphen or space between.

    A server could otherwise leave a command for a shell in the clipboard.
    """
    return _ORDINARY_CODE.fullmatch(code) is not None


def copy_to_clipboard(text: str, environment: Mapping[str, str]) -> str:
    """What asks the terminal to put ``text`` into the clipboard of the person's machine, also over SSH.

    tmux takes the sequence itself (``set-clipboard on``) or passes on the wrapped one
    (``allow-passthrough on``).
    """
    sequence = f"\x1b]52;c;{base64.b64encode(text.encode()).decode()}\x07"
    if environment.get("TMUX"):
        doubled = sequence.replace("\x1b", "\x1b\x1b")
        return f"{sequence}\x1bPtmux;{doubled}\x1b\\"
    if environment.get("STY"):
        return f"\x1bP{sequence}\x1b\\"
    return sequence
