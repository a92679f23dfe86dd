"""Whatever a provider sends, a response in the RFC's form comes out, bounded and without other members."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pairgrant.providers.preset_files import load_preset, preset_names
from pairgrant.providers.provider_responses import sent_back, started, tokens
from pairgrant_protocol.json_object import MalformedMessageError
from pairgrant_protocol.messages import DeviceAuthorizationResponse
from pairgrant_protocol.poll_result import read_poll_result

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)
NAMES = [
    *("device_code", "code", "user_code", "verification_uri", "verification_url", "expires_in", "interval"),
    *("error", "message", "status", "data", "access_token", "scope", "sub_error", "token_type", "errorCode"),
]
BODIES = st.binary(max_size=60) | st.dictionaries(st.sampled_from(NAMES), JSON, max_size=8).map(
    lambda members: json.dumps(members).encode()
)
STATUSES = st.sampled_from([200, 400, 401, 403, 404, 418, 428, 429, 500])


@given(name=st.sampled_from(preset_names()), status=STATUSES, body=BODIES)
def test_response_to_a_poll_is_always_a_result(name: str, status: int, body: bytes) -> None:
    read_poll_result(*tokens(load_preset(name), status, body, is_poll=True))


@given(name=st.sampled_from(preset_names()), status=STATUSES, body=BODIES)
def test_response_with_a_code_is_usable_or_malformed(name: str, status: int, body: bytes) -> None:
    _, translated = started(load_preset(name), {}, status, body)
    try:
        response = DeviceAuthorizationResponse.parse(json.loads(translated))
    except (MalformedMessageError, ValueError, AttributeError):
        return
    assert response.verification_uri.startswith(("http://", "https://"))
    assert 1 <= response.interval <= 300


def start(name: str, **members: Any) -> dict[str, Any]:
    code = {"device_code": "d", "user_code": "U", "verification_uri": "https://a.example", "expires_in": 60}
    _, body = started(load_preset(name), {}, 200, json.dumps({**code, **members}).encode())
    found: dict[str, Any] = json.loads(body)
    return found


@pytest.mark.parametrize(
    ("sent", "seconds"), [(5000, 5), ("7", 7), (1, 1), (None, None), ("soon", None), (True, None), ({}, None)]
)
def test_interval_may_be_in_milliseconds_a_text_missing_or_nonsense(sent: object, seconds: object) -> None:
    assert start("hydra", interval=sent).get("interval") == seconds


def test_picture_of_a_qr_code_never_becomes_an_address() -> None:
    assert "qr" not in json.dumps(start("baidu", qrcode_url="https://a.example/qr.png", qr_code_url="x"))


def test_user_code_is_escaped_inside_an_address() -> None:
    found = start("trakt", user_code="../evil?x=#")
    assert found["verification_uri_complete"] == "https://a.example/..%2Fevil%3Fx%3D%23"


def test_what_a_poll_sends_back_survives_in_the_device_code() -> None:
    preset = load_preset("amazon")
    found = start("amazon", device_code="a&user_code=evil", user_code="U & V")
    assert sent_back(preset, found["device_code"]) == {
        "device_code": "a&user_code=evil",
        "user_code": "U & V",
    }


def test_long_error_is_cut() -> None:
    _, body = tokens(load_preset("github"), 400, json.dumps({"error": "x" * 9000}).encode(), is_poll=True)
    assert len(json.loads(body)["error"]) == 200


def test_tokens_without_a_type_are_refused_unless_the_preset_expects_that() -> None:
    body = b'{"access_token": "a"}'
    assert "token_type" not in json.loads(tokens(load_preset("github"), 200, body, is_poll=True)[1])
    assert json.loads(tokens(load_preset("putio"), 200, body, is_poll=True)[1])["token_type"] == "Bearer"
