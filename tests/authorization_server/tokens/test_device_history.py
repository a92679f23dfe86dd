"""The history of a connected device: only a change of network is written, and no refresh fails for it."""

from dataclasses import replace

import pytest

from pairgrant_protocol.sign_in_end import EndedBy
from pairgrant_server.authorization_server.limits.network import unknown_address
from pairgrant_server.authorization_server.model.connected_device import DeviceEvent, DeviceEventKind
from pairgrant_server.authorization_server.store.errors import StoreUnavailableError
from pairgrant_server.authorization_server.tokens.device_history import (
    LONGEST_NAME,
    DeviceHistory,
    DeviceNameError,
    Happening,
    HistoryEntry,
    checked_name,
    history_of,
)
from tests.authorization_server.server_under_test import ALICE, ServerUnderTest
from tests.store.sample_records import DEVICE, NOW

HERE, THERE = DEVICE.address, "198.51.100.9"


class Events:
    """A store that keeps events, or is unavailable."""

    def __init__(self, *, is_available: bool = True) -> None:
        self.added: list[DeviceEvent] = []
        self._is_available = is_available

    async def add_device_event(self, event: DeviceEvent) -> None:
        if not self._is_available:
            raise StoreUnavailableError
        self.added.append(event)


def history(events: Events) -> DeviceHistory:
    return DeviceHistory(events, events, lambda: NOW + 60, bytes)  # type: ignore[arg-type]


@pytest.mark.parametrize("address", [HERE, unknown_address("10.0.0.1")])
async def test_refresh_in_the_same_or_an_unknown_network_writes_nothing(address: str) -> None:
    events = Events()
    await history(events).note_network(DEVICE.device_id, DEVICE.address, address)
    assert events.added == []


async def test_addresses_of_one_ipv6_subscriber_are_one_network() -> None:
    events = Events()
    await history(events).note_network(DEVICE.device_id, "2001:db8:0:ff00::1", "2001:db8:0:ff99::2")
    assert events.added == []
    await history(events).note_network(DEVICE.device_id, "2001:db8:0:ff00::1", "2001:db8:1:ff00::1")
    assert len(events.added) == 1


async def test_another_network_is_written_with_the_one_before() -> None:
    events = Events()
    await history(events).note_network(DEVICE.device_id, DEVICE.address, THERE)
    (event,) = events.added
    assert (event.device_id, event.at) == (DEVICE.device_id, NOW + 60)
    assert (event.kind, event.before, event.after) == (DeviceEventKind.NETWORK_CHANGED, HERE, THERE)


async def test_network_that_can_not_be_written_costs_no_tokens() -> None:
    await history(Events(is_available=False)).note_network(DEVICE.device_id, DEVICE.address, THERE)


async def test_refresh_from_the_same_network_is_one_change(
    server: ServerUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(event: DeviceEvent) -> None:
        pytest.fail(f"a refresh has written {event}")

    monkeypatch.setattr(server.store, "add_device_event", refused)
    tokens = await server.connect(scope="openid offline_access")
    form = {"grant_type": "refresh_token", "client_id": "lobby-tv"}
    for _ in range(3):
        response = await server.post("/token", {**form, "refresh_token": tokens["refresh_token"]})
        tokens = response.json()
        assert response.status_code == 200
    (device,) = await server.parts.devices.of_user(ALICE.user_id)
    assert device.refresh_sequence == 4


class TestEntries:
    MOVED = DeviceEvent(DEVICE.device_id, "e1", NOW + 5, DeviceEventKind.NETWORK_CHANGED, HERE, THERE)

    def test_connection_is_the_oldest_entry_with_its_first_address(self) -> None:
        device = replace(DEVICE, address=THERE)
        assert history_of(device, [self.MOVED], NOW + 10) == [
            HistoryEntry(NOW + 5, Happening.NETWORK_CHANGED, HERE, THERE),
            HistoryEntry(NOW, Happening.CONNECTED, after=HERE),
        ]
        assert history_of(DEVICE, [], NOW) == [HistoryEntry(NOW, Happening.CONNECTED, after=HERE)]

    @pytest.mark.parametrize(
        ("facts", "at", "by"),
        [
            ({"remove_at": NOW + 7}, NOW + 7, EndedBy.USER),
            ({"revoked_at": NOW + 6, "ended_by": EndedBy.REUSE}, NOW + 6, EndedBy.REUSE),
            ({"revoked_at": NOW + 6}, NOW + 6, None),
            ({"confirm_by": NOW + 8}, NOW + 8, EndedBy.UNCONFIRMED),
            ({"expires_at": NOW + 9}, NOW + 9, EndedBy.EXPIRED),
        ],
    )
    def test_end_is_the_newest_entry(self, facts: dict[str, float], at: float, by: EndedBy | None) -> None:
        first, *_ = history_of(replace(DEVICE, **facts), [self.MOVED], NOW + 10)  # type: ignore[arg-type]
        assert first == HistoryEntry(at, Happening.ENDED, ended_by=by)

    def test_device_that_is_being_removed_has_not_ended(self) -> None:
        first, *_ = history_of(replace(DEVICE, remove_at=NOW + 11), [], NOW + 10)
        assert first.happening is Happening.CONNECTED

    def test_every_event_has_an_entry(self) -> None:
        assert {kind.value for kind in DeviceEventKind} <= {happening.value for happening in Happening}


class TestName:
    @pytest.mark.parametrize(
        ("typed", "name"),
        [
            ("Kitchen", "Kitchen"),
            ("  Kitchen \r\n tablet\t", "Kitchen tablet"),
            ("Ki\u202etchen\u200b", "Kitchen"),
            ("", ""),
            ("K" * LONGEST_NAME, "K" * LONGEST_NAME),
        ],
    )
    def test_name_is_one_visible_line(self, typed: str, name: str) -> None:
        assert checked_name(typed) == name

    @pytest.mark.parametrize("typed", ["K" * (LONGEST_NAME + 1), "\u200b", "\ud800"])
    def test_long_or_invisible_name_is_refused(self, typed: str) -> None:
        with pytest.raises(DeviceNameError):
            checked_name(typed)
