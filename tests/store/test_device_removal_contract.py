"""What both engines promise about removal with an undo, names, history and lists of connected devices."""

import asyncio
from dataclasses import replace

import pytest

from pairgrant_protocol.sign_in_end import EndedBy
from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.model.connected_device import (
    DeviceEvent,
    DeviceEventKind,
    DeviceGroup,
    DeviceOrder,
    DeviceQuery,
    Rotation,
)
from pairgrant_server.authorization_server.model.device_kind import DeviceKind
from pairgrant_server.authorization_server.model.records import Client, ConnectedDevice, Consent
from pairgrant_server.authorization_server.model.risk_records import DeviceKey
from pairgrant_server.authorization_server.store.interface.store import Store
from tests.store.conftest import OpenStore
from tests.store.sample_records import ALICE, CLIENT, DEVICE, NOW

DUE = NOW + 10
ALL = None
BOB = replace(ALICE, user_id="u2", username="bob")
BOBS = replace(DEVICE, device_id="b" * 32, user_id="u2")


def numbered(number: int, **facts: object) -> ConnectedDevice:
    return replace(DEVICE, device_id=f"{number:032x}", **facts)  # type: ignore[arg-type]


@pytest.fixture
async def known(store: Store) -> Store:
    """Alice with one device, and Bob with one."""
    assert await store.add_client(CLIENT)
    assert await store.add_user(ALICE)
    assert await store.add_user(BOB)
    await store.add_connected_device(DEVICE)
    await store.add_connected_device(BOBS)
    return store


async def live_devices(store: Store, now: float) -> list[str]:
    return [device.device_id for device in await store.connected_devices("u1", now)]


async def device_of(store: Store, device_id: str = DEVICE.device_id) -> ConnectedDevice:
    device = await store.connected_device(device_id)
    assert device is not None
    return device


async def kinds_of_events(store: Store, device_id: str = DEVICE.device_id) -> list[DeviceEventKind]:
    return [event.kind for event in await store.device_events(device_id)]


class TestRemoval:
    async def test_device_ends_at_the_instant_of_its_removal_without_a_sweep(self, known: Store) -> None:
        assert await known.ask_removal("u1", DEVICE.device_id, DUE, NOW, "e1")
        assert await live_devices(known, DUE - 0.5) == [DEVICE.device_id]
        assert not await live_devices(known, DUE)
        assert not await known.has_device_with_key("lobby-tv", "j", DUE)
        device = await device_of(known)
        assert not device.has_ended(DUE - 0.5)
        assert device.has_ended(DUE)

    async def test_removed_device_is_not_rotated(self, known: Store) -> None:
        assert await known.ask_removal("u1", DEVICE.device_id, DUE, NOW, "e1")
        at = Rotation(DEVICE.device_id, b"r1" * 16, 2, b"r2" * 16, NOW + 7200, DUE, b"sealed", "192.0.2.8")
        assert not await known.rotate_refresh(at)
        assert await known.rotate_refresh(replace(at, rotated_at=DUE - 1))

    async def test_undo_in_time_keeps_the_device(self, known: Store) -> None:
        assert await known.ask_removal("u1", DEVICE.device_id, DUE, NOW, "e1")
        assert await known.undo_removal("u1", DEVICE.device_id, DUE - 1, "e2")
        assert await device_of(known) == DEVICE
        assert not await known.due_removals(DUE + 60)
        assert await kinds_of_events(known) == [
            DeviceEventKind.REMOVAL_UNDONE,
            DeviceEventKind.REMOVAL_ASKED,
        ]

    async def test_undo_at_the_instant_of_the_removal_is_too_late(self, known: Store) -> None:
        assert await known.ask_removal("u1", DEVICE.device_id, DUE, NOW, "e1")
        assert not await known.undo_removal("u1", DEVICE.device_id, DUE, "e2")
        assert not await known.undo_removal("u1", ALL, DUE, "e3")
        assert await kinds_of_events(known) == [DeviceEventKind.REMOVAL_ASKED]

    async def test_undo_of_nothing_undoes_nothing(self, known: Store) -> None:
        assert not await known.undo_removal("u1", DEVICE.device_id, NOW, "e1")

    async def test_another_person_neither_removes_nor_undoes(self, known: Store) -> None:
        assert not await known.ask_removal("u2", DEVICE.device_id, DUE, NOW, "e1")
        assert await known.ask_removal("u1", DEVICE.device_id, DUE, NOW, "e2")
        assert not await known.undo_removal("u2", DEVICE.device_id, NOW, "e3")

    async def test_second_request_does_not_delay_the_removal(self, known: Store) -> None:
        assert await known.ask_removal("u1", DEVICE.device_id, DUE, NOW, "e1")
        assert not await known.ask_removal("u1", DEVICE.device_id, DUE + 5, NOW + 5, "e2")
        assert (await device_of(known)).remove_at == DUE
        assert await known.ask_removal("u1", DEVICE.device_id, NOW + 6, NOW + 6, "e3"), "at once, instead"
        assert (await device_of(known)).remove_at == NOW + 6

    async def test_removal_is_finished_once_and_as_of_its_instant(self, known: Store) -> None:
        assert await known.ask_removal("u1", DEVICE.device_id, DUE, NOW, "e1")
        assert not await known.due_removals(DUE - 1)
        (due,) = await known.due_removals(DUE + 20)
        assert await known.finish_removal(due)
        assert not await known.finish_removal(due)
        assert not await known.due_removals(DUE + 20)
        device = await device_of(known)
        assert (device.revoked_at, device.ended_by) == (DUE, EndedBy.USER)
        assert (device.refresh_digest, device.replay) == (None, None)
        assert not await known.undo_removal("u1", DEVICE.device_id, NOW, "e2"), "whatever this clock says"

    async def test_undo_that_a_slower_clock_allows_wins_over_the_sweep(self, known: Store) -> None:
        """The sweeper of another server read the row before the undo."""
        assert await known.ask_removal("u1", DEVICE.device_id, DUE, NOW, "e1")
        (due,) = await known.due_removals(DUE)
        assert await known.undo_removal("u1", DEVICE.device_id, DUE - 0.1, "e2")
        assert not await known.finish_removal(due)
        assert await device_of(known) == DEVICE

    async def test_of_a_removal_and_its_undo_exactly_one_wins(
        self, known: Store, open_store: OpenStore
    ) -> None:
        other = await open_store()
        for number in range(1, 11):
            device = numbered(number)
            await known.add_connected_device(device)
            assert await known.ask_removal("u1", device.device_id, DUE, NOW, f"a{number}")
            (due,) = await known.due_removals(DUE)
            finished, undone = await asyncio.gather(
                known.finish_removal(due),
                other.undo_removal("u1", device.device_id, DUE - 0.1, f"b{number}"),
            )
            assert finished is not undone
            assert ((await device_of(known, device.device_id)).revoked_at is not None) is finished

    async def test_consent_given_before_the_removal_is_forgotten_with_it(self, known: Store) -> None:
        await known.put_consent(Consent("u1", "lobby-tv", ("openid",), NOW))
        await known.put_consent(Consent("u2", "lobby-tv", ("openid",), NOW))
        assert await known.ask_removal("u1", DEVICE.device_id, DUE, NOW, "e1")
        (due,) = await known.due_removals(DUE)
        assert await known.finish_removal(due)
        assert await known.consent("u1", "lobby-tv") is None
        assert await known.consent("u2", "lobby-tv") is not None

    async def test_consent_given_since_the_removal_stays(self, known: Store) -> None:
        assert await known.ask_removal("u1", DEVICE.device_id, DUE, NOW, "e1")
        await known.put_consent(Consent("u1", "lobby-tv", ("openid",), DUE + 1))
        (due,) = await known.due_removals(DUE + 2)
        assert await known.finish_removal(due)
        assert await known.consent("u1", "lobby-tv") is not None

    async def test_consent_is_not_used_from_a_removal_until_its_undo(self, known: Store) -> None:
        """Else a client could sign the person in again without a page, before the removal is finished."""
        await known.put_consent(Consent("u1", "lobby-tv", ("openid",), NOW))
        await known.put_consent(Consent("u2", "lobby-tv", ("openid",), NOW))
        assert await known.ask_removal("u1", DEVICE.device_id, DUE, NOW, "e1")
        assert await known.consent("u1", "lobby-tv") is None
        assert await known.consent("u2", "lobby-tv") is not None
        assert await known.undo_removal("u1", DEVICE.device_id, DUE - 1, "e2")
        assert await known.consent("u1", "lobby-tv") is not None

    async def test_consent_is_forgotten_when_the_removed_client_revokes_its_tokens_first(
        self, known: Store
    ) -> None:
        await known.put_consent(Consent("u1", "lobby-tv", ("openid",), NOW))
        await known.put_consent(Consent("u2", "lobby-tv", ("openid",), NOW))
        assert await known.ask_removal("u1", DEVICE.device_id, DUE, NOW, "e1")
        assert await known.revoke_device(DEVICE.device_id, DUE - 1, EndedBy.CLIENT)
        await known.sweep(DUE + 365 * 86_400)
        assert await known.connected_device(DEVICE.device_id) is None
        assert await known.consent("u1", "lobby-tv") is None
        assert await known.consent("u2", "lobby-tv") is not None

    async def test_consent_stays_when_a_client_revokes_tokens_that_nobody_removed(self, known: Store) -> None:
        await known.put_consent(Consent("u1", "lobby-tv", ("openid",), NOW))
        assert await known.revoke_device(DEVICE.device_id, NOW + 1, EndedBy.CLIENT)
        assert await known.consent("u1", "lobby-tv") is not None

    async def test_removals_that_took_effect_are_known_for_as_long_as_asked(self, known: Store) -> None:
        assert await known.ask_removal("u1", DEVICE.device_id, DUE, NOW, "e1")
        assert not await known.has_removed("u1", NOW, DUE - 1)
        assert await known.has_removed("u1", NOW, DUE)
        assert not await known.has_removed("u1", DUE, DUE + 60)
        assert not await known.has_removed("u2", NOW, DUE)

    async def test_device_that_has_ended_is_not_removed(self, known: Store) -> None:
        assert await known.revoke_device(DEVICE.device_id, NOW, EndedBy.OPERATOR)
        assert not await known.ask_removal("u1", DEVICE.device_id, DUE, NOW, "e1")
        assert not await known.ask_removal("u1", ALL, DUE, NOW, "e2")
        assert not await known.device_events(DEVICE.device_id)

    async def test_removal_that_is_due_can_not_be_confirmed_away(self, known: Store) -> None:
        await known.add_connected_device(numbered(5, confirm_by=NOW + 120))
        assert await known.ask_removal("u1", f"{5:032x}", DUE, NOW, "e1")
        assert not await known.confirm_device(f"{5:032x}", "u1", DUE)


class TestRemovalOfAll:
    async def test_all_of_one_person_end_together(self, known: Store) -> None:
        await known.add_connected_device(numbered(1))
        assert await known.ask_removal("u1", ALL, DUE, NOW, "e1")
        assert not await live_devices(known, DUE)
        assert not (await device_of(known, BOBS.device_id)).has_ended(DUE)
        assert await kinds_of_events(known, f"{1:032x}") == [DeviceEventKind.REMOVAL_ASKED]
        assert not await known.device_events(BOBS.device_id)

    async def test_all_are_kept_by_one_undo(self, known: Store) -> None:
        await known.add_connected_device(numbered(1))
        assert await known.ask_removal("u1", ALL, DUE, NOW, "e1")
        assert await known.undo_removal("u1", ALL, DUE - 1, "e2")
        assert len(await live_devices(known, DUE)) == 2
        for device_id in (DEVICE.device_id, f"{1:032x}"):
            assert await kinds_of_events(known, device_id) == [
                DeviceEventKind.REMOVAL_UNDONE,
                DeviceEventKind.REMOVAL_ASKED,
            ]

    async def test_undo_is_noted_only_for_what_was_being_removed(self, known: Store) -> None:
        await known.add_connected_device(numbered(1))
        assert await known.ask_removal("u1", DEVICE.device_id, DUE, NOW, "e1")
        assert await known.undo_removal("u1", ALL, DUE - 1, "e2")
        assert await known.ask_removal("u1", f"{1:032x}", DUE, NOW, "e3")
        assert await known.undo_removal("u1", ALL, DUE - 1, "e4")
        assert len(await known.device_events(DEVICE.device_id)) == 2

    async def test_earlier_removal_is_not_delayed(self, known: Store) -> None:
        await known.add_connected_device(numbered(1))
        assert await known.ask_removal("u1", DEVICE.device_id, DUE, NOW, "e1")
        assert await known.ask_removal("u1", ALL, DUE + 5, NOW + 5, "e2")
        assert (await device_of(known)).remove_at == DUE
        assert (await device_of(known, f"{1:032x}")).remove_at == DUE + 5


class TestName:
    RENAMED = DeviceEvent(DEVICE.device_id, "e1", NOW, DeviceEventKind.RENAMED, before="", after="Kitchen")

    async def test_name_is_stored_with_its_event(self, known: Store) -> None:
        assert await known.rename_device(self.RENAMED, "u1", NOW)
        device = await device_of(known)
        assert (device.given_name, device.name) == ("Kitchen", DEVICE.name)
        assert await known.device_events(DEVICE.device_id) == [self.RENAMED]

    async def test_empty_name_takes_it_away(self, known: Store) -> None:
        assert await known.rename_device(self.RENAMED, "u1", NOW)
        back = replace(self.RENAMED, event_id="e2", before="Kitchen", after="")
        assert await known.rename_device(back, "u1", NOW)
        assert (await device_of(known)).given_name is None

    async def test_stale_form_another_person_and_an_ended_device_change_nothing(self, known: Store) -> None:
        assert not await known.rename_device(replace(self.RENAMED, before="Hall"), "u1", NOW)
        assert not await known.rename_device(self.RENAMED, "u2", NOW)
        assert not await known.rename_device(self.RENAMED, "u1", DEVICE.expires_at)
        assert not await known.device_events(DEVICE.device_id)


class TestHistory:
    async def test_thirty_events_are_kept_the_newest_first(self, known: Store) -> None:
        moved = DeviceEventKind.NETWORK_CHANGED
        events = [
            DeviceEvent(DEVICE.device_id, f"e{number:02}", NOW + number, moved, "192.0.2.7", "192.0.2.8")
            for number in range(35)
        ]
        for event in events:
            await known.add_device_event(event)
        found = await known.device_events(DEVICE.device_id)
        assert found == events[:4:-1]

    async def test_removals_of_all_keep_thirty_too(self, known: Store) -> None:
        for number in range(20):
            assert await known.ask_removal("u1", ALL, DUE, NOW, f"e{number:02}a")
            assert await known.undo_removal("u1", ALL, NOW, f"e{number:02}b")
        assert len(await known.device_events(DEVICE.device_id)) == 30

    async def test_event_of_an_unknown_device_is_dropped(self, known: Store) -> None:
        await known.add_device_event(DeviceEvent("f" * 32, "e1", NOW, DeviceEventKind.RENAMED))
        assert not await known.device_events("f" * 32)

    async def test_history_goes_with_its_device(self, known: Store) -> None:
        assert await known.rename_device(TestName.RENAMED, "u1", NOW)
        assert await known.remove_user("u1")
        assert not await known.device_events(DEVICE.device_id)


class TestPages:
    @pytest.fixture
    async def many(self, known: Store) -> Store:
        """Thirty devices of Alice beside the first one, of two clients."""
        assert await known.add_client(
            Client("cli", "Ärzte CLI", frozenset({GrantType.DEVICE_CODE}), ("openid",), NOW)
        )
        for number in range(1, 31):
            await known.add_connected_device(
                numbered(
                    number,
                    name=f"Screen {number:02}",
                    client_id="cli" if number % 2 else "lobby-tv",
                    kind=DeviceKind.SCREEN if number % 3 else DeviceKind.COMPUTER,
                    address=f"192.0.2.{100 + number}",
                    created_at=NOW + number,
                    last_seen_at=NOW + 100 - number,
                )
            )
        return known

    async def names(self, store: Store, now: float = NOW, **query: object) -> list[str]:
        page = await store.device_page("u1", DeviceQuery(**query), now)  # type: ignore[arg-type]
        return [listed.device.name for listed in page.devices]

    async def test_pages_are_disjoint_complete_and_know_the_total(self, many: Store) -> None:
        pages = [
            await many.device_page("u1", DeviceQuery(limit=25, offset=offset), NOW) for offset in (0, 25)
        ]
        assert [len(page.devices) for page in pages] == [25, 6]
        assert [page.total for page in pages] == [31, 31]
        assert len({listed.device.device_id for page in pages for listed in page.devices}) == 31

    async def test_empty_page_knows_the_numbers_of_all_devices(self, many: Store) -> None:
        assert await many.ask_removal("u1", f"{2:032x}", DUE, NOW, "e1")
        for query in (DeviceQuery(offset=50), DeviceQuery(words="zzz")):
            page = await many.device_page("u1", query, NOW)
            assert page == ((), 0, 31, 1, NOW + 30)
        assert await many.device_page("u3", DeviceQuery(), NOW) == ((), 0, 0, 0, None)

    async def test_ended_devices_and_those_of_others_are_not_listed(self, many: Store) -> None:
        assert await many.revoke_device(f"{1:032x}", NOW, EndedBy.USER)
        assert await many.ask_removal("u1", f"{2:032x}", DUE, NOW, "e1")
        assert (await many.device_page("u1", DeviceQuery(), NOW)).total == 30
        assert (await many.device_page("u1", DeviceQuery(), DUE)).total == 29
        assert (await many.device_page("u1", DeviceQuery(), DEVICE.expires_at)).total == 0

    async def test_devices_are_sorted(self, many: Store) -> None:
        assert (await self.names(many, order=DeviceOrder.SEEN))[:2] == ["Screen 01", "Screen 02"]
        assert (await self.names(many, order=DeviceOrder.SINCE))[:2] == ["Screen 30", "Screen 29"]
        renamed = DeviceEvent(f"{9:032x}", "e1", NOW, DeviceEventKind.RENAMED, after="aaa")
        assert await many.rename_device(renamed, "u1", NOW)
        assert (await self.names(many, order=DeviceOrder.NAME))[:3] == ["Screen 09", "Lobby", "Screen 01"]

    async def test_devices_are_grouped_by_client_and_by_kind(self, many: Store) -> None:
        page = await many.device_page("u1", DeviceQuery(group=DeviceGroup.CLIENT, limit=40), NOW)
        clients = [listed.device.client_id for listed in page.devices]
        assert len(set(clients)) == 2
        assert sorted(clients) in (clients, clients[::-1]), "each client once"
        page = await many.device_page("u1", DeviceQuery(group=DeviceGroup.KIND, limit=40), NOW)
        kinds = [listed.device.kind for listed in page.devices]
        assert kinds == sorted(kinds, key=list(DeviceKind).index)

    async def test_names_are_searched_whatever_their_case(self, many: Store) -> None:
        assert await self.names(many, words="sCREEN 1", order=DeviceOrder.NAME) == [
            f"Screen {number}" for number in range(10, 20)
        ]
        renamed = DeviceEvent(f"{9:032x}", "e1", NOW, DeviceEventKind.RENAMED, after="Küche")
        assert await many.rename_device(renamed, "u1", NOW)
        assert await self.names(many, words="KÜCHE") == ["Screen 09"]

    @pytest.mark.parametrize("typed", ["%", "_", "!", "\\", "'", "100%"])
    async def test_signs_have_no_meaning_in_a_search(self, many: Store, typed: str) -> None:
        assert await self.names(many, words=typed) == []
        renamed = DeviceEvent(f"{9:032x}", "e1", NOW, DeviceEventKind.RENAMED, after=f"a {typed} b")
        assert await many.rename_device(renamed, "u1", NOW)
        assert await self.names(many, words=typed) == ["Screen 09"]

    async def test_clients_and_addresses_are_found_too(self, many: Store) -> None:
        assert len(await self.names(many, words="zzz", client_ids=("cli",))) == 15
        assert await self.names(many, words="zzz", addresses=("192.0.2.107", "192.0.2.108")) == [
            "Screen 07",
            "Screen 08",
        ]
        origins = await many.device_origins("u1", NOW)
        assert len(origins) == 31
        assert {origin.client_id for origin in origins} == {"cli", "lobby-tv"}

    async def test_enrolled_name_of_a_key_is_listed_and_searched(self, many: Store) -> None:
        bound = numbered(40, dpop_jkt="j" * 43)
        await many.add_connected_device(bound)
        await many.put_device_key(DeviceKey("lobby-tv", "j" * 43, "Foyer", NOW, "", "", ""))
        page = await many.device_page("u1", DeviceQuery(words="foyer"), NOW)
        assert [(one.device.device_id, one.enrolled_name) for one in page.devices] == [
            (bound.device_id, "Foyer")
        ]
