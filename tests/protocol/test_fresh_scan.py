"""Fresh scan: the proof in a changing QR code, and for how long it counts."""

import hmac
from base64 import b32encode
from hashlib import sha256
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pairgrant_protocol.base64url import Base64URLError, base64url
from pairgrant_protocol.fresh_scan import ACCEPTED_STEPS, PROOF_LENGTH, STEP, is_fresh, proof, step_at
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.user_code import InvalidUserCodeError

RAW = bytes(range(32))
KEY = Secret(base64url(RAW))
CODE = "WDJBMJHT"
AGES = st.floats(0, 7200)


class TestStep:
    def test_step_lasts_15_seconds_and_three_are_accepted(self) -> None:
        assert (STEP, ACCEPTED_STEPS, PROOF_LENGTH) == (15, 3, 8)

    @pytest.mark.parametrize(("age", "step"), [(0, 0), (14.999, 0), (15, 1), (29.9, 1), (600, 40)])
    def test_steps_count_from_the_issue_of_the_codes(self, age: float, step: int) -> None:
        assert step_at(age) == step


class TestProof:
    def test_proof_is_the_start_of_a_mac_over_code_and_step(self) -> None:
        mac = hmac.new(RAW, b"WDJBMJHT:7", sha256).digest()

        assert proof(KEY, CODE, 7) == b32encode(mac)[:8].decode()

    def test_code_counts_however_it_is_written(self) -> None:
        assert proof(KEY, "wdjb-mjht", 7) == proof(KEY, CODE, 7)

    def test_proof_differs_by_key_code_and_step(self) -> None:
        proofs = {
            proof(KEY, CODE, 0),
            proof(KEY, CODE, 1),
            proof(KEY, "WDJBMJHB", 0),
            proof(Secret(base64url(bytes(32))), CODE, 0),
        }

        assert len(proofs) == 4

    @given(st.binary(min_size=32, max_size=32), st.integers(0, 10_000))
    def test_proof_fits_the_alphanumeric_mode_of_a_qr_code(self, raw: bytes, step: int) -> None:
        shown = proof(Secret(base64url(raw)), CODE, step)

        assert len(shown) == PROOF_LENGTH
        assert set(shown) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")

    def test_key_that_is_not_base64url_is_an_error(self) -> None:
        with pytest.raises(Base64URLError):
            proof(Secret("no key"), CODE, 0)

    def test_code_of_another_server_is_an_error(self) -> None:
        with pytest.raises(InvalidUserCodeError):
            proof(KEY, "019-450-730", 0)


class TestFreshness:
    @given(AGES, AGES)
    def test_proof_counts_in_its_own_step_and_the_two_after(self, shown_at: float, opened_at: float) -> None:
        shown = proof(KEY, CODE, step_at(shown_at))
        late = step_at(opened_at) - step_at(shown_at)

        assert is_fresh(KEY, CODE, shown, opened_at) is (0 <= late < ACCEPTED_STEPS)

    @given(AGES, st.floats(0, 30))
    def test_proof_counts_for_half_a_minute_wherever_in_its_step_it_is_seen(
        self, shown_at: float, later: float
    ) -> None:
        assert is_fresh(KEY, CODE, proof(KEY, CODE, step_at(shown_at)), shown_at + later)

    @given(AGES, st.floats(45.001, 7200))
    def test_proof_never_counts_after_45_seconds(self, shown_at: float, later: float) -> None:
        assert not is_fresh(KEY, CODE, proof(KEY, CODE, step_at(shown_at)), shown_at + later)

    @given(AGES)
    def test_proof_of_a_later_step_is_never_accepted(self, age: float) -> None:
        assert not is_fresh(KEY, CODE, proof(KEY, CODE, step_at(age) + 1), age)

    @given(st.text(st.characters(), max_size=10) | st.just(""))
    def test_other_text_is_no_proof(self, shown: str) -> None:
        assert not is_fresh(KEY, CODE, shown, 100.0)

    @pytest.mark.parametrize("shown", ["\ud800", "A" * 8, "Ä" * 8])
    def test_hostile_text_is_no_proof(self, shown: str) -> None:
        assert not is_fresh(KEY, CODE, shown, 0.0)

    def test_proof_in_lower_case_is_not_accepted(self) -> None:
        assert not is_fresh(KEY, CODE, proof(KEY, CODE, 0).lower(), 0.0)

    def test_proof_of_another_pairing_is_not_accepted(self) -> None:
        assert not is_fresh(KEY, CODE, proof(KEY, "WDJBMJHB", 0), 0.0)
        assert not is_fresh(KEY, CODE, proof(Secret(base64url(bytes(32))), CODE, 0), 0.0)

    def test_clocks_of_two_servers_may_differ_by_less_than_a_step(self) -> None:
        first = proof(KEY, CODE, 0)

        assert is_fresh(KEY, CODE, first, -0.5)
        assert not is_fresh(KEY, CODE, proof(KEY, CODE, -1), -0.5)
        assert not is_fresh(KEY, CODE, first, -15.0)

    def test_device_that_counts_from_a_late_response_is_always_behind(self) -> None:
        """The device counts from the arrival of the codes, so its steps never come before the server's."""
        for age, later in pairwise([0, 0.4, 14.9, 15.3, 29.99, 31.0]):
            assert step_at(age) <= step_at(later)
