"""When the tokens of a device are active: one rule for the device's record and for the narrow read."""

from typing import Any

import pytest

from pairgrant_server.authorization_server.model.with_account import TokenHolder

NOW = 1_790_000_000.0
HOLDER = TokenHolder("d1", "alice", False, NOW + 10, None, None, None)


def test_device_of_a_usable_account_is_active_until_it_expires() -> None:
    assert [HOLDER.is_active(now) for now in (NOW, NOW + 9.9, NOW + 10)] == [True, True, False]


@pytest.mark.parametrize(
    "end", [{"is_locked": True}, {"revoked_at": NOW}, {"confirm_by": NOW}, {"remove_at": NOW}]
)
def test_device_that_has_ended_is_inactive(end: dict[str, Any]) -> None:
    assert not HOLDER._replace(**end).is_active(NOW)


@pytest.mark.parametrize("end", [{"confirm_by": NOW + 1}, {"remove_at": NOW + 1}])
def test_end_that_is_ahead_leaves_the_device_active(end: dict[str, Any]) -> None:
    assert HOLDER._replace(**end).is_active(NOW)
