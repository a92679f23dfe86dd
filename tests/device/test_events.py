"""The address in the QR code: with a fresh proof where the server gave a key for it (``fresh_scan``)."""

from typing import Any

import pytest

from pairgrant.events import CodeIssued
from pairgrant.qr_symbol import qr_symbol, scannable_text
from pairgrant_protocol.fresh_scan import proof
from pairgrant_protocol.secret import Secret

COMPLETE = "https://pair.example/D/WDJBMJHT"
KEY = Secret("A" * 43)
ISSUED_AT = 5_000.0


def code(**changes: Any) -> CodeIssued:
    members: dict[str, Any] = {
        "user_code": "WDJB-MJHT",
        "verification_uri": "https://pair.example/device",
        "verification_uri_complete": COMPLETE,
        "expires_in": 600,
        "expires_at": ISSUED_AT + 600,
        "proof_key": KEY,
        **changes,
    }
    return CodeIssued(**members)


@pytest.mark.parametrize(("age", "step"), [(0, 0), (14.9, 0), (15, 1), (44, 2), (599, 39)])
def test_proof_in_the_address_changes_each_15_seconds(age: float, step: int) -> None:
    assert code().scannable_uri_at(ISSUED_AT + age) == f"{COMPLETE}/{proof(KEY, 'WDJBMJHT', step)}"


@pytest.mark.parametrize(
    "changes",
    [
        {"proof_key": None},
        {"user_code": "019-450-730"},
        {"verification_uri_complete": "https://pair.example/device?user_code=WDJB-MJHT"},
        {"verification_uri_complete": "https://pair.example/device#WDJB-MJHT"},
        {"verification_uri_complete": None},
    ],
)
def test_address_that_can_not_carry_a_proof_never_changes(changes: dict[str, Any]) -> None:
    issued = code(**changes)
    assert {issued.scannable_uri_at(ISSUED_AT + age) for age in (0, 15, 30, 500)} == {issued.scannable_uri}


def test_symbol_with_a_proof_is_as_large_as_without_for_a_host_of_normal_length() -> None:
    """Version 2 (25 modules), at level L: 40 of 47 alphanumeric characters."""
    import qrcode  # noqa: PLC0415 - as in the code under test

    uri = f"{COMPLETE}/ABCDEFGH"
    with_proof, without = qr_symbol(uri), qr_symbol(COMPLETE)
    assert with_proof is not None
    assert without is not None
    assert with_proof.side == without.side == 25
    drawing = qrcode.QRCode(version=2, error_correction=qrcode.ERROR_CORRECT_L, border=0)
    drawing.add_data(scannable_text(uri))
    drawing.make(fit=False)
    light = tuple(tuple(not dark for dark in row) for row in drawing.get_matrix())
    assert with_proof.light == light


@pytest.mark.parametrize(("letters", "side"), [(19, 25), (20, 29)])
def test_host_of_up_to_19_characters_keeps_the_small_symbol(letters: int, side: int) -> None:
    host = "x" * (letters - len(".example")) + ".example"
    symbol = qr_symbol(f"https://{host}/D/WDJBMJHT/ABCDEFGH")
    assert symbol is not None
    assert symbol.side == side


def test_key_is_in_no_repr() -> None:
    assert KEY.reveal() not in repr(code())
