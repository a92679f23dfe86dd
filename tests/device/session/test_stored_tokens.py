"""The tokens of one sign-in, and their text in a file."""

import json
from collections.abc import Callable

import pytest

from pairgrant.session.stored_tokens import StoredTokens
from pairgrant_protocol.json_object import MalformedMessageError
from pairgrant_protocol.messages import TokenResponse
from pairgrant_protocol.secret import Secret

Stored = Callable[..., StoredTokens]


def test_serialized_tokens_parse_unchanged(stored: Stored) -> None:
    for tokens in (stored(), stored(refresh_token=None, expires_in=None, scope=())):
        assert StoredTokens.parse(tokens.serialize()) == tokens


def test_no_token_is_in_a_repr(stored: Stored) -> None:
    assert "access-0" not in repr(stored())
    assert "refresh-0" not in repr(stored())


def test_response_without_scope_grants_the_requested_scope() -> None:
    """RFC 6749 §5.1."""
    response = TokenResponse(Secret("a"), "Bearer")
    first = StoredTokens.first(response, issuer="i", client_id="c", scope=("x", "y"), wall=1.0)
    assert first.scope == ("x", "y")


def test_time_of_the_sign_in_survives_refreshes_and_the_file() -> None:
    response = TokenResponse(Secret("a"), "Bearer", refresh_token=Secret("b"))
    first = StoredTokens.first(response, issuer="i", client_id="c", scope=(), wall=1.0)
    after = first.refreshed(response, wall=7.0)
    assert (after.signed_in_at, after.obtained_at) == (1.0, 7.0)
    assert StoredTokens.parse(after.serialize()) == after


def test_refresh_keeps_members_that_the_response_omits(stored: Stored) -> None:
    """RFC 6749 §6: a new refresh token only where the server rotates it."""
    after = stored().refreshed(TokenResponse(Secret("access-1"), "Bearer", 60), wall=7.0)
    assert after == stored(access_token=Secret("access-1"), obtained_at=7.0, expires_in=60)


def test_refresh_takes_members_of_the_response(stored: Stored) -> None:
    response = TokenResponse(Secret("access-1"), "Bearer", None, Secret("refresh-1"), ("openid",))
    after = stored().refreshed(response, wall=7.0)
    assert (after.refresh_token, after.scope, after.expires_in) == (Secret("refresh-1"), ("openid",), None)


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"access_token": None},
        {"obtained_at": None},
        {"obtained_at": "soon"},
        {"issuer": 7},
        {"refresh_token": ["x"]},
    ],
)
def test_file_of_another_program_is_refused(stored: Stored, change: dict[str, object]) -> None:
    members = {**json.loads(stored().serialize()), **change}
    with pytest.raises(MalformedMessageError):
        StoredTokens.parse(json.dumps(members).encode())


def test_truncated_file_is_refused(stored: Stored) -> None:
    whole = stored().serialize()
    for end in range(0, len(whole) - 2, 7):
        with pytest.raises(MalformedMessageError):
            StoredTokens.parse(whole[:end])


def test_end_of_the_refresh_token_follows_the_token() -> None:
    lasting = TokenResponse(
        Secret("a"), "Bearer", 60, refresh_token=Secret("r"), refresh_token_expires_in=1000
    )
    first = StoredTokens.first(lasting, issuer="https://a.example", client_id="tv", scope=(), wall=5.0)
    kept = first.refreshed(TokenResponse(Secret("b"), "Bearer", 60), wall=50.0)
    rotated = kept.refreshed(TokenResponse(Secret("c"), "Bearer", 60, refresh_token=Secret("s")), wall=90.0)
    ends = [tokens.refresh_expires_at for tokens in (first, kept, rotated)]
    assert ends == [1005.0, 1005.0, None]
    assert StoredTokens.parse(first.serialize()) == first
