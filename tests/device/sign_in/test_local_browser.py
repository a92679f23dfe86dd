"""Whether there is a browser on this machine's own screen."""

import webbrowser
from typing import Any

import pytest

from pairgrant.sign_in.local_browser import has_browser, is_in_front, opens_in_front


@pytest.mark.parametrize(
    ("environment", "platform", "there_is_one"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({"DISPLAY": "localhost:10.0", "SSH_CONNECTION": "192.0.2.1 1 192.0.2.2 22"}, "linux", False),
        ({"SSH_CONNECTION": "192.0.2.1 1 192.0.2.2 22", "BROWSER": "remote-open"}, "linux", True),
        ({"BROWSER": "firefox"}, "linux", True),
        ({}, "darwin", True),
        ({"SSH_CONNECTION": "192.0.2.1 1 192.0.2.2 22"}, "darwin", False),
    ],
)
def test_browser_needs_a_screen_of_this_machine(
    environment: dict[str, str], platform: str, there_is_one: Any
) -> None:
    assert has_browser(environment, platform) is there_is_one


_SSH = "192.0.2.1 1 192.0.2.2 22"


@pytest.mark.parametrize(
    ("environment", "platform", "is_root", "in_front"),
    [
        ({}, "linux", False, False),
        ({"BROWSER": "firefox"}, "linux", False, False),
        ({"DISPLAY": ":0"}, "linux", False, True),
        ({"DISPLAY": "unix:1"}, "linux", False, True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", False, True),
        ({"DISPLAY": ":0"}, "linux", True, False),
        ({"DISPLAY": "localhost:10.0"}, "linux", False, False),
        ({"DISPLAY": "desk.example:0"}, "linux", False, False),
        ({"DISPLAY": ":0", "SSH_CONNECTION": _SSH, "BROWSER": "remote-open"}, "linux", False, False),
        ({"DISPLAY": ":0", "SSH_TTY": "/dev/pts/1"}, "linux", False, False),
        ({"WAYLAND_DISPLAY": "wayland-0", "SSH_CLIENT": "192.0.2.1 1 22"}, "linux", False, False),
        ({}, "darwin", False, True),
        ({}, "darwin", True, False),
        ({"SSH_CONNECTION": _SSH}, "darwin", False, False),
    ],
)
def test_browser_is_used_unasked_only_where_the_person_sees_it(
    environment: dict[str, str], platform: str, is_root: Any, in_front: Any
) -> None:
    assert is_in_front(environment, platform, is_root=is_root) is in_front


@pytest.mark.parametrize("is_installed", [True, False])
def test_screen_without_an_installed_browser_shows_none(
    *, monkeypatch: pytest.MonkeyPatch, is_installed: bool
) -> None:
    def find(_name: str | None = None) -> object:
        if not is_installed:
            raise webbrowser.Error
        return object()

    for name in ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr(webbrowser, "get", find)
    assert opens_in_front() is is_installed
