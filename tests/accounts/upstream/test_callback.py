"""Checks of an authorization response: it belongs to this browser's sign-in and comes from its provider."""

from dataclasses import replace

import pytest

from pairgrant_protocol.secret import Secret
from pairgrant_server.accounts.upstream.attempt import LIFETIME, Attempt
from pairgrant_server.accounts.upstream.callback import code_of, matching_attempt
from pairgrant_server.accounts.upstream.provider_metadata import ProviderMetadata
from pairgrant_server.accounts.upstream.upstream_error import UpstreamError, UpstreamFailure

NOW = 1_790_000_000.0
ISSUER = "https://accounts.example"
METADATA = ProviderMetadata(
    ISSUER, f"{ISSUER}/authorize", f"{ISSUER}/token", f"{ISSUER}/jwks", names_itself=True
)
ATTEMPT = Attempt("example", "s" * 43, "n" * 43, "v" * 43, NOW)
GOOD = {"state": "s" * 43, "code": "the code", "iss": ISSUER}


def why(judge: "object") -> UpstreamFailure:
    assert callable(judge)
    with pytest.raises(UpstreamError) as refused:
        judge()
    assert "the code" not in refused.value.reason
    return refused.value.failure


def test_valid_response_gives_its_code() -> None:
    parameters = [*GOOD.items(), ("session_state", "a"), ("session_state", "b")]
    assert matching_attempt(parameters, ATTEMPT, "example", NOW + 1) == ATTEMPT
    assert code_of(parameters, METADATA) == Secret("the code")


@pytest.mark.parametrize(
    ("attempt", "upstream", "changes", "expected"),
    [
        (None, "example", {}, UpstreamFailure.EXPIRED),
        (replace(ATTEMPT, started_at=NOW - LIFETIME), "example", {}, UpstreamFailure.EXPIRED),
        (ATTEMPT, "evil", {}, UpstreamFailure.INVALID_RESPONSE),
        (ATTEMPT, "example", {"state": ""}, UpstreamFailure.INVALID_RESPONSE),
        (ATTEMPT, "example", {"state": "s" * 42}, UpstreamFailure.INVALID_RESPONSE),
        (ATTEMPT, "example", {"state": "ß" * 43}, UpstreamFailure.INVALID_RESPONSE),
        (ATTEMPT, "example", {"state": "\ud800"}, UpstreamFailure.INVALID_RESPONSE),
    ],
)
def test_response_to_another_sign_in_is_refused(
    attempt: Attempt | None, upstream: str, changes: dict[str, str], expected: UpstreamFailure
) -> None:
    parameters = list({**GOOD, **changes}.items())
    assert why(lambda: matching_attempt(parameters, attempt, upstream, NOW)) is expected


@pytest.mark.parametrize("name", ["state", "code", "error", "iss"])
def test_response_with_a_repeated_parameter_is_refused(name: str) -> None:
    parameters = [*{**GOOD, "error": ""}.items(), (name, "x")]
    assert (
        why(lambda: matching_attempt(parameters, ATTEMPT, "example", NOW)) is UpstreamFailure.INVALID_RESPONSE
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"iss": "https://evil.example"}, UpstreamFailure.INVALID_RESPONSE),
        ({"iss": f"{ISSUER}/"}, UpstreamFailure.INVALID_RESPONSE),
        ({"iss": ""}, UpstreamFailure.INVALID_RESPONSE),
        ({"code": ""}, UpstreamFailure.INVALID_RESPONSE),
        ({"code": "c" * 5000}, UpstreamFailure.INVALID_RESPONSE),
        ({"error": "access_denied"}, UpstreamFailure.CANCELLED),
        ({"error": "interaction_required"}, UpstreamFailure.CANCELLED),
        ({"error": "temporarily_unavailable"}, UpstreamFailure.UNAVAILABLE),
        ({"error": "invalid_scope\n2026 forged line"}, UpstreamFailure.UNAVAILABLE),
        ({"error": "access_denied", "iss": "https://evil.example"}, UpstreamFailure.INVALID_RESPONSE),
    ],
)
def test_response_without_a_valid_code_is_refused(changes: dict[str, str], expected: UpstreamFailure) -> None:
    assert why(lambda: code_of(list({**GOOD, **changes}.items()), METADATA)) is expected


def test_reason_for_the_log_is_one_visible_line() -> None:
    with pytest.raises(UpstreamError) as refused:
        code_of([*GOOD.items(), ("error", "a\r\nb\x1b[31m")], METADATA)
    assert refused.value.reason.isprintable()


def test_iss_is_optional_if_the_provider_does_not_announce_it() -> None:
    quiet = replace(METADATA, names_itself=False)
    assert code_of([("code", "the code")], quiet) == Secret("the code")
    assert (
        why(lambda: code_of([("code", "the code"), ("iss", "https://evil.example")], quiet))
        is UpstreamFailure.INVALID_RESPONSE
    )
