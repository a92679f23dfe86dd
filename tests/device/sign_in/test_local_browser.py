"""Whether there is a browser on this machine's own screen."""

from typing import Any

import pytest

from pairgrant.sign_in.local_browser import has_browser


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
