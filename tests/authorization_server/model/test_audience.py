"""The ``aud`` of an access token (RFC 9068 §3, RFC 8707)."""

import pytest

from pairgrant_server.authorization_server.model.audience import audience
from pairgrant_server.authorization_server.model.settings import ServerSettings

SETTINGS = ServerSettings("https://pair.example")
BOARD = "https://pair.example/board"
NOTES = "https://notes.example"


@pytest.mark.parametrize(
    ("resource", "scope", "expected"),
    [
        ("", (), ("https://pair.example",)),
        ("", ("board:read",), (BOARD,)),
        ("", ("openid",), ("https://pair.example",)),
        ("", ("board:read", "openid"), (BOARD, "https://pair.example")),
        (NOTES, ("board:read",), (NOTES,)),
        (NOTES, ("openid",), (NOTES, "https://pair.example")),
        (f"{NOTES} {BOARD} {NOTES}", (), (NOTES, BOARD)),
        ("https://pair.example", ("openid",), ("https://pair.example",)),
    ],
)
def test_audience_comes_from_the_resource_or_else_from_the_scope(
    resource: str, scope: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    assert audience(SETTINGS, resource, scope) == expected


def test_servers_of_one_process_have_audiences_of_their_own() -> None:
    other = ServerSettings("https://other.example")
    found = [audience(settings, "", ("board:read",)) for settings in (SETTINGS, other)]
    assert found == [(BOARD,), ("https://other.example/board",)]
