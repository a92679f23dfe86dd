"""No log line, traceback or snapshot can hold a secret by accident."""

import copy
import dataclasses
import json
import logging
import pickle
import pprint
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pairgrant_protocol.messages import DeviceAccessTokenRequest, DeviceAuthorizationResponse, TokenResponse
from pairgrant_protocol.polling import Authorized
from pairgrant_protocol.secret import Secret

TEXT = "GmRhmhcxhwAzkoEqiMEg"
SECRET = Secret(TEXT)
MASK = "Secret('***')"
TOKENS = TokenResponse(SECRET, "Bearer", 60, Secret(TEXT), ("read",), Secret(TEXT))


class TestMask:
    @pytest.mark.parametrize(
        "shown",
        [
            repr(SECRET),
            str(SECRET),
            f"{SECRET}",
            f"{SECRET!r}",
            f"{SECRET!s:>13}",
            "{}".format(SECRET),  # noqa: UP032 - the old ways are the point
            "%s" % SECRET,  # noqa: UP031
            "%r" % SECRET,  # noqa: UP031
            ascii(SECRET),
        ],
    )
    def test_every_conversion_to_text_gives_the_mask(self, shown: str) -> None:
        assert shown == MASK

    def test_format_with_a_width_is_an_error_without_the_text(self) -> None:
        with pytest.raises(TypeError) as caught:
            f"{SECRET:>40}"
        assert TEXT not in str(caught.value)

    def test_two_different_secrets_look_the_same(self) -> None:
        assert repr(Secret("a")) == repr(Secret("a much longer one"))

    @pytest.mark.parametrize(
        "holder",
        [
            [SECRET],
            {"device_code": SECRET},
            (SECRET, {SECRET}),
            DeviceAccessTokenRequest("tv", SECRET),
            DeviceAuthorizationResponse(SECRET, "WDJB-MJHT", "https://pair.example/device", 600),
            TOKENS,
            Authorized(TOKENS),
        ],
    )
    def test_object_that_holds_a_secret_shows_the_mask(self, holder: object) -> None:
        for shown in (repr(holder), str(holder), pprint.pformat(holder)):
            assert MASK in shown
            assert TEXT not in shown

    def test_user_code_and_its_link_are_in_no_repr(self) -> None:
        response = DeviceAuthorizationResponse(
            SECRET,
            "WDJB-MJHT",
            "https://pair.example/device",
            600,
            verification_uri_complete="https://pair.example/D/WDJBMJHT",
        )

        assert "WDJB" not in repr(response)

    def test_traceback_with_local_variables_shows_the_mask(self) -> None:
        def redeem(device_code: Secret) -> None:
            raise RuntimeError(f"the poll with {device_code} failed")

        with pytest.raises(RuntimeError) as caught:
            redeem(SECRET)
        shown = "".join(
            traceback.TracebackException.from_exception(caught.value, capture_locals=True).format()
        )
        assert "device_code = Secret('***')" in shown
        assert TEXT not in shown

    def test_log_record_holds_the_mask(self) -> None:
        record = logging.LogRecord("poll", logging.INFO, "", 0, "sending %s and %r", (SECRET, SECRET), None)

        assert record.getMessage() == f"sending {MASK} and {MASK}"


class TestSerializers:
    """What turns objects into data without asking them must not find the text."""

    def test_asdict_keeps_the_secret_whole(self) -> None:
        assert dataclasses.asdict(TOKENS)["access_token"] == SECRET
        assert TEXT not in repr(dataclasses.asdict(TOKENS))
        assert TEXT not in repr(dataclasses.astuple(TOKENS))

    def test_secret_is_not_a_dataclass_and_has_no_dict(self) -> None:
        assert not dataclasses.is_dataclass(SECRET)
        assert not hasattr(SECRET, "__dict__")

    def test_json_refuses_a_secret_without_quoting_it(self) -> None:
        with pytest.raises(TypeError) as caught:
            json.dumps({"access_token": SECRET})
        assert TEXT not in str(caught.value)

    def test_json_with_a_default_writes_the_mask(self) -> None:
        assert json.loads(json.dumps({"access_token": SECRET}, default=str)) == {"access_token": MASK}


class TestValue:
    def test_reveal_gives_the_text(self) -> None:
        assert SECRET.reveal() == TEXT

    def test_equal_texts_are_equal_secrets_with_equal_hashes(self) -> None:
        assert Secret(TEXT) == SECRET
        assert {Secret(TEXT), SECRET} == {SECRET}

    @pytest.mark.parametrize("other", [Secret("another"), Secret(""), Secret("Ä\ud800"), TEXT, None])
    def test_secret_does_not_equal_a_plain_text(self, other: object) -> None:
        for one, two in ((SECRET, other), (other, SECRET)):
            assert one != two

    @given(st.text(st.characters()), st.text(st.characters()))
    def test_secrets_are_equal_exactly_if_their_texts_are(self, one: str, other: str) -> None:
        assert (Secret(one) == Secret(other)) == (one == other)

    def test_empty_secret_is_false(self) -> None:
        assert not Secret("")
        assert SECRET

    @pytest.mark.parametrize(
        "copied", [copy.copy(SECRET), copy.deepcopy(SECRET), pickle.loads(pickle.dumps(SECRET))]
    )
    def test_copy_equals_its_secret(self, copied: Secret) -> None:
        assert copied == SECRET
        assert repr(copied) == MASK
